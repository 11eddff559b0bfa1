"""Forest plots: a row of panels per environment, a line per setting."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from a2c.config.names import LABEL, axis_name
from a2c.report.drawing.layout import LETTERS_PER_INCH, panel_grid, widened, wrapped
from a2c.report.drawing.style import FAILED, PAGE_WIDTH
from a2c.runs.study import Setting, StudyRecord

LINE = 0.25  # inches: a setting
TEXT_LINE = 0.13  # inches


def forest(
    study: StudyRecord, lines: Sequence[Setting], titles: Sequence[str], notes: Mapping[str, str]
) -> tuple[Figure, np.ndarray]:
    """A row of panels per environment, a column per title, a line per setting; `notes` by configuration."""
    names = study.environments
    side = ",\n".join(axis_name(axis) for axis in study.setting_axes if axis != LABEL)
    heights = [_height(len(present(lines, name)), side) for name in names]
    height = sum(heights) + 0.4 * len(names) + 0.05 + TEXT_LINE * (1 + max(title.count("\n") for title in titles))
    ratios = {"height_ratios": [panel + 0.1 for panel in heights]}
    figure, grid = panel_grid(len(names), len(titles), 0, extra=height, gridspec_kw=ratios)
    figure.set_size_inches(PAGE_WIDTH, height)
    for row, name, panel in zip(grid, names, heights, strict=True):
        _name_lines(row, present(lines, name), name, notes, len(names) > 1)
        if len(present(lines, name)) > 1:
            row[0].set_ylabel(wrapped(side, panel))
    for axes, title in zip(grid[-1], titles, strict=True):
        axes.set_xlabel(title)
    return figure, grid


def present(lines: Sequence[Setting], environment: str) -> list[Setting]:
    """The settings that are trained in an environment."""
    return [setting for setting in lines if environment in setting.configurations]


def widen(row: Sequence[Axes], least: float) -> None:
    """Give each panel's x axis a span of at least `least`."""
    for axes in row:
        low, high = axes.get_xlim()
        axes.set_xlim(*widened(low, high, least))


def _height(count: int, side: str) -> float:
    """Inches for that many settings; with two or more, room for the longest word of the label at the side."""
    longest_word = max(map(len, side.split()), default=0) / LETTERS_PER_INCH
    return max(LINE * count, longest_word) if count > 1 else LINE


def _name_lines(
    row: Sequence[Axes], lines: Sequence[Setting], environment: str, notes: Mapping[str, str], several: bool
) -> None:
    """Label each line; of several environments the name stands above its lines, or in place of a single line's."""
    alone = several and len(lines) == 1
    for axes in row:
        axes.set_yticks(range(len(lines)), [""] * len(lines))
        axes.set_ylim(max(len(lines), 1) - 0.4, -0.6)
        axes.grid(visible=False, axis="y")
        axes.locator_params(axis="x", nbins=5, min_n_ticks=3)
    labels = []
    for setting, tick in zip(lines, row[0].get_yticklabels(), strict=True):
        note = notes.get(setting.configurations[environment], "")
        remarks = [remark for remark in ("baseline" if setting.is_baseline else "", note) if remark]
        name = environment if alone else setting.value
        labels.append(f"{name} ({', '.join(remarks)})" if remarks else name)
        if note:
            tick.set_color(FAILED)
    row[0].set_yticks(range(len(lines)), labels)
    row[0].set_title(environment if several and not alone else "", loc="left")
