"""Performance against one hyperparameter: every seed, and the mean with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from a2c.config.names import axis_name, is_number
from a2c.report import drawing
from a2c.report.captions import marks, see_both, solved, where
from a2c.report.figure import MANY, Figure
from a2c.report.numbers import share
from a2c.report.rows import Tables, rows_of
from a2c.runs.study import Setting, StudyRecord

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

SHOWN = ("final_return", "auc")


def draw(study: StudyRecord, tables: Tables) -> Canvas:
    """Final return and area under the curve against the study's one axis.

    A row per environment. The baseline stands on a grey strip.
    """
    layout, names, axis = drawing.layout, study.environments, study.setting_axes[0]
    figure, grid = layout.panel_grid(len(names), len(SHOWN), 2.3, extra=0.2)
    for row, name in zip(grid, names, strict=True):
        for axes, measure in zip(row, SHOWN, strict=True):
            _draw_measure(axes, study, tables, name, measure)
            axes.set_ylabel(layout.MEASURES[measure])
            axes.set_xlabel(layout.wrapped(axis_name(axis), 0.4 * drawing.style.PAGE_WIDTH))
            axes.set_title(name if len(names) > 1 else "")
        level = study.thresholds[name]
        if level is not None:
            row[0].axhline(level, **drawing.style.SOLVED)
        for axes in row:
            low, high = axes.dataLim.intervaly
            axes.set_ylim(*layout.return_limits(study, tables, name, low, high))
        layout.say_better(row, upright=True)
    layout.legend_below(figure, _legend(study, tables))
    return figure


def _draw_measure(axes: Axes, study: StudyRecord, tables: Tables, environment: str, measure: str) -> None:
    import numpy as np

    axis = study.setting_axes[0]
    present = [setting for setting in study.settings if environment in setting.configurations]
    places = drawing.layout.setting_axis(axes, study, axis, [setting.point[axis] for setting in present])
    axes.grid(visible=False, axis="x")
    width = min(0.025 * float(np.ptp(places)), 0.2 * float(np.diff(np.sort(places)).min()))
    means = []
    for setting, place in zip(present, places, strict=True):
        if setting.is_baseline:
            strip = drawing.style.STRIP
            axes.axvspan(place - 2.2 * width, place + 2.2 * width, color=strip, linewidth=0, zorder=0)
        values = rows_of(tables["runs"], setting.configurations[environment])[measure]
        offsets = drawing.marks.scatter_offsets(len(values), width)
        axes.plot(place + offsets, values, zorder=2, **drawing.marks.DOTS)
        summary = rows_of(tables["summary"], setting.configurations[environment]).iloc[0]
        center, low, high = (summary[f"{measure}_{part}"] for part in ("mean", "low", "high"))
        possible = drawing.layout.possible_returns(study, environment)
        drawing.marks.draw_interval(axes, place, center, low, high, upright=True, possible=possible)
        _note_failed(axes, place, summary)
        means.append(center)
    _join_numbers(axes, present, places.tolist(), means)


def _note_failed(axes: Axes, place: float, summary: pd.Series) -> None:
    """How many of how many runs failed, above the panel."""
    if summary["n_failed"]:
        text = f"{share(summary['n_failed'], summary['n_seeds'])}\nfailed"
        look: dict[str, Any] = {"ha": "center", "va": "bottom", "color": drawing.style.FAILED, "fontsize": 7}
        axes.annotate(text, (place, 1.01), xycoords=("data", "axes fraction"), **look)


def _join_numbers(axes: Axes, present: Sequence[Setting], places: Sequence[float], means: Sequence[float]) -> None:
    """A thin line through the means of the settings that are numbers, to guide the eye."""
    joined = sorted(
        (place, mean)
        for setting, place, mean in zip(present, places, means, strict=True)
        if all(map(is_number, setting.point.values()))
    )
    axes.plot(*zip(*joined, strict=True), color=drawing.style.REFERENCE, linewidth=0.8, zorder=1)


def _legend(study: StudyRecord, tables: Tables) -> list[Artist]:
    from matplotlib.patches import Patch

    summary, marks = tables["summary"], drawing.marks
    intervals = summary[[f"{measure}_low" for measure in SHOWN]]
    handles = [marks.seed_handle(), *marks.interval_handles(intervals, "mean, 95 % interval")]
    ends = summary[[f"{measure}_{end}" for measure in SHOWN for end in ("low", "high")]]
    handles += marks.cut_handle(ends, [drawing.layout.possible_returns(study, name) for name in study.environments])
    if study.baseline_label:
        handles.append(Patch(color=drawing.style.STRIP, label="baseline"))
    return handles + drawing.marks.solved_handle(study)


def shows(study: StudyRecord, tables: Tables) -> str:
    (axis,) = study.setting_axes
    zero = "; 0 stands to the left of the log axis" if study.scale(axis) == "log" and 0 in study.axes[axis] else ""
    return (
        "Final return (last 10 % of the budget) and area under the learning curve "
        f"on {where(study)} against {axis_name(axis)}: dots, single seeds; {marks(tables)}; "
        f"grey strip, the baseline{solved(study, '; dotted, ')}{zero}."
    )


def fits(study: StudyRecord) -> bool:
    axes = study.setting_axes
    return len(axes) == 1 and study.is_numeric(axes[0]) and len(study.environments) <= MANY


FIGURE = Figure(
    name="sensitivity",
    title="Sensitivity",
    kind="Dots of each seed and means with intervals against the hyperparameter",
    sources=["runs", "summary"],
    fits=fits,
    draw=draw,
    shows=shows,
    see=see_both,
)
