"""The figures and tables of a tuning, and their files. Imports nothing heavy: the Snakefile imports this."""

from a2c.report.figure import Figure
from a2c.report.table import Table
from a2c.report.tunings import anytime, fields, importance, scores, settings, tuners
from a2c.report.tunings.common import evidence as evidence
from a2c.runs.tuning_study import TuningRecord

FIGURES: list[Figure[TuningRecord]] = [scores.FIGURE, anytime.FIGURE, importance.FIGURE]
TABLES: list[Table[TuningRecord]] = [settings.TABLE, tuners.TABLE, fields.TABLE]
DATA = ("chosen", "tuners", "comparisons", "anytime", "importance", "ranges", "references", "best")
BEST = "best.yaml"  # the setting to copy, as `a2c train` takes it


def figures_of(record: TuningRecord) -> list[Figure[TuningRecord]]:
    """The figures that a tuning gets, in the order of the page."""
    return [one for one in FIGURES if one.fits(record)]


def tables_of(record: TuningRecord) -> list[Table[TuningRecord]]:
    """The tables that a tuning gets, in the order of the page."""
    return [table for table in TABLES if table.fits(record)]
