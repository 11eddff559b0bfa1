"""The columns of a table that say which point of a study a row is about."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pandas as pd

FIELD = "field."  # before the name of an axis that another column of the table has, as REINFORCE's field `baseline`


def with_points(
    table: pd.DataFrame, points: Mapping[str, Mapping[str, Any]], axes: Iterable[str], key: str, after: str
) -> pd.DataFrame:
    """The table with a column for each axis behind the column `after`.

    `points`: by the names that stand in the column `key`, a value for each axis; None on an axis that a point does not
    have. Any field of a configuration may be an axis, so that one may have the name of a column: it gets another.
    """
    others = list(map(str, table))
    place = others.index(after) + 1
    of_rows = [points[name] for name in table[key]]
    columns = {column_of(axis, others): [point.get(axis) for point in of_rows] for axis in axes}
    return pd.concat([table.iloc[:, :place], pd.DataFrame(columns, table.index), table.iloc[:, place:]], axis=1)


def column_of(axis: str, others: Collection[str]) -> str:
    """The name of an axis's column beside these others."""
    return f"{FIELD}{axis}" if axis in others else axis
