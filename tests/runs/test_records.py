"""Tables of results, also of older ones."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from a2c.config.metrics import METRICS, OLDER
from a2c.runs.files import DamagedError
from a2c.runs.records import EPISODES_FILE, METRICS_FILE, read_table, save_table, schema_of


def written(folder: Path, metrics: tuple[str, ...]) -> Path:
    columns = {"seed": pa.array([1], pa.int64()), "step": pa.array([40], pa.int64())}
    pq.write_table(pa.table(columns | {name: pa.array([0.5], pa.float32()) for name in metrics}), folder / METRICS_FILE)
    return folder / METRICS_FILE


@pytest.mark.parametrize("algorithm", METRICS)
def test_metrics_of_every_algorithm_are_read(algorithm: str, tmp_path: Path) -> None:
    assert read_table(written(tmp_path, METRICS[algorithm])).column_names == ["seed", "step", *METRICS[algorithm]]


def test_metrics_of_an_older_version_are_read(tmp_path: Path) -> None:
    older = OLDER["a2c"]
    assert older == METRICS["a2c"][: len(older)]
    assert read_table(written(tmp_path, older)).column_names == ["seed", "step", *older]


def test_metrics_of_no_version_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="other columns than"):
        read_table(written(tmp_path, OLDER["a2c"][:-1]))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_returns_that_are_no_finite_number_are_refused(number: float, tmp_path: Path) -> None:
    schema = schema_of(EPISODES_FILE, "a2c")
    table = pa.table([pa.array([1] * 2, field.type) for field in schema], schema=schema)
    place = schema.get_field_index("return")
    pq.write_table(table.set_column(place, "return", pa.array([1.0, number])), tmp_path / EPISODES_FILE)
    with pytest.raises(DamagedError, match=r"episodes\.parquet: return: not a finite number"):
        read_table(tmp_path / EPISODES_FILE)


def test_tables_of_numbers_are_a_quarter_smaller_than_with_dictionaries(tmp_path: Path) -> None:
    numbers, schema = np.random.default_rng(0), schema_of(METRICS_FILE, "a2c")
    columns = [np.full(500, 7), np.arange(400, 200_400, 400), *numbers.normal(size=(len(schema) - 2, 500))]
    table = pa.table(
        [pa.array(column).cast(field.type, safe=False) for column, field in zip(columns, schema, strict=True)],
        schema=schema,
    )
    save_table(tmp_path / METRICS_FILE, table)
    pq.write_table(table, tmp_path / "plain.parquet", compression="zstd")
    assert read_table(tmp_path / METRICS_FILE).equals(table)
    assert (tmp_path / METRICS_FILE).stat().st_size < 0.75 * (tmp_path / "plain.parquet").stat().st_size
