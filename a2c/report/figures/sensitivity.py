"""Performance against one hyperparameter: every seed, the mean with its interval, the whole grid."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from a2c.report.drawing.intervals import DOTS, draw_interval, interval_handles
from a2c.report.drawing.layout import (
    MEASURES,
    least_span,
    legend_below,
    panel_grid,
    scatter_offsets,
    setting_axis,
    solved_handle,
    widened,
    wrapped,
)
from a2c.report.drawing.style import FAILED, PAGE_WIDTH, REFERENCE, SOLVED, STRIP, styled
from a2c.report.numbers import share
from a2c.report.reading import Tables, rows_of
from a2c.report.studies import (
    Setting,
    Study,
    axis_name,
    baseline_label,
    environments,
    is_number,
    setting_axes,
    settings,
    threshold,
)

SHOWN = ("final_return", "auc")


@styled
def sensitivity(study: Study, tables: Tables) -> Figure:
    """Final return and area under the curve against the study's one axis. Tables: runs, summary.

    A row per environment. The baseline stands on a grey strip.
    """
    names, axis = environments(study), setting_axes(study)[0]
    figure, grid = panel_grid(len(names), len(SHOWN), 2.3, extra=0.2)
    for row, name in zip(grid, names, strict=True):
        for axes, measure in zip(row, SHOWN, strict=True):
            _draw_measure(axes, study, tables, name, measure)
            axes.set_ylabel(MEASURES[measure])
            axes.set_xlabel(wrapped(axis_name(axis), 0.4 * PAGE_WIDTH))
            axes.set_title(name if len(names) > 1 else "")
        level = threshold(study, name)
        if level is not None:
            row[0].axhline(level, **SOLVED)
        for axes in row:
            low, high = axes.get_ylim()
            axes.set_ylim(*widened(low, high, least_span(study, tables, name)))
    legend_below(figure, _legend(study, tables))
    return figure


def _draw_measure(axes: Axes, study: Study, tables: Tables, environment: str, measure: str) -> None:
    axis = setting_axes(study)[0]
    present = [setting for setting in settings(study) if environment in setting.configurations]
    places = setting_axis(axes, study, axis, [setting.point[axis] for setting in present])
    axes.grid(visible=False, axis="x")
    width = min(0.025 * float(np.ptp(places)), 0.2 * float(np.diff(np.sort(places)).min()))
    means = []
    for setting, place in zip(present, places, strict=True):
        if setting.is_baseline:
            axes.axvspan(place - 2.2 * width, place + 2.2 * width, color=STRIP, linewidth=0, zorder=0)
        values = rows_of(tables["runs"], setting.configurations[environment])[measure]
        axes.plot(place + scatter_offsets(len(values), width), values, zorder=2, **DOTS)
        summary = rows_of(tables["summary"], setting.configurations[environment]).iloc[0]
        center, low, high = (summary[f"{measure}_{part}"] for part in ("mean", "low", "high"))
        draw_interval(axes, place, center, low, high, upright=True)
        _note_failed(axes, place, summary)
        means.append(center)
    _join_numbers(axes, present, places.tolist(), means)


def _note_failed(axes: Axes, place: float, summary: pd.Series) -> None:
    """How many of how many runs failed, above the panel."""
    if summary["n_failed"]:
        text = f"{share(summary['n_failed'], summary['n_seeds'])}\nfailed"
        look: dict[str, Any] = {"ha": "center", "va": "bottom", "color": FAILED, "fontsize": 7}
        axes.annotate(text, (place, 1.01), xycoords=("data", "axes fraction"), **look)


def _join_numbers(axes: Axes, present: Sequence[Setting], places: Sequence[float], means: Sequence[float]) -> None:
    """A thin line through the means of the settings that are numbers: a guide for the eye."""
    joined = sorted(
        (place, mean)
        for setting, place, mean in zip(present, places, means, strict=True)
        if all(map(is_number, setting.point.values()))
    )
    axes.plot(*zip(*joined, strict=True), color=REFERENCE, linewidth=0.8, zorder=1)


def _legend(study: Study, tables: Tables) -> list[Artist]:
    handles: list[Artist] = [Line2D([], [], label="one seed", **DOTS)]
    handles += interval_handles(tables["summary"][[f"{measure}_low" for measure in SHOWN]], "mean, 95 % interval")
    if baseline_label(study):
        handles.append(Patch(color=STRIP, label="baseline"))
    return handles + solved_handle(study)
