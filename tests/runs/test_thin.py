"""Thin runs on disk: the same runs come back, and whatever else lies there is one line."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from a2c.runs.files import DamagedError
from a2c.runs.names import WHOLE_FILES
from a2c.runs.thin import ThinRun, read_thin, write_thin

CHECKSUMS = {name: f"{number:02x}" * 32 for number, name in enumerate(WHOLE_FILES)}


def run(seed: int) -> ThinRun:
    numbers = np.random.default_rng(seed)
    return ThinRun(
        seed,
        {"final_return": float(numbers.normal()), "auc": float("nan")},
        numbers.normal(size=100).astype(np.float32),
        {"entropy": numbers.normal(size=20).astype(np.float32), "grad_norm": np.full(20, np.nan, dtype=np.float32)},
        np.array([9.0, 500.0]),
        np.array([9, 500], dtype=np.int32),
        CHECKSUMS,
    )


RUNS = [run(3), run(4)]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    write_thin(tmp_path / "thin.parquet", RUNS)
    found = read_thin(tmp_path / "thin.parquet", [3, 4])
    assert list(found) == [3, 4]
    for old in RUNS:
        for one, other in zip(old, found[old.seed], strict=True):
            np.testing.assert_equal(other, one)


def test_the_same_runs_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.parquet", "two.parquet"):
        write_thin(tmp_path / name, [run(3), run(4)])
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_a_run_that_diverged_has_no_evaluation(tmp_path: Path) -> None:
    nothing = run(3)._replace(evaluation_return=np.array([]), evaluation_length=np.array([], dtype=np.int32))
    write_thin(tmp_path / "thin.parquet", [nothing])
    assert read_thin(tmp_path / "thin.parquet", [3])[3].evaluation_return.size == 0


def without_checksum(path: Path) -> None:
    write_thin(path, [RUNS[0], RUNS[1]._replace(checksums={"actions.npz": "ab" * 32})])


def other_columns(path: Path) -> None:
    pq.write_table(pa.table({"seed": [3, 4]}), path)


def millions_of_zeros(path: Path) -> None:
    """12 megabytes in a file of a few kilobytes."""
    write_thin(path, [RUNS[0], RUNS[1]._replace(curve=np.zeros(3_000_000, dtype=np.float32))])


def empty_cell(path: Path) -> None:
    write_thin(path, RUNS)
    table = pq.read_table(path)
    pq.write_table(table.set_column(2, "curve", pa.array([None, [1.0]], table.schema.field("curve").type)), path)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (without_checksum, "checksums of other files than episodes.parquet"),
        (other_columns, "other columns than seed, measures"),
        (millions_of_zeros, "bytes once unpacked"),
        (empty_cell, "seed 3: curve: empty cells"),
        (lambda path: write_thin(path, [run(3), run(5)]), "other seeds than the manifest's"),
        (lambda path: path.write_bytes(b"PAR1"), "damaged"),
        (lambda path: None, "missing"),
    ],
)
def test_anything_else_is_one_line(make: Callable[[Path], None], told: str, tmp_path: Path) -> None:
    make(tmp_path / "thin.parquet")
    with pytest.raises(DamagedError, match=rf"thin\.parquet: .*{told}") as caught:
        read_thin(tmp_path / "thin.parquet", [3, 4])
    assert "\n" not in str(caught.value)


def test_runs_of_a_file_that_have_other_numbers_are_reported(tmp_path: Path) -> None:
    """A run without a number would be left out of the mean over runs."""
    lacking = RUNS[1]._replace(measures={"final_return": 1.0})
    write_thin(tmp_path / "thin.parquet", [RUNS[0], lacking])
    with pytest.raises(DamagedError, match=r"thin\.parquet: damaged \(auc: only one of seeds 3 and 4 has it\)"):
        read_thin(tmp_path / "thin.parquet", [3, 4])
