"""Reading the files of a study: `study.json` and its tidy tables."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from a2c.figures.studies import Setting, Study, is_number

Tables = Mapping[str, pd.DataFrame]

TABLES = ("seed_curves", "curves", "runs", "summary", "comparisons", "diagnostics", "claims")
SEVERAL_ENVIRONMENTS = ("aggregates", "profiles", "improvement", "sensitivity")

# Columns of text that pandas would read as missing or as numbers where they happen to be empty.
TEXT = (
    *("configuration", "baseline", "method", "label", "status", "setting", "best_for_all", "tuned_axes", "interval"),
    *("claim", "verdict", "says", "where", "test", "figure", "seeds_needed"),
)


def read_study(folder: Path) -> tuple[Study, dict[str, pd.DataFrame]]:
    """The study in `folder` and its tables by name.

    FileNotFoundError names a file that is missing, ValueError one that cannot be read.
    """
    study = _json(folder / "study.json")
    tables = {name: _csv(folder / f"{name}.csv") for name in TABLES}
    for name in SEVERAL_ENVIRONMENTS:
        if (folder / f"{name}.csv").exists():
            tables[name] = _csv(folder / f"{name}.csv")
    return study, tables


def rows_of(table: pd.DataFrame, configuration: str) -> pd.DataFrame:
    """The rows of one configuration, in the file's order."""
    return table[table["configuration"] == configuration]


def rows_at(table: pd.DataFrame, setting: Setting) -> pd.DataFrame:
    """The rows of one setting, found by its values on the axes, in the file's order."""
    here = pd.Series(True, index=table.index)
    for axis, value in setting.point.items():
        here &= table[axis].map(lambda cell, value=value: _is_same(cell, value))
    return table[here]


def _is_same(cell: Any, value: Any) -> bool:
    """Whether a cell of a CSV file holds a value of study.json: a column of mixed types was read as text."""
    if value is None:
        return bool(pd.isna(cell))
    if is_number(value):
        try:
            return float(cell) == value
        except ValueError:
            return False
    return str(cell) == str(value)


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _missing(path) from None
    except ValueError as error:
        raise ValueError(f"{path}: not JSON: {error}") from None
    return dict(content)


def _csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=dict.fromkeys(TEXT, str), keep_default_na=True)
    except FileNotFoundError:
        raise _missing(path) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not a table: {error}") from None


def _missing(path: Path) -> FileNotFoundError:
    return FileNotFoundError(f"{path}: missing; the aggregation of the study writes it")
