"""Reading what figures, tables and page are made from: a study with its tables, a paper's claims."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from a2c import untrusted
from a2c.analysis.claims.papers import of_paper
from a2c.report.catalogue import MEASURES, data_of
from a2c.report.figure import Study
from a2c.report.gradients import MEASURES as GRADIENT_MEASURES
from a2c.report.gradients import data_of as gradient_data_of
from a2c.report.kinds import GRADIENTS, STUDIES, TUNINGS, Kind
from a2c.report.names import CLAIMS
from a2c.report.rows import Tables
from a2c.report.tunings import DATA as TUNING_DATA
from a2c.runs.files import DamagedError
from a2c.runs.gradient_study import GradientRecord, read_gradient_record
from a2c.runs.study import PAPER, PaperRecord, StudyRecord, read_study_record
from a2c.runs.study_tables import parse_table, read_table, read_tables
from a2c.runs.tuning_study import TuningRecord, read_tuning_record


@dataclass(frozen=True)
class PaperTables:
    """What a paper is made from, by the names of its studies, in its order."""

    studies: dict[str, tuple[StudyRecord, Tables]]
    gradients: dict[str, tuple[GradientRecord, Tables]]
    tunings: dict[str, tuple[TuningRecord, Tables]]
    claims: pd.DataFrame  # claims.csv

    @property
    def tested(self) -> dict[str, StudyRecord | GradientRecord]:
        """The studies of both kinds, which decide claims."""
        studies: dict[str, StudyRecord | GradientRecord] = {name: study for name, (study, _) in self.studies.items()}
        return studies | {name: record for name, (record, _) in self.gradients.items()}


def read_paper(results: Path, paper: PaperRecord) -> PaperTables:
    """The studies and the verdicts of the paper in `results`. DamagedError names a file that is missing or damaged."""
    if not paper.studies and not paper.tunings:
        raise DamagedError(f"{results / PAPER}: damaged (studies: none, and no tunings)")
    studies = {name: read_study(results / "studies" / name) for name in paper.studies}
    gradients = {name: read_gradients(results / "gradients" / name) for name in paper.gradients}
    tables = {name: tables for name, (_, tables) in [*studies.items(), *gradients.items()]}
    expected = of_paper(paper.claims, {name: one["claims"] for name, one in tables.items() if "claims" in one})
    claims = read_paper_claims(results, expected.to_csv(index=False))
    tunings = {name: read_tuning(results / "tunings" / name) for name in paper.tunings}
    return PaperTables(studies, gradients, tunings, claims)


def read(kind: Kind[Study], folder: Path) -> tuple[Study, Tables]:
    """The study of a kind in `folder`, and its tables by name that something is drawn from. DamagedError as below."""
    readers: dict[Kind[Any], Callable[[Path], tuple[Any, Tables]]] = {
        STUDIES: read_study,
        GRADIENTS: read_gradients,
        TUNINGS: read_tuning,
    }
    return readers[kind](folder)


def read_study(folder: Path) -> tuple[StudyRecord, Tables]:
    """The study in `folder`, and its tables by name that something is drawn from.

    DamagedError names a file that is missing or cannot be read.
    """
    study = read_study_record(folder)
    return study, read_tables(folder, [name for name in data_of(study) if name != MEASURES])


def read_gradients(folder: Path) -> tuple[GradientRecord, Tables]:
    """The gradient study in `folder` and its tables by name. DamagedError as above."""
    record = read_gradient_record(folder)
    return record, read_tables(folder, [name for name in gradient_data_of(record) if name != GRADIENT_MEASURES])


def read_tuning(folder: Path) -> tuple[TuningRecord, Tables]:
    """The tuning in `folder` and its tables by name. DamagedError as above."""
    return read_tuning_record(folder), read_tables(folder, TUNING_DATA)


def read_verdicts(results: Path, paper: PaperRecord) -> dict[str, tuple[StudyRecord | GradientRecord, pd.DataFrame]]:
    """The studies of a paper that decide claims, by name, each with its claims.csv. DamagedError as above."""
    folders = {name: results / "studies" / name for name in paper.studies}
    found: dict[str, tuple[StudyRecord | GradientRecord, pd.DataFrame]] = {
        name: (read_study_record(folder), read_table(folder, "claims")) for name, folder in folders.items()
    }
    for name in paper.gradients:
        folder = results / "gradients" / name
        record = read_gradient_record(folder)
        if record.claims:
            found[name] = (record, read_table(folder, "claims"))
    return found


def read_paper_claims(results: Path, expected: str) -> pd.DataFrame:
    """The claims.csv of the paper whose folder is `results`. DamagedError unless it is the `expected` text."""
    path = results / CLAIMS
    content = untrusted.read(path, missing="missing; the pipeline writes it from the studies' claims")
    if content != expected.encode():
        raise DamagedError(f"{path}: damaged (it is not what the studies' claims give)")
    return parse_table(content, path)
