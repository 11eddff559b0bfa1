"""The CSV tables of a study as they are read."""

import numpy as np

from a2c.runs.study_tables import parse_table


def test_a_column_without_values_is_one_of_numbers() -> None:
    """Figures take it as such: a study may have no finished run."""
    table = parse_table(b"configuration,step,low\n")
    assert (table["step"].dtype, table["low"].dtype) == (np.float64, np.float64)
    assert parse_table(b"configuration,low\na,\n")["low"].dtype == np.float64


def test_columns_of_text_stay_text() -> None:
    assert parse_table(b"configuration,low\n1e5,2\n")["configuration"].tolist() == ["1e5"]
