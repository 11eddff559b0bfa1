"""Area under the learning curve of every configuration."""

from a2c.config.measures import UNIT
from a2c.report.cells import measure_columns, per_configuration
from a2c.report.rows import Tables
from a2c.report.table import Table, TextTable
from a2c.runs.study import StudyRecord


def text(study: StudyRecord, tables: Tables) -> TextTable:
    note = f"Area under the learning curve: its mean over the budget, {UNIT}."
    return per_configuration("auc", "area under the learning curve", note, measure_columns("auc"), study, tables)


TABLE = Table(
    name="auc",
    sources=["summary"],
    formats=["csv", "md", "tex"],
    fits=lambda study: True,
    text=text,
)
