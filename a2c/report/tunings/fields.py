"""Fields: their importance, and good settings inside and outside of recommended values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from a2c.config.names import value_name
from a2c.report.numbers import MISSING, interval, p_value, percent, share
from a2c.report.rows import Tables
from a2c.report.table import Table, TextTable
from a2c.report.tunings.common import evidence, of_repeats
from a2c.runs.tuning_study import TuningRecord

if TYPE_CHECKING:
    import pandas as pd

HEADER = ["field", "importance [95 %]", "recommended", "good inside [95 %]", "good outside [95 %]", "p"]


def text(record: TuningRecord, tables: Tables) -> TextTable:
    ranges = {str(row["field"]): row for _, row in tables["ranges"].iterrows()}
    found = {str(row["field"]): row for _, row in tables["importance"].iterrows()}
    names = dict.fromkeys([*found, *(one.field for one in record.tuning.space), *ranges])
    is_range = {one.field: one.is_range for one in record.tuning.space}
    rows = [
        [name, _importance(found.get(name)), *_shares(ranges.get(name), is_range.get(name, False))] for name in names
    ]
    good = record.tuning.good
    note = (
        "Importance: the share of the variance of scores that a field explains alone, over the trials of random "
        "search. "
        + (
            f"Good: trials of random search with a mean score of {good:g} or more. p: Fisher's exact test. "
            if good is not None
            else ""
        )
        + evidence(record, tables)
    )
    return TextTable("fields", f"{record.title}: fields", note, HEADER, rows)


def _importance(row: pd.Series | None) -> str:
    return MISSING if row is None else interval(row["importance"], row["low"], row["high"], of_repeats(row["interval"]))


def _shares(row: pd.Series | None, is_range: bool) -> list[str]:
    if row is None:
        return [MISSING] * 4
    values: Any = json.loads(row["recommended"]) if isinstance(row["recommended"], str) else None  # all fields
    words = MISSING if values is None else (" to " if is_range else ", ").join(map(value_name, values))
    return [words, _share(row, "inside"), _share(row, "outside"), p_value(row["p"]).removeprefix("= ")]


def _share(row: pd.Series, side: str) -> str:
    if not row[f"n_{side}"]:
        return "no trial"
    low, high = percent(row[f"{side}_low"]), percent(row[f"{side}_high"])
    return f"{share(row[f'good_{side}'], row[f'n_{side}'])} [{low}, {high}]"


TABLE = Table(
    name="fields",
    sources=["importance", "ranges"],
    formats=["csv", "md", "tex"],
    fits=lambda record: "random" in record.tuning.tuners,
    text=text,
)
