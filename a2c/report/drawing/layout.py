"""Panels, axes, colours and legends."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from a2c.analysis.references import return_range
from a2c.config.measures import TITLES, UNIT
from a2c.config.names import is_number, value_name
from a2c.report.drawing.looks import Line, look_of
from a2c.report.drawing.style import COLUMN_WIDTH, PAGE_WIDTH, REFERENCE
from a2c.report.numbers import tick
from a2c.report.rows import Tables
from a2c.runs.study import StudyRecord

RETURN = f"return ({UNIT})"
STEPS = "agent steps"
MEASURES = {
    **{name: f"{TITLES[name]}\n({UNIT})" for name in ("final_return", "auc")},
    "solved": "solved\n(share of runs)",
}
LEGEND_ROW = 0.18  # inches
LETTERS_PER_INCH = 16
X_TICKS, Y_TICKS = 0.24, 0.48  # inches for the labels of ticks, below and beside a panel
LEGEND_MARK = 6  # letters' room for the mark before a label
QUARTER = 0.25  # of the possible returns: the least that an axis of returns shows
NEAR_TIE = 0.05  # share of the way to the threshold: smaller differences look small


def grid_of(panels: int) -> tuple[int, int]:
    """Rows and columns for that many panels on a page, each as large as possible."""
    columns = {1: 1, 2: 2, 3: 3, 4: 2}.get(panels, 3 if panels <= 9 else 4 if panels <= 16 else 5)
    return math.ceil(panels / columns), columns


def panel_grid(rows: int, columns: int, row_height: float, extra: float, **shared: Any) -> tuple[Figure, np.ndarray]:
    """A figure of `rows` x `columns` axes, a page wide; a single panel is a column wide.

    Heights in inches. `extra` is room for the labels; `legend_below` adds room for a legend.
    """
    width = COLUMN_WIDTH if columns == 1 and rows == 1 else PAGE_WIDTH
    figure = Figure(figsize=(width, rows * row_height + extra), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **shared)


@dataclass(frozen=True)
class Spacing:
    """Inches around and between the panels of a figure whose labels are about equally large everywhere."""

    left: float
    right: float
    top: float
    bottom: float
    across: float
    down: float


def placed_grid(
    rows: int, columns: int, row_height: float, spacing: Spacing, legend: Sequence[Artist] = ()
) -> tuple[Figure, np.ndarray]:
    """A figure of `rows` x `columns` axes at given places, a page wide, with a legend below.

    Where there are many panels this is several times as fast as `panel_grid`, which measures all labels.
    """
    per_row, legend_height = _legend_size(legend, PAGE_WIDTH)
    bottom = spacing.bottom + legend_height
    height = spacing.top + rows * row_height + (rows - 1) * spacing.down + bottom
    width = (PAGE_WIDTH - spacing.left - spacing.right - (columns - 1) * spacing.across) / columns
    figure = Figure(figsize=(PAGE_WIDTH, height))
    figure.set_layout_engine("none")
    grid = np.empty((rows, columns), dtype=object)
    for row, column in np.ndindex(rows, columns):
        left = spacing.left + column * (width + spacing.across)
        low = bottom + (rows - 1 - row) * (row_height + spacing.down)
        at = (left / PAGE_WIDTH, low / height, width / PAGE_WIDTH, row_height / height)
        grid[row, column] = axes = figure.add_axes(at)
        axes.xaxis.set_label_coords(0.5, -X_TICKS / row_height)
        axes.yaxis.set_label_coords(-Y_TICKS / width, 0.5)
    if legend:
        figure.legend(handles=list(legend), loc="lower center", ncols=per_row)
    return figure, grid


def wrapped(text: str, inches: float) -> str:
    """The text with lines of at most that width (longer words stay whole), broken before brackets where possible."""
    letters = max(1, int(inches * LETTERS_PER_INCH))
    lines = [
        part
        for line in text.split("\n")
        for part in (line.replace(" (", "\n(").split("\n") if len(line) > letters else [line])
    ]
    return "\n".join(textwrap.fill(line, letters, break_long_words=False, break_on_hyphens=False) for line in lines)


def legend_below(figure: Figure, handles: Sequence[Artist]) -> None:
    """One legend for the whole figure, below it; the figure grows by the legend's height."""
    width, height = figure.get_size_inches()
    per_row, legend_height = _legend_size(handles, width)
    figure.set_size_inches(width, height + legend_height)
    figure.legend(handles=list(handles), loc="outside lower center", ncols=per_row)


def _legend_size(handles: Sequence[Artist], width: float) -> tuple[int, float]:
    """The handles in a row of a legend, and its height in inches."""
    if not handles:
        return 0, 0.0
    longest = max(len(str(handle.get_label())) for handle in handles)
    per_row = min(4, max(1, int(width * LETTERS_PER_INCH / (longest + LEGEND_MARK))))
    return min(per_row, len(handles)), LEGEND_ROW * math.ceil(len(handles) / per_row)


def setting_looks(study: StudyRecord) -> dict[str, Line]:
    """By the label of each setting the look of its line."""
    return {setting.label: look_of(index) for index, setting in enumerate(study.settings)}


def step_axis(axes: Axes, ticks: int = 4) -> None:
    """Ticks of an axis of agent steps: 50k, 100k, 1M."""
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    axes.margins(x=0)


def log_axes(axes: Axes) -> None:
    """Log axes with few ticks, as plain numbers: 0.5, 1, 2, 5, 10."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=6))
        plain_numbers(axis)


def plain_numbers(axis: Axis) -> None:
    """Labels of a log axis as plain numbers; Matplotlib's own are mathematics between dollars."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    axis.set_minor_formatter(NullFormatter())


def say_better(row: Sequence[Axes], upright: bool) -> None:
    """Say at an axis of returns in which direction results are better; `upright`: it is the y axis."""
    for axes in row:
        text, at, align = ("better ↑", (0.0, 1.02), "left") if upright else ("better →", (1.0, 1.02), "right")
        axes.text(*at, text, transform=axes.transAxes, ha=align, va="bottom", fontsize=7, color=REFERENCE)


def least_span(study: StudyRecord, tables: Tables, environment: str) -> float:
    """The smallest span of an axis of returns on an environment; on a smaller one a near-tie looks like a difference.

    A share of the distance from the farthest mean to the threshold, or to 0 where there is none. Tables: summary.
    """
    present = [s.configurations[environment] for s in study.settings if environment in s.configurations]
    summary = tables["summary"][tables["summary"]["configuration"].isin(present)]
    means = summary[["final_return_mean", "auc_mean"]].to_numpy(float)
    distances = np.abs(means[np.isfinite(means)] - (study.thresholds[environment] or 0.0))
    return NEAR_TIE * float(distances.max(initial=0.0))


def return_limits(study: StudyRecord, tables: Tables, environment: str, low: float, high: float) -> tuple[float, float]:
    """Limits of an axis of returns that shows the values from `low` to `high`; NaN if there are none.

    Where the possible returns are known, a quarter of them at least, and nothing beyond them but a margin.
    """
    possible = possible_returns(study, environment)
    least = least_span(study, tables, environment)
    if not math.isfinite(high - low):  # nothing to show
        low = high = study.thresholds[environment] or 0.0
    if possible is None:
        return with_margin(*widened(low, high, least))
    worst, best = possible
    low, high = widened(max(low, worst), min(high, best), max(least, QUARTER * (best - worst)))
    shift = max(worst - low, 0.0) + min(best - high, 0.0)
    return with_margin(low + shift, high + shift)


def possible_returns(study: StudyRecord, environment: str) -> tuple[float, float] | None:
    """The smallest and the largest return of an environment; None where it is not known, or changed in the study."""
    return None if environment in study.changed_environments else return_range(environment)


def with_margin(low: float, high: float) -> tuple[float, float]:
    """Limits a little beyond these."""
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def widened(low: float, high: float, least: float) -> tuple[float, float]:
    """Limits around the same middle, at least `least` apart."""
    missing = max(least - (high - low), 0.0)
    return low - missing / 2, high + missing / 2


def positions(kind: str, values: Sequence[Any]) -> np.ndarray:
    """The positions of values on an axis, `kind` being log, linear or category.

    log10 of a number on a log axis, the number itself on a linear one. Zero stands to the left of a log axis's numbers,
    `none` and named points to the right of the numbers. Categories are spaced evenly in the order of the values; so
    are values whose labels would touch, in the order of the axis.
    """
    places = _to_scale(values, kind)
    return np.argsort(np.argsort(places)).astype(float) if _crowded(places, _tick_labels(values)) else places


def _to_scale(values: Sequence[Any], kind: str) -> np.ndarray:
    placed = [_position(value, kind) for value in values]
    known = sorted(place for place in placed if place is not None)
    if not known:
        return np.arange(len(values), dtype=float)
    gap = (known[-1] - known[0]) / max(len(known) - 1, 1) or 1.0
    rightmost = known[-1]
    places = []
    for value, place in zip(values, placed, strict=True):
        if place is None and not is_number(value):
            place = rightmost = rightmost + gap
        places.append(known[0] - gap if place is None else place)
    return np.array(places)


def _position(value: Any, kind: str) -> float | None:
    if kind == "category" or not is_number(value):
        return None
    if kind == "linear":
        return float(value)
    return math.log10(value) if value > 0 else None


def setting_axis(axes: Axes, study: StudyRecord, axis: str, values: Sequence[Any]) -> np.ndarray:
    """Make the x axis one of a study's axes, with a tick at each value; returns the values' positions."""
    places = positions(study.scale(axis), values)
    labels = _tick_labels(values)
    span = float(np.ptp(places)) or 1.0
    axes.set_xlim(places.min() - 0.12 * span, places.max() + 0.12 * span)
    axes.set_xticks(places, labels, rotation=90 if _crowded(places, labels) else 0)
    if study.scale(axis) == "log" and np.array_equal(places, _to_scale(values, "log")):
        _log_minor_ticks(axes, values)
    return places


def _tick_labels(values: Sequence[Any]) -> list[str]:
    return [value_name(value).replace(" ", "\n") for value in values]


def _crowded(places: np.ndarray, labels: Sequence[str]) -> bool:
    """Whether labels would touch on an axis of half a page (2.2 inches for the values, 0.075 inches a letter)."""
    order = np.argsort(places)
    widths = np.array([0.075 * max(map(len, labels[index].split("\n"))) for index in order])
    apart = np.diff(places[order]) / (float(np.ptp(places)) or 1.0) * 2.2
    return bool(np.any(apart < (widths[1:] + widths[:-1]) / 2))


def _log_minor_ticks(axes: Axes, values: Sequence[Any]) -> None:
    positive = [math.log10(value) for value in values if is_number(value) and value > 0]
    if not positive:  # in a record that no config of today has made
        return
    low, high = min(positive) - 1e-9, max(positive) + 1e-9
    decades = range(math.floor(low), math.ceil(high) + 1)
    minor = [decade + math.log10(digit) for decade in decades for digit in range(1, 10)]
    axes.xaxis.set_minor_locator(FixedLocator([place for place in minor if low <= place <= high]))
