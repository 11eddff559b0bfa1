"""What tuning is worth, which tuner to take, and which fields matter, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from a2c.config.names import short_name
from a2c.config.tunings import PRUNING
from a2c.report.answers.sentences import Answer
from a2c.report.captions import joined
from a2c.report.numbers import interval, percent
from a2c.report.rows import Tables
from a2c.report.tunings.common import TUNERS, is_shown
from a2c.runs.tuning_study import TuningRecord

if TYPE_CHECKING:
    import pandas as pd

Tunings = Mapping[str, tuple[TuningRecord, Tables]]  # by name
Found = Sequence[tuple[TuningRecord, Tables]]
MOST_FIELDS = 3


def worth(found: Found) -> Answer:
    """What the best setting that was found reaches, instead of those that nobody tuned."""
    parts = []
    for record, tables in found:
        if len(tables["best"]):
            row = tables["best"].iloc[0]
            reached = _mean(row, "reporting_mean", "reporting_low", "reporting_high")
            others = [
                f"{_mean(one, 'mean', 'low', 'high')} ({one['reference']})" for one in _rows(tables["references"])
            ]
            instead = f" instead of {joined(others)}" if others else ""
            parts.append(f"{_environment(record)}: {reached}{instead}")
    return Answer("What does tuning buy?", f"{'; '.join(parts)}." if parts else "No choice has a test score.", "")


def best_tuner(found: Found) -> Answer:
    """Which tuners are shown to be better than random search at the whole budget."""
    parts = []
    for record, tables in found:
        compared = tables["comparisons"]
        rows = compared[(compared["budget"] == record.tuning.trials) & (compared["reference"] == "random")]
        words = {
            side: [TUNERS[row["tuner"]] for row in _rows(rows) if is_shown(row) and sign * row["difference"] > 0]
            for side, sign in (("better", 1), ("worse", -1))
        }
        told = [f"{joined(names)} {side}" for side, names in words.items() if names]
        parts.append(f"{_environment(record)}: {', '.join(told) if told else 'no tuner'}")
    return Answer("Is a tuner shown to be better or worse than random search?", f"{'; '.join(parts)}.", "")


def pruning(found: Found) -> Answer | None:
    """What it changes to stop poor trials early: tuners that do, against random search. None without such tuners."""
    parts = []
    for record, tables in found:
        compared = tables["comparisons"]
        rows = compared[compared["tuner"].isin(PRUNING) & (compared["reference"] == "random")]
        for budget in record.tuning.budgets:
            told = [
                f"{TUNERS[row['tuner']]} {_mean(row, 'difference', 'low', 'high')}"
                + ("" if is_shown(row) else " (not shown)")
                for row in _rows(rows[rows["budget"] == budget])
            ]
            parts += [f"{_environment(record)}, {budget} trials: {joined(told)}"] if told else []
    if not parts:
        return None
    lead = "Test scores of tuners that do, less those of random search, which draws as they do and stops none"
    return Answer("Does it help to stop poor trials early?", f"{lead}: {'; '.join(parts)}.", "")


def fields(found: Found) -> Answer:
    """The fields that explain most of the variance of random settings' scores."""
    parts = [
        f"{_environment(record)}: "
        + joined(
            [
                f"{short_name(str(row['field']))} ({percent(row['importance'])})"
                for row in _rows(tables["importance"].head(MOST_FIELDS))
            ]
        )
        for record, tables in found
        if len(tables["importance"])
    ]
    text = f"{'; '.join(parts)} of the variance of random settings' scores." if parts else "Too few trials to say."
    return Answer("Which hyperparameters matter?", text, "")


def _environment(record: TuningRecord) -> str:
    return record.tuning.base_configuration.env_id


def _rows(table: pd.DataFrame) -> list[pd.Series]:
    return [row for _, row in table.iterrows()]


def _mean(row: pd.Series, mean: str, low: str, high: str) -> str:
    return interval(row[mean], row[low], row[high])
