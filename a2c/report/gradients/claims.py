"""The verdicts on the claims of a gradient study."""

from a2c.report.gradients.common import evidence
from a2c.report.rows import Tables
from a2c.report.table import Table, TextTable
from a2c.report.tables.claims import verdicts_table
from a2c.runs.gradient_study import GradientRecord


def text(record: GradientRecord, tables: Tables) -> TextTable:
    return verdicts_table(record.title, tables["claims"], evidence(record, tables))


TABLE = Table(
    name="claims",
    sources=["claims", "summary"],
    formats=["md", "tex"],
    fits=lambda record: bool(record.claims),
    text=text,
)
