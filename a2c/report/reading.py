"""Reading the files of a study: `study.json` and its tidy tables, which have to be those that were aggregated."""

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from a2c.report.catalogue import data_of
from a2c.report.lineage import DATA
from a2c.report.lineage import NAME as LINEAGE
from a2c.report.studies import Setting, Study, is_number
from a2c.runs.files import DamagedError, read_sealed

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
    study = read_sealed(folder / "study.json")
    return study, {name: read_table(folder, name) for name in data_of(study)}


def read_verdicts(folder: Path) -> tuple[Study, pd.DataFrame]:
    """The study in `folder` and its claims.csv. DamagedError as above."""
    return read_sealed(folder / "study.json"), read_table(folder, "claims")


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """One table of the study in `folder`. DamagedError unless it has the checksum that lineage.json tells."""
    path = folder / f"{name}.csv"
    data = _bytes(path)
    if hashlib.sha256(data).hexdigest() != read_sealed(folder / LINEAGE)[DATA].get(path.name):
        raise DamagedError(f"{path}: damaged (its checksum is not that of {LINEAGE})")
    return _table(data)


def read_paper_claims(results: Path, expected: str) -> pd.DataFrame:
    """The claims.csv of the paper whose folder is `results`. DamagedError unless it is the `expected` text."""
    path = results / "claims.csv"
    data = _bytes(path)
    if data != expected.encode():
        raise DamagedError(f"{path}: damaged (it is not what the studies' claims give)")
    return _table(data)


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


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        told = "missing; the aggregation of the study writes it" if missing else error.strerror
        raise DamagedError(f"{path}: {told}") from None


def _table(data: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(data), dtype=dict.fromkeys(TEXT, str))
