"""Drawing a mean with its interval, and the seeds beside it."""

from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from a2c.report.drawing.style import color

MARKER: dict[str, Any] = {"color": "black", "marker": "o", "markersize": 4.5}
DOTS: dict[str, Any] = {"color": color(0), "marker": ".", "markersize": 4, "linestyle": "none", "alpha": 0.6}


def draw_interval(axes: Axes, place: float, center: float, low: float, high: float, *, upright: bool) -> None:
    """A mark at `center` with its interval; hollow where there is no interval. Nothing where there is no center."""
    known = pd.notna(low) and pd.notna(high)
    errors = [[center - low], [high - center]] if known else None
    at: dict[str, Any] = (
        {"x": place, "y": center, "yerr": errors} if upright else {"x": center, "y": place, "xerr": errors}
    )
    fill = "black" if known else "white"
    axes.errorbar(**at, markerfacecolor=fill, capsize=2.5, linewidth=1.2, zorder=4, **MARKER)


def interval_handles(intervals: pd.DataFrame, known: str) -> list[Artist]:
    """The legend's entries for the marks: `known` names those with an interval."""
    missing = intervals.isna().to_numpy()
    handles: list[Artist] = []
    if not missing.all():
        handles.append(Line2D([], [], label=known, **MARKER))
    if missing.any():
        handles.append(Line2D([], [], label="mean, no interval", markerfacecolor="white", linestyle="none", **MARKER))
    return handles
