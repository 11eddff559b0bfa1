"""Auditing a whole result: checksums, what must fit its configuration, and a replay of every episode.

Nothing is trained. Metrics, evaluation and weights follow from training only: `a2c.verify.again` makes them again.
"""

import math
from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.core.choose import load
from a2c.core.settings import settings_of
from a2c.envs import ActionSpace, Environments, Episodes, Facts, check, closing, replay
from a2c.envs.atari import is_atari
from a2c.learn.trainer import TORCH_BITS, same_bits_anywhere
from a2c.runs.consistency import check_place, check_tables
from a2c.runs.environment import environment_of, sources_of
from a2c.runs.files import DamagedError
from a2c.runs.records import EPISODES_FILE
from a2c.runs.result import ACTIONS_FILE, Result, read_result


@closing()
def audit(folder: Path, max_steps: int | None = None) -> int:
    """Audit the result in `folder`; the number of episodes that were replayed.

    `max_steps`: replay only the first agent steps of each run, all if None. Raises DamagedError, naming the file, if a
    checksum differs, a table or the weights do not fit the configuration, or an episode's step, return or length is not
    the recorded one; LeftOutError for thin runs.
    """
    result = read_result(folder)
    result.check_files()
    facts = check(result.configuration, str(result.manifest_path), "configuration")
    check_place(result)
    check_tables(result, facts)
    recorded = result.episodes.to_pylist()
    if max_steps is not None:
        recorded = [episode for episode in recorded if episode["step"] <= max_steps]
    replayed = _replay(result, facts, max_steps)
    for new, old in zip_longest(replayed, recorded):
        if new != old:
            why = other_environment(result) or _foreign_environment(result)
            raise DamagedError(f"{folder / EPISODES_FILE}: replaying the actions gives {new}, not {old}{why}")
    return len(replayed)


def other_environment(result: Result) -> str:
    """What is said where the environment's code is not that of the training; empty if it is, or nothing is known."""
    there, here = sources_of(result.manifest), environment_of(result.configuration)["sources_sha256"]
    if there in (None, here):
        return ""
    return f"; trained in other code of {result.configuration.env_id} (sources {there[:12]}, here {str(here)[:12]})"


def _foreign_environment(result: Result) -> str:
    """The second reason why a replay may differ, where the environment is outside the core."""
    if same_bits_anywhere(result.configuration) or is_atari(result.configuration.env_id):
        return ""
    return f"; unless the files were changed, the seed of {result.configuration.env_id} does not decide all it does"


def _replay(result: Result, facts: Facts, max_steps: int | None) -> list[dict[str, Any]]:
    """The episodes that the logged actions lead to, in the order of the table."""
    config = result.configuration
    actions = {seed: _action_log(result, seed, facts.action_space) for seed in result.seeds}
    if max_steps is not None:
        actions = {seed: log[: max_steps // config.n_envs] for seed, log in actions.items()}
    by_core = same_bits_anywhere(config) and result.manifest.get("bits", TORCH_BITS) != TORCH_BITS
    episodes = _replay_in_core(config, facts, actions) if by_core else _replay_in_python(config, facts, actions)
    diverged = {seed for seed in result.seeds if result.manifest["runs"][str(seed)]["status"] == "diverged"}
    recorded = [one for one in episodes if one["seed"] not in diverged or math.isfinite(one["return"])]
    return sorted(recorded, key=lambda episode: result.seeds.index(episode["seed"]))


def _replay_in_core(config: Configuration, facts: Facts, actions: Mapping[int, NDArray[Any]]) -> list[dict[str, Any]]:
    """The episodes of environments that the core steps itself: Gymnasium's may differ in the last bits of a state."""
    core, settings = load(), settings_of(config, facts)
    ended_by_seed = {seed: core.lane(settings, seed).replay(log) for seed, log in actions.items()}
    return [_episode(seed, *_numbers(record)) for seed, ended in ended_by_seed.items() for record in ended]


def _numbers(record: np.void) -> tuple[int, int, float, int]:
    """Environment, step, return and length of an episode that the core replayed."""
    return int(record["env"]), int(record["step"]), float(record["total_reward"]), int(record["length"])


def _replay_in_python(config: Configuration, facts: Facts, actions: Mapping[int, NDArray[Any]]) -> list[dict[str, Any]]:
    """The episodes of environments that are stepped in Python, many seeds together."""
    seeds_by_length: dict[int, list[int]] = {}  # diverged runs are shorter, and cannot be stepped beside the others
    for seed, log in actions.items():
        seeds_by_length.setdefault(len(log), []).append(seed)
    episodes = []
    for n_rows, seeds in seeds_by_length.items():
        if n_rows == 0:
            continue  # environments take time to make
        environments = Environments(config, seeds, config.n_envs, "environments")
        stacked = np.stack([actions[seed] for seed in seeds])
        ended, _ = replay(environments, Episodes(len(seeds), config.n_envs), facts.action_space, stacked)
        episodes += [_episode(seeds[lane], env, step, total, length) for lane, env, step, total, length in ended]
    return episodes


def _episode(seed: int, env: int, step: int, total_reward: float, length: int) -> dict[str, Any]:
    """An episode as a row of the table."""
    return {"seed": seed, "env": env, "step": step, "return": total_reward, "length": length}


def _action_log(result: Result, seed: int, space: ActionSpace) -> NDArray[Any]:
    """The logged actions of a run, [rows, environments, ...]. DamagedError if their type, shape or range is wrong."""
    config = result.configuration
    n_rows = result.manifest["runs"][str(seed)].get("step", config.total_steps) // config.n_envs
    log = result.actions.get(str(seed))
    fits = log is not None and (log.dtype, log.shape) == (space.dtype, (n_rows, config.n_envs, *space.shape))
    if log is None or not fits or not space.accepts(log):
        raise DamagedError(f"{result.folder / ACTIONS_FILE}: seed {seed} has not {n_rows} x {config.n_envs} actions")
    return log
