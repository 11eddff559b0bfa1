"""Settings to copy: the best one beside those that nobody tuned, every field of the space and what it reaches."""

from __future__ import annotations

import json
from typing import Any

import yaml

from a2c.config.configuration import Configuration
from a2c.config.names import value_name
from a2c.report.numbers import interval
from a2c.report.rows import Tables
from a2c.report.table import Table, TextTable
from a2c.report.tunings.common import TUNERS, evidence, score_of
from a2c.runs.tuning_study import TuningRecord


def text(record: TuningRecord, tables: Tables) -> TextTable:
    references = tables["references"]
    columns = {str(row["reference"]): json.loads(row["configuration"]) for _, row in references.iterrows()}
    for _, row in tables["best"].iterrows():
        columns["tuned"] = json.loads(row["configuration"])
    rows = [[one.field, *(_value(fields, one.field) for fields in columns.values())] for one in record.tuning.space]
    reached = [interval(row["mean"], row["low"], row["high"], str(row["interval"])) for _, row in references.iterrows()]
    for _, row in tables["best"].iterrows():
        reached.append(
            interval(row["reporting_mean"], row["reporting_low"], row["reporting_high"], str(row["interval"]))
        )
    rows.append([f"{score_of(record)} [95 %]", *reached])
    note = f"{_how(tables)} {evidence(record, tables)}"
    return TextTable("settings", f"{record.title}: settings to copy", note, ["field or result", *columns], rows)


def _value(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, Configuration.model_fields[name].default)
    return value_name(value)


def _how(tables: Tables) -> str:
    """How the tuned setting was selected."""
    if tables["best"].empty:
        return "No choice has a test score."
    row = tables["best"].iloc[0]
    tied = f" ({row['n_tied']} tied)" if row["n_tied"] > 1 else ""
    return (
        f"Tuned: of the {row['n_choices']} choices of all tuners and repeats the one with the highest mean over "
        f"{row['n_selecting']} of the test seeds{tied}, here with its mean over the other {row['n_reporting']}. "
        f"{TUNERS[row['tuner']]} found it. The others have their means over all test seeds."
    )


def best_file(record: TuningRecord, tables: Tables) -> str:
    """The tuned setting as a YAML file that `a2c train` takes; a comment alone if no choice has a test score."""
    best = tables["best"]
    if best.empty:
        return "# No choice has a test score.\n"
    row = best.iloc[0]
    reached = interval(row["reporting_mean"], row["reporting_low"], row["reporting_high"], str(row["interval"]))
    defaults = Configuration.model_fields
    fields = {
        name: value for name, value in json.loads(row["configuration"]).items() if value != defaults[name].default
    }
    comment = f"# {record.title}: the best setting that was found. {score_of(record).capitalize()}: {reached}\n"
    return comment + yaml.safe_dump(fields, sort_keys=True)


TABLE = Table(
    name="settings",
    sources=["references", "best"],
    formats=["csv", "md", "tex"],
    fits=lambda record: True,
    text=text,
)
