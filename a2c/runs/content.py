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
from numpy.typing import NDArray

from a2c.learn.trainer import Evaluated
from a2c.runs import manifest, parquet
from a2c.runs.files import DamagedError
from a2c.runs.names import ACTIONS_FILE, EPISODES_FILE, EVALUATION_FILE, METRICS_FILE, SNAPSHOTS_FILE, WEIGHTS_FILE
from a2c.runs.recorder import Recorder
from a2c.runs.records import table_of
from a2c.runs.result import Result

Named = Iterable[tuple[str, NDArray[Any]]]


def content_of(result: Result, seed: int, metrics: Sequence[str] | None = None) -> dict[str, str]:
    """By file of a whole run, the checksum of a run's content; by `manifest.json` that of its status.

    `metrics`: those that count, as older versions recorded fewer; all if None. Of weights that were not published there
    is the checksum in the manifest, or none. DamagedError, naming the file, if one is damaged or has nothing of this
    run.
    """
    status = _status(result.manifest["runs"][str(seed)])
    if result.is_thin:
        return {**result.thin[seed].checksums, manifest.NAME: status}
    if str(seed) not in result.actions:
        raise DamagedError(f"{result.folder / ACTIONS_FILE}: seed {seed} is missing")
    columns = result.metrics.column_names if metrics is None else ["seed", "step", *metrics]
    if missing := set(columns) - set(result.metrics.column_names):
        raise DamagedError(f"{result.folder / METRICS_FILE}: {min(missing)} is missing")
    tables = {
        EPISODES_FILE: result.episodes,
        METRICS_FILE: result.metrics.select(columns),
        EVALUATION_FILE: result.evaluation,
    }
    return {
        **{name: _checksum(_columns(table, seed)) for name, table in tables.items()},
        ACTIONS_FILE: _checksum([("actions", result.actions[str(seed)])]),
        **_weights(result, seed),
        manifest.NAME: status,
    }


def content_in_memory(records: Recorder, evaluated: Sequence[Evaluated]) -> dict[int, str]:
    """By seed, one checksum of what `content_of` has of the run, before any file is written."""
    algorithm = records.trainer.configuration.algorithm
    tables = {name: table_of(name, rows, algorithm) for name, rows in records.tables(evaluated).items()}
    actions, statuses = records.actions(), records.statuses()
    weights = {WEIGHTS_FILE: records.weights(), SNAPSHOTS_FILE: records.snapshots()}
    if not records.trainer.configuration.snapshots:
        del weights[SNAPSHOTS_FILE]
    return {
        seed: joined(
            {
                **{name: _checksum(_columns(table, seed)) for name, table in tables.items()},
                ACTIONS_FILE: _checksum([("actions", actions[str(seed)])]),
                **{name: _of_run(arrays, seed) for name, arrays in weights.items()},
                manifest.NAME: _status(statuses[str(seed)]),
            }
        )
        for seed in records.seeds
    }


def joined(checksums: Mapping[str, str]) -> str:
    """One checksum of those of a run's files."""
    return _checksum((name, _text(checksum)) for name, checksum in sorted(checksums.items()))


def _status(run: Mapping[str, Any]) -> str:
    return _checksum([("status", _text(json.dumps(run, sort_keys=True)))])


def _weights(result: Result, seed: int) -> dict[str, str]:
    """The checksums of the final weights and, where the configuration has some, of those of the snapshots."""
    files = {
        WEIGHTS_FILE: result.weights,
        **({SNAPSHOTS_FILE: result.snapshots} if result.configuration.snapshots else {}),
    }
    known: Mapping[str, str] = result.manifest.get("left_out_content", {}).get(str(seed), {})
    found = {name: known.get(name) if arrays is None else _of_run(arrays, seed) for name, arrays in files.items()}
    return {name: checksum for name, checksum in found.items() if checksum is not None}


def _of_run(weights: Mapping[str, NDArray[Any]], seed: int) -> str:
    start = f"{seed}/"
    own = {name.removeprefix(start): array for name, array in weights.items() if name.startswith(start)}
    return _checksum(sorted(own.items()))


def _columns(table: pa.Table, seed: int) -> Named:
    """The columns of one run but its seed, as arrays."""
    rows = parquet.select(table, "seed", [seed]).drop_columns(["seed"])
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
