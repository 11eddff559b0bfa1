"""The figures and tables of a gradient study, and their files. Imports nothing heavy: the Snakefile asks too."""

from collections.abc import Mapping, Sequence

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
    return [figure for figure in FIGURES if figure.fits(record)]


def tables_of(record: GradientRecord) -> list[Table[GradientRecord]]:
    """The tables that a gradient study gets, in the order of the page."""
    return [table for table in TABLES if table.fits(record)]


def data_of(record: GradientRecord) -> list[str]:
    """The stems of the CSV files, written by the aggregation."""
    return ["summary", *([CLAIMS, MEASURES] if record.claims else [])]


def sources_of(record: GradientRecord) -> Mapping[str, Sequence[str]]:
    """By file that `draw` writes: the stems of the CSV files that it is made from."""
    kinds: list[Figure[GradientRecord] | Table[GradientRecord]] = [*figures_of(record), *tables_of(record)]
    printed = {figure.outlines: figure.sources for figure in figures_of(record)}  # the paper has all of them
    return {file: kind.sources for kind in kinds for file in kind.files} | printed
