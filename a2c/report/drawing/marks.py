"""Dots of single seeds, and a mean with its interval."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from a2c.report.drawing.looks import color, look_of
from a2c.report.drawing.style import SOLVED
from a2c.runs.study import StudyRecord

MARKER: dict[str, Any] = {"color": "black", "marker": "o", "markersize": 4.5}
DOTS: dict[str, Any] = {"color": color(0), "marker": ".", "markersize": 4, "linestyle": "none", "alpha": 0.6}


def draw_interval(
    axes: Axes,
    place: float,
    center: float,
    low: float,
    high: float,
    *,
    upright: bool,
    possible: tuple[float, float] | None = None,
) -> None:
    """A mark at `center` with its interval; hollow if there is no interval, nothing if there is no center.

    An interval that extends beyond the `possible` values ends there, with an arrowhead.
    """
    known = pd.notna(low) and pd.notna(high)
    if known and possible is not None:
        low, high = _cut(axes, place, (low, high), (min(possible[0], center), max(possible[1], center)), upright)
    # A bootstrap's interval may lie beside the estimate, if only by rounding: then the bar reaches to the mark.
    errors = [[max(center - low, 0.0)], [max(high - center, 0.0)]] if known else None
    at: dict[str, Any] = (
        {"x": place, "y": center, "yerr": errors} if upright else {"x": center, "y": place, "xerr": errors}
    )
    fill = "black" if known else "white"
    axes.errorbar(**at, markerfacecolor=fill, capsize=2.5, linewidth=1.2, zorder=4, **MARKER)


def _cut(
    axes: Axes, place: float, interval: tuple[float, float], possible: tuple[float, float], upright: bool
) -> tuple[float, float]:
    """The part of an interval among the possible values; an arrowhead at each end that was cut."""
    cut = max(interval[0], possible[0]), min(interval[1], possible[1])
    for end, was, marker in zip(cut, interval, ("v^" if upright else "<>"), strict=True):
        if end != was:
            at = (place, end) if upright else (end, place)
            axes.plot(*at, marker=marker, color="black", markersize=5, linestyle="none", zorder=4.5, clip_on=False)
    return cut


def cut_handle(intervals: pd.DataFrame, ranges: Sequence[tuple[float, float] | None]) -> list[Artist]:
    """The legend's entry for the arrowheads, if any interval (columns: its low and high ends) is cut."""
    known = [one for one in ranges if one is not None]
    numbers = intervals.to_numpy(float)
    if not known or not ((numbers < min(low for low, _ in known)) | (numbers > max(high for _, high in known))).any():
        return []
    look: dict[str, Any] = {"marker": ">", "color": "black", "markersize": 5, "linestyle": "none"}
    return [Line2D([], [], label="beyond the possible", **look)]


def interval_handles(intervals: pd.DataFrame, known: str) -> list[Artist]:
    """The legend's entries for the marks: `known` names those with an interval."""
    missing = intervals.isna().to_numpy()
    handles: list[Artist] = []
    if not missing.all():
        handles.append(Line2D([], [], label=known, **MARKER))
    if missing.any():
        handles.append(Line2D([], [], label="mean, no interval", markerfacecolor="white", linestyle="none", **MARKER))
    return handles


def seed_handle() -> Artist:
    """The legend's entry for the dots."""
    return Line2D([], [], label="one seed", **DOTS)


def solved_handle(study: StudyRecord) -> list[Artist]:
    """The legend's entry for the return at which an environment counts as solved, if any has one."""
    known = any(level is not None for level in study.thresholds.values())
    return [Line2D([], [], label="solved", **SOLVED)] if known else []


def line_handles(labels: Sequence[str]) -> list[Artist]:
    """The legend's entries for lines, each with the look of its place."""
    looks = [(label, look_of(index)) for index, label in enumerate(labels)]
    return [Line2D([], [], color=look.color, linestyle=look.style, label=label) for label, look in looks]


def scatter_offsets(count: int, width: float) -> np.ndarray:
    """Offsets within plus-minus `width` that keep the dots of `count` seeds apart, the same every time.

    Multiples of the golden ratio, modulo 1: neighbouring seeds lie far from each other.
    """
    return width * (2 * ((np.arange(count) * 0.6180339887498949) % 1) - 1)
