"""Which figures and tables a study gets, and their files. Imports nothing heavy: the Snakefile imports this."""

from a2c.analysis.references import MIN_ENVIRONMENTS
from a2c.report.figure import Figure
from a2c.report.figures import FIGURES
from a2c.report.table import Table
from a2c.report.tables import TABLES
from a2c.runs.study import StudyRecord

CURVES, SUMMARIES = "learning_curves", ("sensitivity", "heatmap", "final_auc")
MEASURES = "measures"  # what verdicts are made from; nothing is drawn from it


def figures_of(study: StudyRecord) -> list[Figure[StudyRecord]]:
    """The figures that a study gets, in the order of the page."""
    return [one for one in FIGURES if one.fits(study)]


def printed_of(study: StudyRecord) -> list[Figure[StudyRecord]]:
    """The figures of a study that the paper prints.

    The summary of all settings; learning curves too, except around centres, where studies are many.
    """
    figures = {one.name: one for one in figures_of(study)}
    curves = [figures[CURVES]] if CURVES in figures and not study.centre else []
    return [*curves, *[figures[name] for name in SUMMARIES if name in figures][:1]]


def tables_of(study: StudyRecord) -> list[Table[StudyRecord]]:
    """The tables that a study gets, in the order of the page."""
    return [table for table in TABLES if table.fits(study)]


def data_of(study: StudyRecord) -> list[str]:
    """The stems of the CSV files, written by the aggregation, that verdicts, figures, tables and page are made from."""
    several = ["aggregates", "aggregate_curves", "profiles", "improvement", "sensitivity"]
    return [
        *("seed_curves", "curves", "runs", "summary", "comparisons", "diagnostics", "doctor", "claims"),
        *(several if len(study.environments) >= MIN_ENVIRONMENTS else []),
        *(["tuning"] if study.tuning_seeds else []),
        *([MEASURES] if study.claims else []),
    ]
