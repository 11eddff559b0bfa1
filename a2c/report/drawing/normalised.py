"""Figures of normalised scores over several environments."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from a2c.analysis.references import top_of_scale
from a2c.report.drawing.layout import legend_below, wrapped
from a2c.report.drawing.marks import draw_interval, line_handles
from a2c.report.rows import rows_at
from a2c.runs.study import Setting, StudyRecord

ROW, LINE = 0.25, 0.125  # inches: a setting, and each further line of its name


def score(study: StudyRecord) -> str:
    """The name of an axis of normalised scores."""
    return f"normalised score\n(0 random, 1 {top_of_scale(study.thresholds)})"


def height_of(lines: Sequence[Setting]) -> float:
    """Inches that the settings take, as rows of one height: that of the longest name."""
    further = max((_name(setting).count("\n") for setting in lines), default=0)
    return (ROW + LINE * further) * len(lines)


def name_looks(figure: Figure, labels: Sequence[str]) -> None:
    """A legend of the settings' lines, where there are several settings."""
    if len(labels) > 1:
        legend_below(figure, line_handles(labels))


def draw_lines(axes: Axes, table: pd.DataFrame, lines: Sequence[Setting], center: str) -> None:
    """A line per setting: the number in the column `center` with its interval."""
    for place, setting in enumerate(lines):
        for _, row in rows_at(table, setting).iterrows():
            draw_interval(axes, place, row[center], row["low"], row["high"], upright=False)
    axes.set_ylim(max(len(lines), 1) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.locator_params(axis="x", nbins=4)


def name_lines(row: Sequence[Axes], lines: Sequence[Setting], heading: str, alone: bool) -> None:
    """The settings' names at the left; if one setting stands alone, the heading in their place."""
    for axes in row:
        axes.set_yticks(range(len(lines)), [""] * len(lines))
    row[0].set_yticks(range(len(lines)), [heading] if alone else [_name(setting) for setting in lines])
    row[0].set_ylabel("" if alone else heading)


def _name(setting: Setting) -> str:
    return wrapped(f"{setting.label}{' (baseline)' if setting.is_baseline else ''}", 1.75)
