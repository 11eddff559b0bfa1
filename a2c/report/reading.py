"""Reading what figures, tables and page are made from: a study with its tables, a paper's claims."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from a2c import untrusted
from a2c.report.catalogue import MEASURES, data_of
from a2c.report.gradients import DATA
from a2c.report.rows import Tables
from a2c.report.tunings import DATA as TUNING_DATA
from a2c.runs.files import DamagedError
from a2c.runs.gradient_study import GradientRecord, read_gradient_record
from a2c.runs.study import PaperRecord, StudyRecord, read_study_record
from a2c.runs.study_tables import parse_table, read_table
from a2c.runs.tuning_study import TuningRecord, read_tuning_record


@dataclass(frozen=True)
class PaperTables:
    """What a paper is made from, by the names of its studies, in its order."""

    studies: dict[str, tuple[StudyRecord, Tables]]
    gradients: dict[str, tuple[GradientRecord, Tables]]
    tunings: dict[str, tuple[TuningRecord, Tables]]
    claims: pd.DataFrame  # claims.csv


def read_paper(results: Path, paper: PaperRecord) -> PaperTables:
    """The studies and the verdicts of the paper in `results`. DamagedError names a file that is missing or damaged."""
    from a2c.analysis.claims.verdicts import of_paper  # here, as it loads SciPy

    studies = {name: read_study(results / "studies" / name) for name in paper.studies}
    expected = of_paper(paper.claims, {name: tables["claims"] for name, (_, tables) in studies.items()})
    claims = read_paper_claims(results, expected.to_csv(index=False))
    gradients = {name: read_gradients(results / "gradients" / name) for name in paper.gradients}
    tunings = {name: read_tuning(results / "tunings" / name) for name in paper.tunings}
    return PaperTables(studies, gradients, tunings, claims)


def read_study(folder: Path) -> tuple[StudyRecord, Tables]:
    """The study in `folder`, and its tables by name that something is drawn from.

    DamagedError names a file that is missing or cannot be read.
    """
    study = read_study_record(folder)
    return study, {name: read_table(folder, name) for name in data_of(study) if name != MEASURES}


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
    return parse_table(content, path)
