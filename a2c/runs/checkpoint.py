"""The checkpoint of a training: its arrays, and the action log, from which most environments are replayed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from a2c.config.metrics import metrics_of
from a2c.envs import ActionLog, Ended
from a2c.envs.games import can_be_state
from a2c.learn.trainer import ENVIRONMENTS, Trainer
from a2c.runs.files import DamagedError, one_line, read_arrays, write_arrays
from a2c.untrusted import MIB

NAME = "checkpoint.npz"
EPISODE = 8 * len(Ended._fields)  # bytes
MORE = 64 * MIB


class _Header(BaseModel):
    identity: dict[str, Any]
    diverged: dict[int, tuple[int, str]]
    stopped: dict[int, int]
    sessions: list[dict[str, Any]]


class Checkpoint(NamedTuple):
    """All that is needed to go on with a training."""

    header: dict[str, Any]  # identity of the training, lanes that have ended, sessions so far
    state: dict[str, NDArray[Any]]  # of `Trainer.state`
    actions: NDArray[Any]  # the action log, [lanes, rows, environments, ...]
    rows: NDArray[np.int64]  # of the log that each environment has taken, [lanes, environments]
    metrics: NDArray[np.float64]  # a row per recorded update: seed, step, metrics
    ended: NDArray[np.float64]  # a row per finished episode, as `Ended`; none where replaying the log gives them


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Write the folder's checkpoint, whole or not at all."""
    header = np.frombuffer(json.dumps(checkpoint.header).encode(), dtype=np.uint8)
    state = {f"state.{name}": array for name, array in checkpoint.state.items()}
    arrays: dict[str, NDArray[Any]] = {
        "header": header,
        "actions": checkpoint.actions,
        "rows": checkpoint.rows,
        "metrics": checkpoint.metrics,
        "ended": checkpoint.ended,
        **state,
    }
    write_arrays(folder / NAME, arrays, compress=False)


def load(folder: Path, at_most: int) -> Checkpoint:
    """The folder's checkpoint, of `at_most` bytes. DamagedError if it is missing or cannot be read."""
    path = folder / NAME
    arrays = read_arrays(path, at_most)
    try:
        header = _Header.model_validate_json(arrays.pop("header").tobytes()).model_dump()
        actions, rows, metrics, ended = (arrays.pop(name) for name in ("actions", "rows", "metrics", "ended"))
    except (KeyError, ValueError, RecursionError) as error:
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None
    state = {name.removeprefix("state."): array for name, array in arrays.items()}
    return Checkpoint(header, state, actions, rows, metrics, ended)


def most_bytes(trainer: Trainer, log: ActionLog) -> int:
    """More than any checkpoint of this training has: its state (that of games grows), actions and finished episodes."""
    state = sum(array.nbytes for array in trainer.state().values())
    steps = trainer.total_rows * trainer.configuration.n_envs
    return 8 * state + log.actions.nbytes + len(trainer.seeds) * steps * EPISODE + MORE


def check_fits(folder: Path, checkpoint: Checkpoint, trainer: Trainer) -> None:
    """DamagedError unless the arrays of the folder's `checkpoint` have the types, shapes and range of `trainer`'s."""
    actions, rows, metrics, ended = checkpoint[2:]
    configuration, space, n_lanes = trainer.configuration, trainer.facts.action_space, len(trainer.seeds)
    logged = (n_lanes, actions.shape[1] if actions.ndim > 1 else 0, configuration.n_envs, *space.shape)
    n_metrics = len(metrics_of(configuration.algorithm))
    steps = logged[1] * configuration.n_envs  # of a lane, at most
    stopped = checkpoint.header["stopped"].items()
    diverged = [(lane, step) for lane, (step, _) in checkpoint.header["diverged"].items()]
    fits = {
        "state": trainer.accepts(checkpoint.state) and _can_be_played(checkpoint.state, logged[1], space.width),
        "actions": (actions.dtype, actions.shape) == (space.dtype, logged)
        and logged[1] <= trainer.total_rows
        and space.accepts(actions),
        "rows": (rows.dtype, rows.shape) == (np.int64, (n_lanes, configuration.n_envs))
        and bool((rows >= 0).all())
        and rows.max() == logged[1],
        "metrics": (metrics.dtype, metrics.shape) == (np.float64, (*metrics.shape[:1], 2 + n_metrics))
        and set(metrics[:, 0]) <= set(trainer.seeds)
        and _are_whole(metrics[:, 1:2], (1 + steps,)),
        "ended": (ended.dtype, ended.shape) == (np.float64, (*ended.shape[:1], len(Ended._fields)))
        and _are_whole(np.delete(ended, 3, axis=1), (n_lanes, configuration.n_envs, 1 + steps, 1 + steps))
        and bool(np.isfinite(ended).all()),
        "diverged": all(0 <= lane < n_lanes and 0 <= step <= steps for lane, step in diverged),
        "stopped": all(0 <= lane < n_lanes and 0 <= step <= steps for lane, step in stopped),
    }
    for name, fit in fits.items():
        if not fit:
            raise DamagedError(f"{folder / NAME}: damaged ({name}: not those of this training)")


def _can_be_played(state: Mapping[str, NDArray[Any]], n_rows: int, n_actions: int) -> bool:
    """Whether the games of a trainer's state, if there are any, can come from so many rows."""
    held = {name.removeprefix(ENVIRONMENTS): one for name, one in state.items() if name.startswith(ENVIRONMENTS)}
    return can_be_state(held, n_rows, n_actions)


def _are_whole(columns: NDArray[np.float64], below: Sequence[int]) -> bool:
    """Whether all numbers are whole ones from 0 to the bound of their column, which is not reached."""
    return bool(((columns >= 0) & (columns < np.array(below)) & (columns == np.floor(columns))).all())
