"""The figures and tables of a gradient study, and their files. Imports nothing heavy: the Snakefile imports this."""

from a2c.report.figure import Figure
from a2c.report.gradients import bias_variance, claims, estimators, over_training
from a2c.report.gradients.common import evidence as evidence
from a2c.report.table import Table
from a2c.runs.gradient_study import GradientRecord

FIGURES: list[Figure[GradientRecord]] = [bias_variance.FIGURE, over_training.FIGURE]
TABLES: list[Table[GradientRecord]] = [claims.TABLE, estimators.TABLE]
CLAIMS, MEASURES = "claims", "measures"


def figures_of(record: GradientRecord) -> list[Figure[GradientRecord]]:
    """The figures that a gradient study gets, in the order of the page."""
    return [one for one in FIGURES if one.fits(record)]


def tables_of(record: GradientRecord) -> list[Table[GradientRecord]]:
    """The tables that a gradient study gets, in the order of the page."""
    return [table for table in TABLES if table.fits(record)]


def data_of(record: GradientRecord) -> list[str]:
    """The stems of the CSV files, written by the aggregation."""
    return ["summary", *([CLAIMS, MEASURES] if record.claims else [])]
