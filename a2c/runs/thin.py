"""Thin runs: of each run the numbers that figures and tables need, and the checksums of all that it recorded.

They stand for whole runs where training again gives every byte on any machine. A row per run, columns:

- `seed`
- `measures`: numbers of the whole run, by name
- `curve`: the learning curve
- `metrics`: by name, the means of a metric over equal parts of the budget
- `evaluation_return`, `evaluation_length`: of every evaluation episode, sampled ones first; none if the run diverged
- `sha256`: by file of the whole run, the checksum of its content (`a2c.runs.content`)
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from a2c import untrusted
from a2c.runs import parquet
from a2c.runs.files import DamagedError, one_line
from a2c.runs.names import WHOLE_FILES
from a2c.runs.records import write_parquet
from a2c.untrusted import MIB

Array = NDArray[np.float64]
BYTES_OF_RUN = 64 * 1024  # more than any run takes once unpacked
_SCHEMA = pa.schema(
    [
        ("seed", pa.int64()),
        ("measures", pa.map_(pa.string(), pa.float64())),
        ("curve", pa.list_(pa.float32())),
        ("metrics", pa.map_(pa.string(), pa.list_(pa.float32()))),
        ("evaluation_return", pa.list_(pa.float64())),
        ("evaluation_length", pa.list_(pa.int32())),
        ("sha256", pa.map_(pa.string(), pa.binary(32))),
    ]
)
COLUMNS = tuple(_SCHEMA.names)
# Few of these are alike, so that they are packed byte by byte of the number; all others have a dictionary.
_FLOATS = ("measures.key_value.value", "curve.list.element", "metrics.key_value.value.list.element")
_ALIKE = (
    *("measures.key_value.key", "metrics.key_value.key", "sha256.key_value.key"),
    *("evaluation_return.list.element", "evaluation_length.list.element"),
)


class ThinRun(NamedTuple):
    """One run."""

    seed: int
    measures: dict[str, float]
    curve: NDArray[np.float32]  # [points]
    metrics: dict[str, NDArray[np.float32]]  # each [parts of the budget]
    evaluation_return: Array  # [modes times episodes]
    evaluation_length: NDArray[np.int32]
    checksums: dict[str, str]  # of the content of each file of the whole run


def write_thin(path: Path, runs: Sequence[ThinRun]) -> None:
    """Write thin runs; the same runs give the same bytes."""
    columns = {
        "seed": [run.seed for run in runs],
        "measures": [list(run.measures.items()) for run in runs],
        "curve": [run.curve for run in runs],
        "metrics": [list(run.metrics.items()) for run in runs],
        "evaluation_return": [run.evaluation_return for run in runs],
        "evaluation_length": [run.evaluation_length for run in runs],
        "sha256": [[(name, bytes.fromhex(text)) for name, text in run.checksums.items()] for run in runs],
    }
    table = pa.table([pa.array(columns[field.name], field.type) for field in _SCHEMA], schema=_SCHEMA)
    options = {
        "compression": "zstd",
        "compression_level": 19,
        "use_dictionary": list(_ALIKE),
        "use_byte_stream_split": list(_FLOATS),
        "write_statistics": False,
        "store_schema": False,
    }
    write_parquet(path, table, **options)


def read_thin(path: Path, seeds: Sequence[int]) -> dict[int, ThinRun]:
    """The thin runs in a file, by seed, which have to be those of `seeds`.

    DamagedError if the file is missing or anything else.
    """
    most = len(seeds) * BYTES_OF_RUN + MIB
    content = untrusted.read(path, most)
    try:
        file = parquet.opened(content)
        if parquet.unpacked_bytes(file) > most:
            raise ValueError(f"more than {most:,} bytes once unpacked")
        if file.schema_arrow.names != _SCHEMA.names:
            raise ValueError(f"other columns than {', '.join(_SCHEMA.names)}")
        table = parquet.rows_in(file).cast(_SCHEMA)
        table.validate(full=True)
        runs = {run.seed: run for run in _runs(table, seeds)}
        _check_alike(list(runs.values()))
        return runs
    except MemoryError:
        raise MemoryError(str(path)) from None
    except Exception as error:  # damaged bytes may raise anything
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None


def _runs(table: pa.Table, seeds: Sequence[int]) -> Iterator[ThinRun]:
    """The rows of the table. ValueError unless they are complete."""
    if table["seed"].to_pylist() != list(seeds):
        raise ValueError("other seeds than the manifest's")
    some_are_empty = any(_has_nulls(column.combine_chunks()) for column in table.columns)
    for row in table.to_pylist():
        if some_are_empty and (empty := [name for name, value in row.items() if _has_empty(value)]):
            raise ValueError(f"seed {row['seed']}: {empty[0]}: empty cells")
        checksums = {name: checksum.hex() for name, checksum in row["sha256"]}
        if tuple(checksums) != WHOLE_FILES:
            raise ValueError(f"seed {row['seed']}: checksums of other files than {', '.join(WHOLE_FILES)}")
        yield ThinRun(
            row["seed"],
            {name: float(value) for name, value in row["measures"]},
            np.array(row["curve"], dtype=np.float32),
            {name: np.array(values, dtype=np.float32) for name, values in row["metrics"]},
            np.array(row["evaluation_return"], dtype=np.float64),
            np.array(row["evaluation_length"], dtype=np.int32),
            checksums,
        )


def _check_alike(runs: Sequence[ThinRun]) -> None:
    """ValueError unless all runs have the same numbers: one that lacks one would be left out of its statistics."""
    for run in runs[1:]:
        for one, first in ((run.measures, runs[0].measures), (run.metrics, runs[0].metrics)):
            if one.keys() != first.keys():
                name = min(one.keys() ^ first.keys())
                raise ValueError(f"{name}: only one of seeds {runs[0].seed} and {run.seed} has it")


def _has_nulls(array: pa.Array) -> bool:
    """Whether a column or anything in it is empty."""
    if array.null_count:
        return True
    if pa.types.is_map(array.type):
        return _has_nulls(array.keys) or _has_nulls(array.items)
    return pa.types.is_list(array.type) and _has_nulls(array.flatten())


def _has_empty(value: Any) -> bool:
    """Whether a cell or anything in it is empty."""
    return value is None or (isinstance(value, list | tuple) and any(_has_empty(part) for part in value))
