"""Auditing a result: every checksum, then every episode from the logged actions, without training anything."""

from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.config import ConfigError, configuration
from a2c.envs import ActionSpace, Environments, Episodes, check, replay
from a2c.runs import manifest
from a2c.runs.files import DamagedError, read_arrays
from a2c.runs.records import read_table


def results_below(folder: Path) -> list[Path]:
    """The folders at or below `folder` that hold a result. DamagedError if there is none."""
    found = sorted(path.parent for path in folder.rglob(manifest.NAME))
    if not found:
        raise DamagedError(f"{folder}: no {manifest.NAME} at or below it")
    return found


def audit(folder: Path, most_steps: int | None = None) -> int:
    """Replay one seed block; the number of episodes whose step, return and length came out as recorded.

    `most_steps`: agent steps of each run to replay, from its start; all if left out. DamagedError, naming the file, at
    a checksum that does not fit or the first episode that differs.
    """
    held = manifest.read(folder)
    manifest.check_files(folder, held)
    recorded = read_table(folder / "episodes.parquet").to_pylist()
    if most_steps is not None:
        recorded = [episode for episode in recorded if episode["step"] <= most_steps]
    replayed = _replayed(folder, held, most_steps)
    for ours, theirs in zip_longest(replayed, recorded):
        if ours != theirs:
            raise DamagedError(f"{folder / 'episodes.parquet'}: replaying the actions gives {ours}, not {theirs}")
    return len(replayed)


def finding(folder: Path, most_steps: int | None = None) -> tuple[str, bool]:
    """What `audit` has to say of a folder in a line, and whether all is well."""
    of = "" if most_steps is None else f" of the first {most_steps} agent steps"
    try:
        return f"{folder}: {audit(folder, most_steps)} episodes{of} came out as recorded", True
    except (DamagedError, ConfigError) as error:  # an environment that is not installed, say
        return str(error), False


def _replayed(folder: Path, held: dict[str, Any], most_steps: int | None) -> list[dict[str, Any]]:
    """The episodes that the action log leads to, in the order of the table."""
    made = configuration(held["configuration"], str(folder / manifest.NAME), "configuration")
    facts = check(made, str(folder / manifest.NAME), "configuration")
    log = read_arrays(folder / "actions.npz")
    together: dict[int, list[int]] = {}  # seeds by their number of rows: those that diverged have fewer
    for seed in held["seeds"]:
        rows = held["runs"][str(seed)].get("step", made.total_steps) // made.n_envs
        actions = log.get(str(seed))
        if actions is None or not _is_log(actions, (rows, made.n_envs), facts.action_space):
            raise DamagedError(f"{folder / 'actions.npz'}: seed {seed} has not {rows} x {made.n_envs} actions")
        if most_steps is not None:
            log[str(seed)] = actions[: most_steps // made.n_envs]
        together.setdefault(len(log[str(seed)]), []).append(seed)
    found = []
    for seeds in together.values():
        environments = Environments(made, seeds, made.n_envs, "environments")
        actions = np.stack([log[str(seed)] for seed in seeds])
        ended, _ = replay(environments, Episodes(len(seeds), made.n_envs), facts.action_space, actions)
        environments.close()
        found += [
            {"seed": seeds[lane], "env": env, "step": step, "return": total_reward, "length": length}
            for lane, env, step, total_reward, length in ended
        ]
    return sorted(found, key=lambda episode: held["seeds"].index(episode["seed"]))


def _is_log(actions: NDArray[Any], shape: tuple[int, int], space: ActionSpace) -> bool:
    """Whether these are logged actions of `shape`, [rows, environments]."""
    return actions.dtype == space.dtype and actions.shape == (*shape, *space.shape) and space.accepts(actions)
