"""Reading what figures, tables and page are made from: a study with its tables, a paper's claims."""

from pathlib import Path

import pandas as pd

from a2c import untrusted
from a2c.report.catalogue import data_of
from a2c.report.gradients import DATA
from a2c.report.rows import Tables
from a2c.report.tunings import DATA as TUNING_DATA
from a2c.runs.files import DamagedError
from a2c.runs.gradient_study import GradientRecord, read_gradient_record
from a2c.runs.study import StudyRecord, read_study_record
from a2c.runs.study_tables import parse_table, read_table
from a2c.runs.tuning_study import TuningRecord, read_tuning_record


def read_study(folder: Path) -> tuple[StudyRecord, Tables]:
    """The study in `folder` and its tables by name. DamagedError names a file that is missing or cannot be read."""
    study = read_study_record(folder)
    return study, {name: read_table(folder, name) for name in data_of(study)}


def read_gradients(folder: Path) -> tuple[GradientRecord, Tables]:
    """The gradient study in `folder` and its tables by name. DamagedError as above."""
    return read_gradient_record(folder), {name: read_table(folder, name) for name in DATA}


def read_tuning(folder: Path) -> tuple[TuningRecord, Tables]:
    """The tuning in `folder` and its tables by name. DamagedError as above."""
    return read_tuning_record(folder), {name: read_table(folder, name) for name in TUNING_DATA}


def read_verdicts(folder: Path) -> tuple[StudyRecord, pd.DataFrame]:
    """The study in `folder` and its claims.csv. DamagedError as above."""
    return read_study_record(folder), read_table(folder, "claims")


def read_paper_claims(results: Path, expected: str) -> pd.DataFrame:
    """The claims.csv of the paper whose folder is `results`. DamagedError unless it is the `expected` text."""
    path = results / "claims.csv"
    content = untrusted.read(path, missing="missing; the pipeline writes it from the studies' claims")
    if content != expected.encode():
        raise DamagedError(f"{path}: damaged (it is not what the studies' claims give)")
    return parse_table(content)
