"""The settings that a paper compares under names, ready to copy: the fields that differ, and what they reach."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from a2c.config.measures import UNIT
from a2c.config.names import value_name
from a2c.report.answers.levels import Level, levels, name_of
from a2c.report.captions import evidence, failures
from a2c.report.numbers import MISSING, thousands
from a2c.report.rows import Tables, rows_of
from a2c.report.table import TextTable
from a2c.runs.study import ENVIRONMENT, StudyRecord

Named = Sequence[tuple[StudyRecord, Tables]]


def settings_table(named: Named) -> TextTable:
    """A column for each setting: first its fields, then for each environment final return, solved runs and time.

    `named`: the studies that compare them, each in other environments.
    """
    rows = _field_rows([study for study, _ in named])
    for study, tables in named:
        for environment in study.environments:
            rows += _result_rows(study, tables, environment, levels(study, tables, environment))
    note = (
        "First the fields that differ; all others are equal, and study.json lists them. Final return: mean over the "
        f"last 10 % of the budget, {UNIT}, with 95 % interval. Solved: runs whose final return reaches the "
        "environment's threshold. Time: agent steps until half of the runs have a learning curve at the threshold; "
        f"– if fewer reach it. {_about(named)}"
    )
    header = ["field or result", *map(name_of, named[0][0].settings)]
    return TextTable("settings", "Settings to copy", note, header, rows)


def _about(named: Named) -> str:
    """Seeds, budget and failures; of several studies, those of each."""
    words = [(study.environments, f"{evidence(study, tables)} {failures(study, tables)}") for study, tables in named]
    return " ".join(f"{', '.join(places)}: {about}" if len(words) > 1 else about for places, about in words)


def _field_rows(studies: Sequence[StudyRecord]) -> list[list[str]]:
    """A row for each field in which the settings differ; one for each environment where its values depend on it."""
    fields = {one.name: one.fields for study in studies for one in study.configurations}
    rows = []
    for field in dict.fromkeys(name for of_one in fields.values() for name in of_one if name != ENVIRONMENT):
        values = {
            environment: [_value(fields, setting.configurations.get(environment), field) for setting in study.settings]
            for study in studies
            for environment in study.environments
        }
        if all(len(set(cells)) == 1 for cells in values.values()):
            continue
        same = len({tuple(cells) for cells in values.values()}) == 1
        shown = {"": next(iter(values.values()))} if same else values
        rows += [[f"{field} ({name})" if name else field, *cells] for name, cells in shown.items()]
    return rows


def _value(fields: dict[str, dict[str, Any]], configuration: str | None, field: str) -> str:
    return value_name(fields[configuration].get(field)) if configuration else MISSING


def _result_rows(study: StudyRecord, tables: Tables, environment: str, found: list[Level]) -> list[list[str]]:
    by_setting = {one.setting.value: one for one in found}
    present = [by_setting.get(setting.value) for setting in study.settings]
    rows = [[f"{environment}: final return", *(one.cell if one else MISSING for one in present)]]
    level = study.thresholds[environment]
    if level is not None:
        rows.append([f"{environment}: solved, runs", *(one.solved if one else MISSING for one in present)])
        times = [_time(tables, one.setting.configurations[environment], level) if one else MISSING for one in present]
        if any(time != MISSING for time in times):
            rows.append([f"{environment}: time to the threshold", *times])
    return rows


def _time(tables: Tables, configuration: str, level: float) -> str:
    """The agent steps until half of the runs have reached a level; "–" if fewer reach it."""
    curves = rows_of(tables["seed_curves"], configuration)
    reached = curves[curves["value"] >= level].groupby("seed")["step"].min()
    half = math.ceil(curves["seed"].nunique() / 2)
    return thousands(reached.nsmallest(half).iloc[-1]) if len(reached) >= half else MISSING
