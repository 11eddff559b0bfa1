"""Parquet files and their tables, by one thread.

A worker of pyarrow's pool that drops the last reference to a Python object while the interpreter ends can abort the
process. Nothing here starts the pool, and no other module calls what could.
"""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from a2c.runs.files import DamagedError, one_line
from a2c.untrusted import LARGEST_ARRAYS

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 10_000_000  # of any table


def encode(table: pa.Table, **options: Any) -> bytes:
    """A table as a Parquet file; the same rows and options of `pyarrow.parquet.write_table` give the same bytes."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **options)
    return bytes(sink.getvalue())


def packing(schema: pa.Schema) -> dict[str, Any]:
    """Options of `encode` that pack numbers by byte and integers as differences, all else in dictionaries.

    A table of numbers of which few are alike is a quarter to a third smaller than with dictionaries.
    """
    kinds = {field.name: _encoding(field.type) for field in schema}
    return {
        "compression": "zstd",
        "use_dictionary": [name for name, kind in kinds.items() if not kind],
        "column_encoding": {name: kind for name, kind in kinds.items() if kind},
        "write_statistics": False,
        "store_schema": False,
    }


def _encoding(kind: pa.DataType) -> str:
    """The encoding of numbers of a type; none if they have a dictionary."""
    if pa.types.is_floating(kind):
        return "BYTE_STREAM_SPLIT"
    return "DELTA_BINARY_PACKED" if kind in (pa.int32(), pa.int64()) else ""


def opened(content: bytes, **options: Any) -> pq.ParquetFile:
    """A Parquet file of which only the footer is read; an exception of any kind if it is damaged."""
    return pq.ParquetFile(pa.BufferReader(content), **options)


def rows_in(file: pq.ParquetFile) -> pa.Table:
    """All rows of a Parquet file; an exception of any kind if they are damaged."""
    return file.read(use_threads=False)


def unpacked_bytes(file: pq.ParquetFile) -> int:
    """Bytes that the columns of a Parquet file take once unpacked."""
    groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    return sum(group.column(number).total_uncompressed_size for group in groups for number in range(group.num_columns))


def table_in(
    content: bytes, path: Path, schema: pa.Schema, may_be_empty: Callable[[str], bool] = lambda _: False
) -> pa.Table:
    """The table in the content of a Parquet file, with the columns of `schema`. `path`: where it is from, for messages.

    `may_be_empty`: whether a column, by its name, may have empty cells. DamagedError, naming the file, if its bytes are
    damaged, its columns are others, or it is too large.
    """
    try:
        file = opened(content)
        if file.metadata.num_rows > MOST_ROWS or unpacked_bytes(file) > LARGEST_ARRAYS:
            allowed = f"at most {MOST_ROWS:,} rows and {LARGEST_ARRAYS:,} bytes once unpacked"
            raise ValueError(f"too large; allowed: {allowed}")
        table = rows_in(file).cast(schema)
        table.validate(full=True)
    except MemoryError:
        raise MemoryError(str(path)) from None
    except Exception as error:  # damaged bytes may raise anything
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.null_count and not may_be_empty(name):
            raise DamagedError(f"{path}: {name}: empty cells")
    return table


def select(table: pa.Table, column: str, values: Collection[Any]) -> pa.Table:
    """The rows whose `column` has one of `values`, in their order."""
    return table.filter(pc.is_in(table[column], pa.array(list(values), table.schema.field(column).type)))


def frame_of(table: pa.Table) -> "pd.DataFrame":
    """A table as a data frame."""
    return table.to_pandas(use_threads=False)
