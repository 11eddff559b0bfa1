"""Final return, evaluation return and solved rate of every configuration."""

from a2c.config.measures import UNIT
from a2c.report.cells import mean_cell, measure_columns, per_configuration, solved_cell
from a2c.report.rows import Tables
from a2c.report.table import Table, TextTable
from a2c.runs.study import StudyRecord


def text(study: StudyRecord, tables: Tables) -> TextTable:
    columns = {
        **measure_columns("final_return"),
        "evaluation return, mean [95 %]": lambda row, level: mean_cell(row, "eval_return"),
        "solved, runs [Wilson 95 %]": solved_cell,
    }
    note = f"Final return: mean over the last 10 % of the budget, {UNIT}."
    return per_configuration("final", "final return", note, columns, study, tables)


TABLE = Table(
    name="final",
    sources=["summary"],
    formats=["csv", "md", "tex"],
    fits=lambda study: True,
    text=text,
)
