"""Reading the files of a study: `study.json` and its tidy tables."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from a2c.figures.catalogue import data_of
from a2c.figures.studies import Setting, Study, is_number
from a2c.runs.files import DamagedError

Tables = Mapping[str, pd.DataFrame]

# Columns of text that pandas would read as missing or as numbers where they happen to be empty.
TEXT = (
    *("configuration", "baseline", "method", "label", "status", "setting", "best_for_all", "tuned_axes", "interval"),
    *(
        "claim",
        "verdict",
        "says",
        "part",
        "where",
        "measure",
        "subject",
        "reference",
        "test",
        "why",
        "caveat",
        "figure",
        "seeds_needed",
    ),
)


def read_study(folder: Path) -> tuple[Study, Tables]:
    """The study in `folder` and its tables by name. DamagedError names a file that is missing or cannot be read."""
    study = _json(folder / "study.json")
    return study, {name: _csv(folder / f"{name}.csv") for name in data_of(study)}


def read_verdicts(folder: Path) -> tuple[Study, pd.DataFrame]:
    """The study in `folder` and its claims.csv. DamagedError as above."""
    return _json(folder / "study.json"), _csv(folder / "claims.csv")


def read_paper_claims(results: Path) -> pd.DataFrame:
    """The claims.csv of the paper whose folder is `results`. DamagedError as above."""
    return _csv(results / "claims.csv")


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
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from None


def _csv(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=dict.fromkeys(TEXT, str))
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> DamagedError:
    missing = isinstance(error, FileNotFoundError)
    return DamagedError(f"{path}: {'missing; the aggregation of the study writes it' if missing else error}")
