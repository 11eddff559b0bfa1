"""The tables of a study, and the rows in them that belong to a configuration or a setting. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from a2c.config.names import is_number
from a2c.runs.study import Setting

if TYPE_CHECKING:
    import pandas as pd

Tables = Mapping[str, "pd.DataFrame"]  # by the stem of their CSV file


def rows_of(table: pd.DataFrame, configuration: str) -> pd.DataFrame:
    """The rows of one configuration, in the file's order."""
    return table[table["configuration"] == configuration]


def rows_at(table: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """The rows of one setting, found by its values on the axes, in the file's order."""
    import pandas as pd

    from a2c.analysis.points import FIELD

    here = pd.Series(True, index=table.index)
    for axis, value in setting.point.items():
        column = f"{FIELD}{axis}" if f"{FIELD}{axis}" in table else axis
        here &= table[column].map(lambda cell, value=value: _is_same(cell, value))
    return table[here]


def _is_same(cell: Any, value: Any) -> bool:
    """Whether a cell of a CSV file is equal to a value of study.json; columns of mixed types are read as text."""
    if value is None:
        return cell is None or cell != cell  # NaN
    if is_number(value):
        try:
            return float(cell) == value
        except ValueError:
            return False
    return str(cell) == str(value)
