"""The curves of a study as data for the page's interactive plot, which uPlot draws in the reader's browser."""

import math
from typing import Any

import numpy as np
import pandas as pd

from a2c.report.drawing.looks import DASHES, look_of
from a2c.report.rows import Tables, rows_of
from a2c.runs.study import StudyRecord

DIGITS = 5  # significant digits in the page: no visible loss, and half the bytes


def interactive_curves(study: StudyRecord, tables: Tables) -> dict[str, Any]:
    """The learning curves per environment, ready for JSON.

    `environments`: per environment its `name`, the `solved` threshold or None, whether all means are `positive` (then
    a log axis is offered), the common column `step`, and its `curves`: `label`, `color`, `dash` (lengths in pixels),
    the column `mean` with None for missing numbers, and the `bands` (see `bands_of`).
    """
    return {"environments": [_environment(study, tables, name, solved) for name, solved in study.thresholds.items()]}


def _environment(study: StudyRecord, tables: Tables, name: str, solved: float | None) -> dict[str, Any]:
    present = [(index, setting) for index, setting in enumerate(study.settings) if name in setting.configurations]
    of_environment = tables["curves"][
        tables["curves"]["configuration"].isin([setting.configurations[name] for _, setting in present])
    ]
    curves = []
    for index, setting in present:
        curve, line = rows_of(of_environment, setting.configurations[name]), look_of(index)
        label = f"{setting.label} (baseline)" if setting.is_baseline else setting.label
        mean = [_short(value) for value in curve["mean"]]
        curves.append(
            {"label": label, "color": line.color, "dash": DASHES[line.dash], "mean": mean, "bands": bands_of(curve)}
        )
    return {
        "name": name,
        "solved": solved,
        "positive": bool((of_environment["mean"].dropna() > 0).all()),
        "step": sorted(of_environment["step"].unique().tolist()),
        "curves": curves,
    }


def bands_of(curve: pd.DataFrame) -> list[dict[str, Any]]:
    """The simultaneous band of a curve as unbroken stretches: `first` (its index on the grid), `low` and `high`.

    A stretch has neighbouring rows with both ends; a row without them ends it. So no polygon spans a gap.
    """
    known = np.isfinite(curve[["band_low", "band_high"]].to_numpy(float)).all(axis=1)
    starts = np.flatnonzero(known & ~np.r_[False, known[:-1]])
    ends = np.flatnonzero(known & ~np.r_[known[1:], False]) + 1
    return [
        {
            "first": int(start),
            "low": [_short(value) for value in curve["band_low"].iloc[start:end]],
            "high": [_short(value) for value in curve["band_high"].iloc[start:end]],
        }
        for start, end in zip(starts, ends, strict=True)
    ]


def _short(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
