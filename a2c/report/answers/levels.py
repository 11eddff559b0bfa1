"""The mean final return of each setting in an environment, and what its comparison with the baseline shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from a2c.config.measures import ALPHA
from a2c.config.names import LABEL, SETTINGS
from a2c.report.cells import solved_cell, text_of
from a2c.report.numbers import interval, number
from a2c.report.rows import Tables, rows_of
from a2c.runs.study import Setting, StudyRecord

Studies = Mapping[str, tuple[StudyRecord, Tables]]  # of a paper, by name, in its order


@dataclass(frozen=True)
class Level:
    """The final return of one setting in one environment."""

    setting: Setting
    mean: float  # over the runs that finished; NaN if none did
    low: float
    high: float
    interval: str  # its kind, or why there is none
    solved: str  # runs that solved the environment, with the interval of their share
    difference: str  # from the baseline, with interval; empty for the baseline
    shown: int  # 1 or -1 if the mean is shown to be above or below the baseline's (adjusted p < 0.05), else 0

    @property
    def name(self) -> str:
        """What a sentence calls the setting."""
        return name_of(self.setting)

    @property
    def words(self) -> str:
        """The mean: `124.9`."""
        return number(self.mean)

    @property
    def cell(self) -> str:
        """The mean with its interval."""
        return interval(self.mean, self.low, self.high, self.interval)


def name_of(setting: Setting) -> str:
    """What a sentence calls a setting: its own name, or its values with the names of the hyperparameters."""
    return setting.value if SETTINGS in setting.point else setting.label


def named_studies(studies: Studies) -> list[tuple[StudyRecord, Tables]]:
    """The studies that compare the same named settings, each in other environments; empty if there are none.

    The one with the most environments is the first. Named points are taken only where no study names settings.
    """
    compared = [one for one in studies.values() if one[0].compares]
    named = [one for one in compared if one[0].setting_axes == [SETTINGS]]
    named = named or [one for one in compared if one[0].setting_axes == [LABEL]]
    if not named:
        return []
    first = max(named, key=lambda one: len(one[0].environments))
    others = [one for one in named if one is not first and _names(one[0]) == _names(first[0])]
    return [first, *(one for one in others if not set(one[0].environments) & set(first[0].environments))]


def _names(study: StudyRecord) -> list[tuple[str, bool]]:
    return [(setting.name, setting.is_baseline) for setting in study.settings]


def factor_studies(studies: Studies) -> list[tuple[StudyRecord, Tables]]:
    """The studies that change one hyperparameter."""
    return [
        one
        for one in studies.values()
        if one[0].compares and len(one[0].setting_axes) == 1 and one[0].setting_axes[0] not in (SETTINGS, LABEL)
    ]


def levels(study: StudyRecord, tables: Tables, environment: str) -> list[Level]:
    """A level for each setting that is trained in the environment, in order. Tables: summary, comparisons."""
    return [
        _level(setting, setting.configurations[environment], tables, study.thresholds[environment])
        for setting in study.settings
        if environment in setting.configurations
    ]


def best(found: Sequence[Level]) -> Level | None:
    """The level with the highest mean, the first of equals; None if no run finished."""
    known = [one for one in found if not math.isnan(one.mean)]
    return max(known, key=lambda one: one.mean, default=None)


def baseline_of(found: Sequence[Level]) -> Level | None:
    """The baseline's level, None if there is no baseline."""
    return next((one for one in found if one.setting.is_baseline), None)


def _level(setting: Setting, configuration: str, tables: Tables, threshold: float | None) -> Level:
    row = rows_of(tables["summary"], configuration).iloc[0]
    compared = tables["comparisons"]
    rows = rows_of(compared[compared["measure"] == "final_return"], configuration)
    difference, shown = "", 0
    for _, one in rows.iterrows():
        difference = interval(one["difference"], one["low"], one["high"])
        shown = int(math.copysign(one["p_adjusted"] < ALPHA, one["difference"]))
    return Level(
        setting,
        float(row["final_return_mean"]),
        float(row["final_return_low"]),
        float(row["final_return_high"]),
        text_of(row["final_return_interval"]),
        solved_cell(row, threshold),
        difference,
        shown,
    )
