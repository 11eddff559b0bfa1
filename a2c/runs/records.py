"""The tables of a result: episodes, metrics, evaluation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from a2c import untrusted
from a2c.config.metrics import METRICS, OLDER, metrics_of
from a2c.learn.trainer import MODES
from a2c.runs import parquet
from a2c.runs.files import DamagedError, one_line, write_bytes
from a2c.runs.names import EPISODES_FILE as EPISODES_FILE
from a2c.runs.names import EVALUATION_FILE as EVALUATION_FILE
from a2c.runs.names import METRICS_FILE as METRICS_FILE
from a2c.runs.names import TABLES as TABLES
from a2c.untrusted import LARGEST_ARRAYS

_SEED = ("seed", pa.int64())
_RETURN = [("return", pa.float64()), ("length", pa.int64())]
_EPISODES = pa.schema([_SEED, ("env", pa.int32()), ("step", pa.int64()), *_RETURN])
_EVALUATION = pa.schema([_SEED, ("mode", pa.string()), ("episode", pa.int32()), *_RETURN])


def schema_of(name: str, algorithm: str) -> pa.Schema:
    """Columns and types of the table `name` (one of `TABLES`) of runs of `algorithm`."""
    if name == METRICS_FILE:
        return _metrics_schema(metrics_of(algorithm))
    return {EPISODES_FILE: _EPISODES, EVALUATION_FILE: _EVALUATION}[name]


def _metrics_schema(metrics: Sequence[str]) -> pa.Schema:
    return pa.schema([_SEED, ("step", pa.int64()), *((metric, pa.float32()) for metric in metrics)])


def table_of(name: str, rows: Sequence[Sequence[Any]], algorithm: str) -> pa.Table:
    """The table `name` (one of `TABLES`) of runs of `algorithm`, from its rows."""
    schema = schema_of(name, algorithm)
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def write_table(path: Path, rows: Sequence[Sequence[Any]], algorithm: str) -> None:
    """Write one of `TABLES` of runs of `algorithm`; the same rows give the same bytes."""
    save_table(path, table_of(path.name, rows, algorithm))


def save_table(path: Path, table: pa.Table) -> None:
    """Write a table with the columns of one of `TABLES`; the same rows give the same bytes."""
    write_parquet(path, table, **parquet.packing(table.schema))


def write_parquet(path: Path, table: pa.Table, **options: Any) -> None:
    """Write a table as Parquet, whole or not at all. The same rows and options give the same bytes."""
    content = parquet.encode(table, **options)  # pyarrow takes no file names that are not UTF-8, and some as addresses
    write_bytes(path, content)


def read_table(path: Path) -> pa.Table:
    """Read one of `TABLES`. DamagedError if it is missing, unreadable, or has the columns of no algorithm.

    Metrics from before version 0.2.0 lack the columns that came then.
    """
    schemas = [schema_of(path.name, algorithm) for algorithm in METRICS]
    if path.name == METRICS_FILE:
        schemas += [_metrics_schema(metrics) for metrics in OLDER.values()]
    content = untrusted.read(path, LARGEST_ARRAYS)
    try:
        text = ["mode"] if path.name == EVALUATION_FILE else []
        file = parquet.opened(content, read_dictionary=text)  # text of few values stays small
        if file.metadata.num_rows > parquet.MOST_ROWS:
            raise DamagedError(f"{path}: {file.metadata.num_rows:,} rows; allowed: at most {parquet.MOST_ROWS:,}")
        if file.schema_arrow.names not in [schema.names for schema in schemas]:
            raise DamagedError(f"{path}: other columns than {', '.join(schemas[0].names)}")
        table = parquet.rows_in(file)
        table.validate(full=True)
        table = _plain_text(table)
    except DamagedError:
        raise
    except Exception as error:  # damaged bytes may raise anything
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None
    if table.schema not in schemas:
        raise DamagedError(f"{path}: other columns than {', '.join(schemas[0].names)}")
    if empty := [name for name, column in zip(table.column_names, table.columns, strict=True) if column.null_count]:
        raise DamagedError(f"{path}: {empty[0]}: empty cells")
    if "return" in table.column_names and pc.any(pc.invert(pc.is_finite(table["return"]))).as_py():
        raise DamagedError(f"{path}: return: not a finite number")  # a run ends at the first such reward
    return table


def _plain_text(table: pa.Table) -> pa.Table:
    """The table with its text as text. ValueError if the text has more values than modes of evaluation."""
    if "mode" not in table.column_names:
        return table
    modes = table["mode"].unique().to_pylist()
    if not set(modes) <= {*MODES, None}:
        raise ValueError(f"mode: {str(modes)[:80]}")
    place = table.column_names.index("mode")
    return table.set_column(place, "mode", table["mode"].cast(pa.string()))
