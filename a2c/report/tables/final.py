"""Final return, evaluation return and solved rate of every configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.report.cells import UNIT, mean_cell, measure_columns, per_configuration
from a2c.report.numbers import MISSING, is_missing, percent, share
from a2c.report.rows import Tables
from a2c.report.table import Table, TextTable
from a2c.runs.study import StudyRecord

if TYPE_CHECKING:
    import pandas as pd


def text(study: StudyRecord, tables: Tables) -> TextTable:
    columns = {
        **measure_columns("final_return"),
        "evaluation return, mean [95 %]": lambda row, level: mean_cell(row, "eval_return"),
        "solved, runs [Wilson 95 %]": _solved,
    }
    note = f"Final return: mean over the last 10 % of the budget, {UNIT}."
    return per_configuration("final", "final return", note, columns, study, tables)


def _solved(row: pd.Series, level: float | None) -> str:
    if level is None or is_missing(row["solved_rate"]):
        return MISSING
    runs = share(row["solved_rate"] * row["n_seeds"], row["n_seeds"])
    return f"{runs} [{percent(row['solved_low'])}, {percent(row['solved_high'])}]"


TABLE = Table(
    name="final",
    sources=["summary"],
    formats=["csv", "md", "tex"],
    fits=lambda study: True,
    text=text,
)
