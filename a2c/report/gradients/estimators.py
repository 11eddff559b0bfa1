"""Bias, variance, signal-to-noise ratio and cosine of every estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.report.gradients.common import evidence, is_resolved, row_at
from a2c.report.numbers import MISSING, interval, is_missing, number, percent, share
from a2c.report.rows import Tables
from a2c.report.table import Table, TextTable
from a2c.runs.gradient_study import GradientRecord

if TYPE_CHECKING:
    import pandas as pd

HEADER = [
    "snapshot", "estimator", "environments", "agent steps", "bias [95 %]", "bias / true gradient [95 %]",
    "cosine of the mean [95 %]", "resolved, runs", "variance of a batch", "variance per agent step [95 %]",
    "signal-to-noise [95 %]", "cosine of a batch [95 %]",
]  # fmt: skip


def text(record: GradientRecord, tables: Tables) -> TextTable:
    rows = [
        [percent(snapshot), one.label, str(n_envs), *_cells(row)]
        for snapshot in record.study.snapshots
        for one in record.estimators
        for n_envs in record.study.n_envs
        if (row := row_at(tables, one, n_envs, snapshot)) is not None
    ]
    note = (
        "Policy gradient estimators at frozen policies. Environments: of a batch; of REINFORCE, its episodes. Not "
        "resolved: in half of the runs or more, the standard error of the true gradient is above a tenth of the bias, "
        "or the bias cannot be told from 0; “at most” is the upper end of its interval. “–”: the true gradient cannot "
        f"be told from 0. {evidence(record, tables)}"
    )
    return TextTable("estimators", f"{record.title}: estimators", note, HEADER, rows)


def _cells(row: pd.Series) -> list[str]:
    resolved = 2 * row["n_resolved"] > row["n_runs"]
    return [
        number(row["batch_steps"], None if row["batch_steps"] % 1 else 0),
        _interval(row, "bias") if resolved else "not resolved",
        _interval(row, "relative_bias") if is_resolved(row) else _at_most(row, resolved),
        _interval(row, "mean_cosine"),
        share(row["n_resolved"], row["n_runs"]),
        number(row["trace"]),
        *(_interval(row, name) for name in ("trace_per_step", "snr", "cosine")),
    ]


def _interval(row: pd.Series, name: str) -> str:
    if is_missing(row[name]):
        return MISSING
    return interval(row[name], row[f"{name}_low"], row[f"{name}_high"])


def _at_most(row: pd.Series, resolved: bool) -> str:
    bound = row["relative_bias_bound"]
    return MISSING if resolved or is_missing(bound) else f"not resolved (at most {number(bound)})"


TABLE = Table(
    name="estimators",
    sources=["summary"],
    formats=["csv", "md", "tex"],
    fits=lambda record: True,
    text=text,
)
