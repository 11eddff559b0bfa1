"""Checksums of what one run recorded: of the content, as the bytes of a file also depend on what packed it.

A checksum covers names, types, shapes and little-endian values. The seed does not enter, so that a run has the same
checksums in any seed block.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from a2c.runs import manifest
from a2c.runs.files import DamagedError
from a2c.runs.names import ACTIONS_FILE, EPISODES_FILE, EVALUATION_FILE, METRICS_FILE, WEIGHTS_FILE
from a2c.runs.result import Result

Named = Iterable[tuple[str, NDArray[Any]]]


def content_of(result: Result, seed: int, metrics: Sequence[str] | None = None) -> dict[str, str]:
    """By file of a whole run, the checksum of a run's content; by `manifest.json` that of its status.

    `metrics`: those that count, as older versions recorded fewer; all if None. Of weights that were not published there
    is the checksum in the manifest, or none. DamagedError, naming the file, if one is damaged or has nothing of this
    run.
    """
    status = _checksum([("status", _text(json.dumps(result.manifest["runs"][str(seed)], sort_keys=True)))])
    if result.is_thin:
        return {**result.thin[seed].checksums, manifest.NAME: status}
    if str(seed) not in result.actions:
        raise DamagedError(f"{result.folder / ACTIONS_FILE}: seed {seed} is missing")
    columns = result.metrics.column_names if metrics is None else ["seed", "step", *metrics]
    if missing := set(columns) - set(result.metrics.column_names):
        raise DamagedError(f"{result.folder / METRICS_FILE}: {min(missing)} is missing")
    return {
        EPISODES_FILE: _checksum(_columns(result.episodes, seed)),
        METRICS_FILE: _checksum(_columns(result.metrics.select(columns), seed)),
        EVALUATION_FILE: _checksum(_columns(result.evaluation, seed)),
        ACTIONS_FILE: _checksum([("actions", result.actions[str(seed)])]),
        **_weights(result, seed),
        manifest.NAME: status,
    }


def _weights(result: Result, seed: int) -> dict[str, str]:
    if result.weights is None:
        known: Mapping[str, str] = result.manifest.get("left_out_content", {}).get(str(seed), {})
        return {WEIGHTS_FILE: known[WEIGHTS_FILE]} if WEIGHTS_FILE in known else {}
    start = f"{seed}/"
    own = {name.removeprefix(start): array for name, array in result.weights.items() if name.startswith(start)}
    return {WEIGHTS_FILE: _checksum(sorted(own.items()))}


def _columns(table: pa.Table, seed: int) -> Named:
    """The columns of one run but its seed, as arrays."""
    rows = table.filter(pc.field("seed") == seed).drop_columns(["seed"])
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        yield name, _text("\n".join(column.to_pylist())) if pa.types.is_string(column.type) else column.to_numpy()


def _text(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _checksum(arrays: Named) -> str:
    digest = hashlib.sha256()
    for name, array in arrays:
        values = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        if values.dtype.kind == "f":  # numbers that are none have one pattern of bits here, on CPUs they have several
            values = np.where(np.isnan(values), values.dtype.type(np.nan), values)
        digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode() + values.tobytes())
    return digest.hexdigest()
