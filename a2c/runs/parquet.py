"""Parquet files and their tables, by one thread.

A worker of pyarrow's pool that drops the last reference to a Python object while the interpreter ends can abort the
process. Nothing here starts the pool, and no other module calls what could.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    import pandas as pd


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


def select(table: pa.Table, column: str, values: Collection[Any]) -> pa.Table:
    """The rows whose `column` has one of `values`, in their order."""
    return table.filter(pc.is_in(table[column], pa.array(list(values), table.schema.field(column).type)))


def frame_of(table: pa.Table) -> "pd.DataFrame":
    """A table as a data frame."""
    return table.to_pandas(use_threads=False)
