"""The curves of a study as data for the page's interactive plot, which plotly draws in the reader's browser."""

import math
from typing import Any

import pandas as pd

from a2c.report.drawing.layout import DISTINCT
from a2c.report.drawing.style import PALETTE
from a2c.report.rows import Tables, rows_of
from a2c.runs.study import StudyRecord

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
DIGITS = 5  # significant digits in the page: no visible loss, and half the bytes


def interactive_curves(study: StudyRecord, tables: Tables) -> dict[str, Any]:
    """The learning curves per environment, ready for JSON.

    `environments`: per environment its `name`, the `solved` threshold or None, whether all means are `positive` (then
    a log axis is offered), and its `curves`: `label`, `color`, `dash`, and the columns `step`, `mean`, `low`, `high`
    (the simultaneous band), missing numbers as None.
    """
    shown = []
    for name, solved in study.thresholds.items():
        present = [(index, setting) for index, setting in enumerate(study.settings) if name in setting.configurations]
        curves = [
            {
                "label": f"{setting.label} (baseline)" if setting.is_baseline else setting.label,
                "color": PALETTE[index % DISTINCT],
                "dash": DASHES[index // DISTINCT % len(DASHES)],
                **_columns(rows_of(tables["curves"], setting.configurations[name])),
            }
            for index, setting in present
        ]
        of_environment = tables["curves"]["configuration"].isin([s.configurations[name] for _, s in present])
        positive = bool((tables["curves"].loc[of_environment, "mean"].dropna() > 0).all())
        shown.append({"name": name, "solved": solved, "positive": positive, "curves": curves})
    return {"environments": shown}


def _columns(curve: pd.DataFrame) -> dict[str, list[float | None]]:
    names = {"step": "step", "mean": "mean", "low": "band_low", "high": "band_high"}
    return {name: [_short(value) for value in curve[column]] for name, column in names.items()}


def _short(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
