"""The checkpoint of a seed block: arrays and the action log, from which the environments are replayed."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2c.runs.files import DamagedError, read_arrays, write_arrays

NAME = "checkpoint.npz"


class Checkpoint(NamedTuple):
    """Everything that going on needs."""

    header: dict[str, Any]  # whose checkpoint it is, diverged lanes, sessions so far
    state: dict[str, NDArray[np.float32]]
    actions: NDArray[np.uint8]  # [lanes, rows, environments]
    metrics: NDArray[np.float64]  # [rows, seed and step and metrics]


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Replace the folder's checkpoint, whole or not at all."""
    header = np.frombuffer(json.dumps(checkpoint.header).encode(), dtype=np.uint8)
    state = {f"state.{name}": array for name, array in checkpoint.state.items()}
    arrays: dict[str, NDArray[Any]] = {
        "header": header,
        "actions": checkpoint.actions,
        "metrics": checkpoint.metrics,
        **state,
    }
    write_arrays(folder / NAME, arrays, compress=False)


def load(folder: Path) -> Checkpoint:
    """The folder's checkpoint. DamagedError if there is none or it can't be read."""
    path = folder / NAME
    arrays = read_arrays(path)
    try:
        header = json.loads(arrays.pop("header").tobytes())
        actions, metrics = arrays.pop("actions"), arrays.pop("metrics")
    except (KeyError, ValueError) as error:
        raise DamagedError(f"{path}: damaged ({error})") from None
    return Checkpoint(header, {name.removeprefix("state."): array for name, array in arrays.items()}, actions, metrics)
