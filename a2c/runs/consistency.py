"""Whether the tables and weights of a whole result are those that its configuration gives.

What the actions lead to is not looked at here: `a2c.runs.audit` replays them.
"""

import json
import re
from collections.abc import Iterator
from typing import NoReturn

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from a2c.config import Configuration, slug
from a2c.config.metrics import MOST_ROWS, passes_grid
from a2c.envs import Ended, Facts
from a2c.learn.stopping import StoppingRule
from a2c.learn.trainer import MODES, OWN_CLOCKS, TORCH_BITS, bits_of, uses_core, weight_shapes
from a2c.runs import manifest, parquet
from a2c.runs.files import DamagedError
from a2c.runs.names import (
    ACTIONS_FILE,
    EVALUATION_FILE,
    METRICS_FILE,
    SNAPSHOTS_FILE,
    THIN_FILE,
    WEIGHTS_FILE,
    WHOLE_FILES,
)
from a2c.runs.result import Result

FOLDER = re.compile(r"seeds-(\d+)-(\d+)")


def check_place(result: Result) -> None:
    """DamagedError if the folder of a result has files of another one, or its name or place is that of another."""
    folder, config = result.folder.absolute(), result.configuration
    for name in (*WHOLE_FILES, SNAPSHOTS_FILE, THIN_FILE):
        if name not in result.manifest["files"] and (result.folder / name).exists():
            raise DamagedError(f"{result.folder / name}: not a file of this result")
    match = FOLDER.fullmatch(folder.name)
    if match is None or folder.parent.parent.name != slug(config.env_id):
        return  # not laid out as a paper's runs
    first, last = int(match[1]), int(match[2])
    if last - first + 1 != len(result.seeds) or result.seeds != list(range(first, last + 1)):
        raise DamagedError(f"{folder / manifest.NAME}: seeds: other ones than those of its folder, {folder.name}")
    if folder.parent.name != config.name:
        raise DamagedError(
            f"{folder / manifest.NAME}: name: {config.name} is not that of its folder, {folder.parent.name}"
        )


def check_tables(result: Result, facts: Facts) -> None:
    """DamagedError, naming the file, unless evaluation, metrics and weights are complete and fit the configuration.

    A finished run has to end where the configuration ends it, in an arithmetic that trains the configuration.
    """
    check_bits(result)
    for seed in result.seeds:
        run = result.manifest["runs"][str(seed)]
        finished = run["status"] == "finished"
        if finished:
            _check_end(result, seed, run.get("step"))
        _check_metrics(result, seed, run.get("step"), finished)
        _check_evaluation(result, seed, facts, finished)
    _check_other_seeds(result)
    if result.weights is not None:
        _check_weights(result, facts)


def check_bits(result: Result) -> None:
    """DamagedError if the manifest declares an arithmetic that does not train the configuration."""
    config, declared = result.configuration, result.manifest.get("bits", TORCH_BITS)
    newest = bits_of(config)
    known = range(TORCH_BITS, newest + 1) if uses_core(config) else sorted({TORCH_BITS, newest})
    if declared not in known:
        allowed = " or ".join(map(str, known))
        raise DamagedError(f"{result.manifest_path}: bits: {declared} is not allowed; allowed: {allowed}")


def _check_end(result: Result, seed: int, end: int | None) -> None:
    """`end`: where a finished run ended; None if its manifest names no step, as it used the whole budget."""
    expected = _stopped_at(result, seed)
    if end != expected:
        why = "the budget's end" if expected is None else "where its episodes end the run"
        _refuse_end(result, seed, end, f"{json.dumps(expected)}, {why}")


def check_ends(result: Result) -> None:
    """DamagedError if a run has finished before the budget, and its configuration has no rule for that."""
    config = result.configuration
    if config.stop_return is not None or config.total_episodes is not None:
        return
    for seed, run in result.manifest["runs"].items():
        if run["status"] == "finished" and run.get("step") is not None:
            _refuse_end(result, seed, run["step"], "null, the budget's end")


def _refuse_end(result: Result, seed: object, end: int | None, allowed: str) -> NoReturn:
    raise DamagedError(
        f"{result.manifest_path}: runs.{seed}.step: {json.dumps(end)} is not allowed; allowed: {allowed}"
    )


def _stopped_at(result: Result, seed: int) -> int | None:
    """The agent step at which a run's episodes ended it before its budget; None if they did not."""
    config = result.configuration
    if config.stop_return is None and config.total_episodes is None:
        return None
    rule = StoppingRule(config.stop_return, 1)
    episodes = _rows(result.episodes, seed).to_pylist()
    for number, (_, env, step, total_reward, length) in enumerate((row.values() for row in episodes), 1):
        rule.watch([Ended(0, env, step, total_reward, length)])
        if rule.reached or number == config.total_episodes:
            update = 1 if config.algorithm == "reinforce" else config.n_steps * config.n_envs  # REINFORCE ends at once
            whole_budget: int = config.total_steps // config.n_envs * config.n_envs
            return min(-(-step // update) * update, whole_budget)
    return None


def recorded_steps(configuration: Configuration) -> NDArray[np.int64]:
    """The agent steps of the updates that metrics are recorded of: those that pass a step of the grid."""
    total = configuration.total_steps // configuration.n_envs
    after = np.arange(configuration.n_steps, total + configuration.n_steps, configuration.n_steps).clip(max=total)
    before = np.concatenate([[0], after[:-1]])
    return after[passes_grid(before, after, total, MOST_ROWS)] * configuration.n_envs


def _check_metrics(result: Result, seed: int, end: int | None, finished: bool) -> None:
    """`end`: where the run diverged, whose last update is not recorded, or stopped before the budget."""
    found = _rows(result.metrics, seed)["step"].to_numpy()
    if result.configuration.algorithm in OWN_CLOCKS:  # their updates do not come after every `n_steps` rows
        config = result.configuration
        # The end of A3C is where the slowest worker is, a metric's step that of all workers together.
        last = None if config.algorithm == "a3c" else end
        fits = _can_be_recorded(found, config.total_steps // config.n_envs * config.n_envs, last)
    else:
        steps = recorded_steps(result.configuration)
        if end is not None:
            steps = steps[steps <= end]
            if not finished and len(found) < len(steps):  # unless it diverged in its evaluation
                steps = steps[steps < end]
        fits = np.array_equal(found, steps)
    if not fits:
        raise DamagedError(f"{result.folder / METRICS_FILE}: seed {seed}: other steps than those of its configuration")


def _can_be_recorded(found: NDArray[np.int64], total_steps: int, end: int | None) -> bool:
    """Whether the steps rise to the run's end at most, each past another step of the grid than the one before."""
    steps = np.concatenate([[0], found, [total_steps if end is None else end]])
    passed = found * MOST_ROWS // total_steps
    return bool((np.diff(steps[:-1]) > 0).all() and steps[-2] <= steps[-1] and (np.diff(passed) > 0).all())


def _check_evaluation(result: Result, seed: int, facts: Facts, finished: bool) -> None:
    rows = _rows(result.evaluation, seed)
    played = list(zip(rows["mode"].to_pylist(), rows["episode"].to_pylist(), strict=True))
    expected = [(mode, number) for mode in MODES for number in range(result.configuration.eval_episodes)]
    path = result.folder / EVALUATION_FILE
    if played != (expected if finished else []):
        raise DamagedError(f"{path}: seed {seed}: other episodes than those of its configuration and status")
    lengths = rows["length"].to_numpy()
    if not ((lengths >= 1) & (lengths <= facts.time_limit)).all():
        raise DamagedError(f"{path}: seed {seed}: a length that no episode can have")


def _check_other_seeds(result: Result) -> None:
    """DamagedError if a table has rows of seeds that the manifest does not have."""
    for name, table in ((METRICS_FILE, result.metrics), (EVALUATION_FILE, result.evaluation)):
        if others := set(table["seed"].unique().to_pylist()) - set(result.seeds):
            raise DamagedError(f"{result.folder / name}: seed {min(others)}: not a seed of this result")
    if arrays := set(result.actions) - set(map(str, result.seeds)):
        raise DamagedError(f"{result.folder / ACTIONS_FILE}: {min(arrays)}: not a seed of this result")


def _check_weights(result: Result, facts: Facts) -> None:
    found = {name: (array.shape, array.dtype.name) for name, array in (result.weights or {}).items()}
    expected = dict(_expected_weights(result, facts))
    for name in sorted(found.keys() | expected.keys()):
        if found.get(name) != expected.get(name):
            raise DamagedError(f"{result.folder / WEIGHTS_FILE}: {name}: not a parameter of its network, or missing")


def _expected_weights(result: Result, facts: Facts) -> Iterator[tuple[str, tuple[tuple[int, ...], str]]]:
    shapes = weight_shapes(result.configuration, facts)
    for seed in result.seeds:
        if result.manifest["runs"][str(seed)]["status"] == "finished":
            yield from ((f"{seed}/{name}", (tuple(shape), "float32")) for name, shape in shapes.items())


def _rows(table: pa.Table, seed: int) -> pa.Table:
    return parquet.select(table, "seed", [seed])
