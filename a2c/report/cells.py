"""Cells and notes that several tables share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from a2c.config.measures import TITLES
from a2c.config.names import axis_name, value_name
from a2c.report.captions import evidence, failures, kinds_of_interval
from a2c.report.numbers import MISSING, bounds, interval, is_missing, percent, share
from a2c.report.rows import Tables, rows_of
from a2c.report.table import TextTable
from a2c.runs.study import Setting, StudyRecord

if TYPE_CHECKING:
    import pandas as pd

    Cell = Callable[[pd.Series, float | None], str]  # from a row of the summary and the environment's threshold


def place_header(study: StudyRecord) -> list[str]:
    """Names of the columns that say which setting, and in which environment, a row is about."""
    return [*(["environment"] if _names_environments(study) else []), *map(axis_name, study.setting_axes)]


def place_cells(study: StudyRecord, setting: Setting, environment: str) -> list[str]:
    """The cells of these columns."""
    return [*([environment] if _names_environments(study) else []), *value_cells(study, setting)]


def value_cells(study: StudyRecord, setting: Setting) -> list[str]:
    """The setting's values on the axes."""
    return [value_name(setting.point.get(axis, setting.label)) for axis in study.setting_axes]


def _names_environments(study: StudyRecord) -> bool:
    return len(study.environments) > 1 or not study.setting_axes


def text_of(value: object) -> str:
    """The text in a cell of a CSV file; "–" for an empty one, which pandas reads as missing."""
    return value if isinstance(value, str) else MISSING


def mean_cell(row: pd.Series, measure: str) -> str:
    """A mean with its interval."""
    mean, low, high = (row[f"{measure}_{part}"] for part in ("mean", "low", "high"))
    return interval(mean, low, high, text_of(row[f"{measure}_interval"]))


def solved_cell(row: pd.Series, level: float | None) -> str:
    """The runs that solved the environment, with Wilson's interval of their share; "–" without a threshold `level`."""
    if level is None or is_missing(row["solved_rate"]):
        return MISSING
    runs = share(row["solved_rate"] * row["n_seeds"], row["n_seeds"])
    return f"{runs} [{percent(row['solved_low'])}, {percent(row['solved_high'])}]"


def measure_columns(measure: str) -> dict[str, Cell]:
    """The columns of a measure by their names: the mean with its t interval, and the BCa interval."""

    def bca(row: pd.Series, level: float | None) -> str:
        return bounds(row[f"{measure}_bca_low"], row[f"{measure}_bca_high"], text_of(row[f"{measure}_bca_interval"]))

    return {
        f"{TITLES[measure]}, mean [95 %]": lambda row, level: mean_cell(row, measure),
        "BCa 95 %": bca,
    }


def per_configuration(
    name: str, title: str, note: str, columns: dict[str, Cell], study: StudyRecord, tables: Tables
) -> TextTable:
    """A table with a row for each configuration, made from its row of the summary."""
    rows = []
    for environment, level in study.thresholds.items():
        for setting in study.settings:
            if environment in setting.configurations:
                summary = rows_of(tables["summary"], setting.configurations[environment]).iloc[0]
                failed = share(summary["n_failed"], summary["n_seeds"])
                cells = [make(summary, level) for make in columns.values()]
                rows.append([*place_cells(study, setting, environment), failed, *cells])
    header = [*place_header(study), "failed", *columns]
    return TextTable(name, f"{study.title}: {title}", f"{note} {_about(study, tables)}", header, rows)


def _about(study: StudyRecord, tables: Tables) -> str:
    baseline = f"Baseline: {study.baseline_label}. " if study.baseline_label else ""
    intervals = kinds_of_interval(tables["summary"])
    return f"Intervals: {intervals}. {baseline}{evidence(study, tables)} {failures(study, tables)}"
