"""The best value of each hyperparameter that a paper changes alone."""

from __future__ import annotations

from collections.abc import Sequence

from a2c.config.measures import ALPHA, UNIT
from a2c.config.names import short_name
from a2c.report.answers.levels import baseline_of, best, levels
from a2c.report.numbers import MISSING
from a2c.report.rows import Tables
from a2c.report.table import TextTable
from a2c.runs.study import StudyRecord

CENTRE = "around"
HEADER = ["hyperparameter", CENTRE, "environment", "tried", "highest at", "final return there [95 %]", "baseline",
          "final return there [95 %]", "shown to be higher"]  # fmt: skip


def values_table(factors: Sequence[tuple[StudyRecord, Tables]]) -> TextTable:
    """A row for each study that changes one hyperparameter, in each of its environments."""
    around = any(study.centre for study, _ in factors)
    rows = [
        row if around else row[:1] + row[2:]
        for study, tables in factors
        for name in study.environments
        if (row := _row(study, tables, name))
    ]
    note = (
        f"Mean final return over seeds, {UNIT}. The last column says whether it is shown to be above the baseline's "
        f"(p below {ALPHA:g} after Holm's correction within the study). The highest of several means is too high."
    )
    header = HEADER if around else [name for name in HEADER if name != CENTRE]
    return TextTable("values", "Best value of each hyperparameter", note, header, rows)


def _row(study: StudyRecord, tables: Tables, environment: str) -> list[str]:
    """Empty if no run finished."""
    found = levels(study, tables, environment)
    top, base = best(found), baseline_of(found)
    if top is None:
        return []
    return [
        short_name(study.setting_axes[0]),
        study.centre or MISSING,
        environment,
        ", ".join(one.setting.value for one in found),
        top.setting.value,
        top.cell,
        base.setting.value if base else MISSING,
        base.cell if base else MISSING,
        MISSING if base is None or top is base else "yes" if top.shown > 0 else "no",
    ]
