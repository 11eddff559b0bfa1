"""What the figures and the table of a gradient study share: rows of the summary, families, sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from a2c.config.gradients import Estimator
from a2c.report.numbers import is_missing, number, percent, share, thousands
from a2c.report.rows import Tables
from a2c.runs.gradient_study import GradientRecord

if TYPE_CHECKING:
    import pandas as pd

# Beside each mark stands what the last word of its family names.
FAMILIES = {"reinforce": "REINFORCE, baseline", "n_step": "n-step, n", "gae": "GAE, λ"}
MARKERS = {"reinforce": "D", "n_step": "s", "gae": "o"}
MOST_PANELS = 3  # snapshots that are drawn side by side


def families(record: GradientRecord) -> dict[str, list[Estimator]]:
    """The estimators by family, in the study's order."""
    found: dict[str, list[Estimator]] = {}
    for one in record.estimators:
        found.setdefault(one.kind, []).append(one)
    return found


def shown_snapshots(record: GradientRecord) -> list[float]:
    """The first, the last and one between, if there are more than fit side by side."""
    shares = record.study.snapshots
    return list(shares) if len(shares) <= MOST_PANELS else [shares[0], shares[len(shares) // 2], shares[-1]]


def rows_of(tables: Tables, estimator: Estimator, n_envs: int) -> pd.DataFrame:
    """The rows of the summary of one estimator, a row per snapshot."""
    summary = tables["summary"]
    return summary[(summary["estimator"] == estimator.name) & (summary["n_envs"] == n_envs)]


def row_at(tables: Tables, estimator: Estimator, n_envs: int, snapshot: float) -> pd.Series | None:
    """The row of the summary of one estimator at one snapshot; None if no run reached it."""
    rows = rows_of(tables, estimator, n_envs)
    rows = rows[rows["snapshot"] == snapshot]
    return rows.iloc[0] if len(rows) else None


def is_resolved(row: pd.Series) -> bool:
    """Whether the bias is resolved in more than half of the runs, and known in relation to the gradient."""
    return bool(2 * row["n_resolved"] > row["n_runs"] and not is_missing(row["relative_bias"]))


def short(estimator: Estimator) -> str:
    """What tells an estimator from the others of its family."""
    return {"reinforce": estimator.baseline, "n_step": str(estimator.n_steps), "gae": f"{estimator.gae_lambda:g}"}[
        estimator.kind
    ]


def when(snapshot: float) -> str:
    """A snapshot in words."""
    return f"after {percent(snapshot)} of the budget"


def known_in(record: GradientRecord, tables: Tables, snapshot: float) -> str:
    """In how many runs the true gradient of a snapshot can be told from 0."""
    rows = [row_at(tables, one, record.study.n_envs[-1], snapshot) for one in record.estimators]
    most = max((int(row["relative_bias_n"]) for row in rows if row is not None), default=0)
    return f"{share(most, len(record.study.seeds))} runs"


def evidence(record: GradientRecord, tables: Tables) -> str:
    """Seeds, samples and intervals."""
    study, summary = record.study, tables["summary"]
    fewest = int(summary["n_runs"].min()) if len(summary) else 0
    reached = "" if fewest == len(study.seeds) else f" (at least {fewest} reached each snapshot)"
    return (
        f"{study.configuration.env_id}; {len(study.seeds)} runs{reached}, medians over the runs with bootstrap 95 % "
        f"intervals; mean gradients from {thousands(study.steps)} agent steps of each run, the true gradient from up "
        f"to {thousands(study.reference_steps)}."
    )


def known(values: Sequence[float]) -> list[float]:
    """The numbers that are there and above 0, for a log axis."""
    return [float(value) for value in values if not is_missing(value) and 0 < value < float("inf")]


def see(record: GradientRecord, tables: Tables) -> str:
    """The estimators with the least noise and with the least resolved bias at the first snapshot."""
    snapshot, n_envs = record.study.snapshots[0], record.study.n_envs[-1]
    rows = {one.label: row_at(tables, one, n_envs, snapshot) for one in record.estimators}
    noise = {
        label: float(row["relative_noise"])
        for label, row in rows.items()
        if row is not None and row["relative_noise_n"]
    }
    if not noise:
        return f"{when(snapshot).capitalize()} the true gradient cannot be told from 0."
    bias = {label: float(row["relative_bias"]) for label, row in rows.items() if row is not None and is_resolved(row)}
    least = min(noise, key=lambda label: noise[label])
    words = (
        f"{when(snapshot).capitalize()}, {least} has the least noise, {number(noise[least])} times the true gradient"
    )
    if not bias:
        return f"{words}; no bias is resolved."
    most = max(bias, key=lambda label: bias[label])
    return f"{words}; {most} has the largest resolved bias, {percent(bias[most])} of the true gradient."
