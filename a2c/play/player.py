"""The trained policy of one seed, read from a result."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from numpy.typing import NDArray

from a2c.config import ConfigError, Configuration
from a2c.config.seeds import format_seeds
from a2c.envs import Facts, check
from a2c.learn.trainer import weight_shapes
from a2c.runs.files import DamagedError
from a2c.runs.result import WEIGHTS_FILE, LeftOutError, Result


@dataclass(frozen=True)
class Player:
    """The trained policy of one seed, and the returns of its recorded evaluation."""

    configuration: Configuration
    facts: Facts
    seed: int
    source: str  # the manifest that the configuration is from, for messages
    weights: dict[str, NDArray[np.float32]]  # by parameter
    recorded: dict[tuple[str, int], float]  # return by mode and episode


def best_seed(result: Result, mode: str) -> int:
    """The seed with the highest mean return in the recorded evaluation; the first one if several tie.

    `mode`: sampled or greedy. ConfigError if all seeds diverged.
    """
    returns: dict[int, list[float]] = {}
    for row in result.evaluation.to_pylist():
        if row["mode"] == mode:
            returns.setdefault(row["seed"], []).append(row["return"])
    means = {seed: float(np.mean(returns[seed])) for seed in result.seeds if seed in returns}
    if not means:
        raise ConfigError(f"{result.folder}: all seeds diverged; allowed: a result with a seed that did not")
    return max(means, key=lambda seed: means[seed])


def read_player(result: Result, seed: int) -> Player:
    """The policy of `seed`.

    Raises ConfigError if there is no such seed or it diverged, LeftOutError if the weights were left out, DamagedError
    if they are damaged or of another network.
    """
    _check_seed(result, seed)
    path = result.folder / WEIGHTS_FILE
    if result.weights is None:
        raise LeftOutError(f"{path}: left out of this copy; training its seeds again gives it")
    start = f"{seed}/"
    weights = {name.removeprefix(start): array for name, array in result.weights.items() if name.startswith(start)}
    if not weights:
        raise DamagedError(f"{path}: no weights of seed {seed}")
    facts = check(result.configuration, str(result.manifest_path), "configuration")
    shapes = weight_shapes(result.configuration, facts)
    expected = {name: (tuple(shape), "float32") for name, shape in shapes.items()}
    if {name: (array.shape, array.dtype.name) for name, array in weights.items()} != expected:
        raise DamagedError(f"{path}: the weights of seed {seed} are not those of its network")
    rows = [row for row in result.evaluation.to_pylist() if row["seed"] == seed]
    recorded = {(row["mode"], row["episode"]): row["return"] for row in rows}
    return Player(result.configuration, facts, seed, str(result.manifest_path), weights, recorded)


def _check_seed(result: Result, seed: int) -> None:
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed not in result.seeds:
        raise ConfigError(
            f"seed: {seed!r} is not allowed; allowed: those of {result.folder}: {format_seeds(result.seeds)}"
        )
    run = result.manifest["runs"][str(seed)]
    if run["status"] != "finished":
        reason = f"seed {seed} {run['status']} at agent step {run.get('step')} and has no weights"
        raise ConfigError(f"seed: {seed} is not allowed; allowed: seeds that finished; {reason}")
