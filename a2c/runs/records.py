"""The tables a run leaves: episodes, metrics, evaluation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from a2c.config.metrics import METRICS
from a2c.runs.files import DamagedError, one_line, write_whole

_SEED = ("seed", pa.int64())
_RETURN = [("return", pa.float64()), ("length", pa.int64())]
EPISODES = pa.schema([_SEED, ("env", pa.int32()), ("step", pa.int64()), *_RETURN])
METRICS_TABLE = pa.schema([_SEED, ("step", pa.int64()), *((name, pa.float32()) for name in METRICS)])
EVALUATION = pa.schema([_SEED, ("mode", pa.string()), ("episode", pa.int32()), *_RETURN])
SCHEMAS = {"episodes.parquet": EPISODES, "metrics.parquet": METRICS_TABLE, "evaluation.parquet": EVALUATION}


def write_table(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    """Write a Parquet file of the schema that its name has; the same rows give the same bytes."""
    schema = SCHEMAS[path.name]
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    table = pa.table(arrays, schema=schema)
    write_whole(path, lambda beside: pq.write_table(table, beside, compression="zstd"))


def read_table(path: Path) -> pa.Table:
    """A Parquet file of the schema that its name has. DamagedError if it is missing, unreadable or another table."""
    try:
        table = pq.read_table(path, partitioning=None)
        table.validate(full=True)
    except FileNotFoundError:
        raise DamagedError(f"{path}: missing") from None
    except Exception as error:  # what strange bytes may raise is not told anywhere
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None
    if table.schema != SCHEMAS[path.name]:
        raise DamagedError(f"{path}: other columns than {', '.join(SCHEMAS[path.name].names)}")
    if empty := [name for name, column in zip(table.column_names, table.columns, strict=True) if column.null_count]:
        raise DamagedError(f"{path}: {empty[0]}: empty cells")
    return table
