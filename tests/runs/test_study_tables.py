"""The CSV tables of a study as they are read."""

from pathlib import Path

import numpy as np
import pytest

from a2c.runs.files import DamagedError
from a2c.runs.study_tables import parse_table

PATH = Path("summary.csv")


def test_a_column_without_values_is_one_of_numbers() -> None:
    """Figures take it as such: a study may have no finished run."""
    table = parse_table(b"configuration,step,low\n", PATH)
    assert (table["step"].dtype, table["low"].dtype) == (np.float64, np.float64)
    assert parse_table(b"configuration,low\na,\n", PATH)["low"].dtype == np.float64


def test_columns_of_text_stay_text() -> None:
    assert parse_table(b"configuration,low\n1e5,2\n", PATH)["configuration"].tolist() == ["1e5"]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2,3\n1\n1,2,3,4\n", b"a\n\xff\n", b'a\n"'])
def test_what_is_no_table_is_damage(content: bytes) -> None:
    with pytest.raises(DamagedError, match=r"^summary\.csv: damaged \("):
        parse_table(content, PATH)


def test_only_an_empty_cell_is_missing() -> None:
    table = parse_table(b"label,mean\nNone,1\nNA,2\nnull,\n,4\n", Path("runs.csv"))
    assert table["label"].tolist()[:3] == ["None", "NA", "null"]
    assert [table["label"].isna().tolist(), table["mean"].isna().tolist()] == [[0, 0, 0, 1], [0, 0, 1, 0]]
