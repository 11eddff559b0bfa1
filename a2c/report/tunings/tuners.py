"""Tuners compared: scores of their choices, shrinkage, differences to random search and to settings nobody tuned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.report.numbers import MISSING, interval, p_value
from a2c.report.rows import Tables
from a2c.report.table import Table, TextTable
from a2c.report.tunings.common import TUNERS, at_budget, evidence, of_repeats, score_of, with_interval
from a2c.runs.tuning_study import TuningRecord

if TYPE_CHECKING:
    import pandas as pd


def text(record: TuningRecord, tables: Tables) -> TextTable:
    references = [*(["random"] if "random" in record.tuning.tuners else []), *record.tuning.references]
    header = [
        "budget (trials)", "tuner", "tuning seeds, mean [95 %]", "test seeds, mean [95 %]", "shrinkage [95 %]",
        *(f"test score less that of {TUNERS.get(name, name)} [95 %], adjusted p" for name in references),
    ]  # fmt: skip
    rows = []
    for budget in record.tuning.budgets:
        compared = at_budget(tables, "comparisons", budget)
        for _, row in at_budget(tables, "tuners", budget).iterrows():
            cells = [_difference(compared, row["tuner"], name) for name in references]
            means = [with_interval(row, name) for name in ("tuning_score", "test_score", "shrinkage")]
            rows.append([str(budget), TUNERS[row["tuner"]], *means, *cells])
    note = (
        f"Score: mean {score_of(record)}. Differences by Welch's test, repeats of a tuner against repeats of random "
        "search, or against the test seeds of a setting that nobody tuned; p adjusted by Holm within a budget. Repeats "
        "that chose the same setting have the same test runs, whose spread counts in their intervals. "
        f"{evidence(record, tables)}"
    )
    return TextTable("tuners", f"{record.title}: tuners", note, header, rows)


def _difference(compared: pd.DataFrame, tuner: str, reference: str) -> str:
    rows = compared[(compared["tuner"] == tuner) & (compared["reference"] == reference)]
    if rows.empty:
        return MISSING
    row = rows.iloc[0]
    difference = interval(row["difference"], row["low"], row["high"], of_repeats(row["interval"]))
    return f"{difference}, p {p_value(row['p_adjusted'])}"


TABLE = Table(
    name="tuner_scores",
    sources=["tuners", "comparisons"],
    formats=["csv", "md", "tex"],
    fits=lambda record: True,
    text=text,
)
