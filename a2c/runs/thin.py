"""Thin runs: of each run the numbers that figures and tables need, and the checksums of all that it recorded.

They stand for whole runs where training again gives every byte on any machine. A row per run, columns:

- `seed`
- `measures`: numbers of the whole run, whose names are in the metadata
- `curve`: the learning curve
- `metrics`: means over equal parts of the budget, part by part, metric by metric; the metrics' names are in the metadata
- `evaluation_return`, `evaluation_length`: of every evaluation episode, sampled ones first; none if the run diverged
- `sha256`: of the content of each file of the whole run (`a2c.runs.content`), whose names are in the metadata
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from a2c import untrusted
from a2c.runs.files import DamagedError, one_line, write_whole
from a2c.runs.names import WHOLE_FILES
from a2c.untrusted import MIB

Array = NDArray[np.float64]
BYTES_OF_RUN = 64 * 1024  # more than any run takes once unpacked
METADATA = b"a2c-bench"
_SCHEMA = pa.schema(
    [
        ("seed", pa.int64()),
        ("measures", pa.list_(pa.float64())),
        ("curve", pa.list_(pa.float64())),
        ("metrics", pa.list_(pa.float32())),
        ("evaluation_return", pa.list_(pa.float64())),
        ("evaluation_length", pa.list_(pa.int32())),
        ("sha256", pa.list_(pa.binary(32))),
    ]
)
_FLOATS = ("measures", "curve", "metrics")  # whose bytes are packed stream by stream, as few values are alike


class ThinRun(NamedTuple):
    """One run."""

    seed: int
    measures: dict[str, float]
    curve: Array  # [points]
    metrics: NDArray[np.float32]  # [parts of the budget, metrics]
    evaluation_return: Array  # [modes times episodes]
    evaluation_length: NDArray[np.int32]
    checksums: dict[str, str]  # of the content of each file of the whole run


class ThinRuns(NamedTuple):
    """The thin runs of a seed block, and the names of their metrics."""

    metrics: tuple[str, ...]
    runs: dict[int, ThinRun]


def write_thin(path: Path, thin: ThinRuns) -> None:
    """Write thin runs; the same runs give the same bytes."""
    runs = list(thin.runs.values())
    names = {"measures": list(runs[0].measures), "metrics": list(thin.metrics), "files": list(runs[0].checksums)}
    columns = {
        "seed": [run.seed for run in runs],
        "measures": [list(run.measures.values()) for run in runs],
        "curve": [run.curve for run in runs],
        "metrics": [run.metrics.ravel() for run in runs],
        "evaluation_return": [run.evaluation_return for run in runs],
        "evaluation_length": [run.evaluation_length for run in runs],
        "sha256": [[bytes.fromhex(checksum) for checksum in run.checksums.values()] for run in runs],
    }
    schema = _SCHEMA.with_metadata({METADATA: json.dumps(names).encode()})
    table = pa.table([pa.array(columns[field.name], field.type) for field in schema], schema=schema)
    options = {
        "compression": "zstd",
        "compression_level": 19,
        "use_dictionary": [f"{name}.list.element" for name in ("evaluation_return", "evaluation_length")],
        "use_byte_stream_split": [f"{name}.list.element" for name in _FLOATS],
        "write_statistics": False,
        "store_schema": False,
    }
    write_whole(path, lambda part: pq.write_table(table, part, **options))


def read_thin(path: Path, seeds: Sequence[int]) -> ThinRuns:
    """The thin runs in a file, which have to be those of `seeds`. DamagedError if it is missing or anything else."""
    most = len(seeds) * BYTES_OF_RUN + MIB
    content = untrusted.read(path, most)
    try:
        file = pq.ParquetFile(pa.BufferReader(content))
        if _unpacked(file.metadata) > most:
            raise ValueError(f"more than {most:,} bytes once unpacked")
        if not file.schema_arrow.equals(_SCHEMA):
            raise ValueError(f"other columns than {', '.join(_SCHEMA.names)}")
        table = file.read()
        table.validate(full=True)
        names = json.loads(table.schema.metadata[METADATA])
        return ThinRuns(tuple(names["metrics"]), {run.seed: run for run in _runs(table, names, seeds)})
    except MemoryError:
        raise MemoryError(str(path)) from None
    except Exception as error:  # damaged bytes may raise anything
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None


def _unpacked(metadata: Any) -> int:
    """Bytes that the columns of a Parquet file take once unpacked."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    return sum(
        group.column(number).total_uncompressed_size for group in groups for number in range(group.num_columns)
    )


def _runs(table: pa.Table, names: Mapping[str, Sequence[str]], seeds: Sequence[int]) -> Iterator[ThinRun]:
    """The rows of the table. ValueError unless they are complete."""
    if table["seed"].to_pylist() != list(seeds):
        raise ValueError("other seeds than the manifest's")
    if list(names["files"]) != list(WHOLE_FILES):
        raise ValueError(f"checksums of other files than {', '.join(WHOLE_FILES)}")
    for row in table.to_pylist():
        if any(value is None or (isinstance(value, list) and None in value) for value in row.values()):
            raise ValueError(f"seed {row['seed']}: empty cells")
        yield ThinRun(
            row["seed"],
            dict(zip(names["measures"], row["measures"], strict=True)),
            np.array(row["curve"], dtype=np.float64),
            np.array(row["metrics"], dtype=np.float32).reshape(-1, len(names["metrics"])),
            np.array(row["evaluation_return"], dtype=np.float64),
            np.array(row["evaluation_length"], dtype=np.int32),
            dict(zip(names["files"], (checksum.hex() for checksum in row["sha256"]), strict=True)),
        )
