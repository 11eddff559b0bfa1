"""The interaction of two hyperparameters: the mean of every combination."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from a2c.report.drawing.layout import MEASURES, least_span, panel_grid, widened, wrapped
from a2c.report.drawing.style import PAGE_WIDTH, styled
from a2c.report.numbers import number
from a2c.report.reading import Tables, rows_of
from a2c.report.studies import Study, axis_name, axis_values, environments, setting_axes, settings, value_name

ROW = 0.32  # inches
SHOWN = ("final_return", "auc")


@styled
def heatmap(study: Study, tables: Tables) -> Figure:
    """Mean final return and area under the curve of every combination of two axes. Tables: summary.

    The first axis runs upwards, the second across; the baseline is framed. A row per environment.
    """
    names = environments(study)
    down, across = setting_axes(study)
    rows, columns = axis_values(study, down), axis_values(study, across)
    figure, grid = panel_grid(len(names), len(SHOWN), ROW * len(rows) + 0.75, extra=0.1)
    for line, name in zip(grid, names, strict=True):
        for axes, measure in zip(line, SHOWN, strict=True):
            means, notes = _cells(study, tables, name, measure, rows, columns)
            _draw_cells(axes, means, notes, least_span(study, tables, name))
            axes.set_xticks(range(len(columns)), [value_name(value) for value in columns])
            axes.set_yticks(range(len(rows)), [value_name(value) for value in rows])
            axes.set_xlabel(wrapped(axis_name(across), 0.4 * PAGE_WIDTH))
            title = MEASURES[measure].replace(" (", "\n(")
            axes.set_title(f"{name}: {title}" if len(names) > 1 else title)
            _frame_baseline(axes, study, rows, columns)
        line[0].set_ylabel(wrapped(axis_name(down), ROW * len(rows)))
    return figure


def _cells(
    study: Study, tables: Tables, environment: str, measure: str, rows: Sequence[Any], columns: Sequence[Any]
) -> tuple[np.ndarray, list[list[str]]]:
    means = np.full((len(rows), len(columns)), math.nan)
    notes = [["" for _ in columns] for _ in rows]
    for setting in settings(study):
        if environment in setting.configurations:
            first, second = (setting.point[axis] for axis in setting_axes(study))
            summary = rows_of(tables["summary"], setting.configurations[environment]).iloc[0]
            place = rows.index(first), columns.index(second)
            means[place] = summary[f"{measure}_mean"]
            failed = f"\n{summary['n_failed']:.0f}/{summary['n_seeds']:.0f} failed" if summary["n_failed"] else ""
            notes[place[0]][place[1]] = number(means[place]) + failed
    return means, notes


def _draw_cells(axes: Axes, means: np.ndarray, notes: list[list[str]], least: float) -> None:
    """Shades from the lowest to the highest mean; few of them where all are near to each other."""
    finite = means[np.isfinite(means)]
    shades = Normalize(*widened(finite.min(), finite.max(), least)) if len(finite) else Normalize(0, 1)
    axes.imshow(means, norm=shades, aspect="auto", origin="lower")
    for (row, column), mean in np.ndenumerate(means):
        dark = np.isfinite(mean) and np.mean(colormaps["cividis"](shades(mean))[:3]) < 0.5
        axes.text(
            column, row, notes[row][column], ha="center", va="center", fontsize=7, color="white" if dark else "black"
        )
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _frame_baseline(axes: Axes, study: Study, rows: Sequence[Any], columns: Sequence[Any]) -> None:
    down, across = setting_axes(study)
    for setting in settings(study):
        if setting.is_baseline:
            corner = columns.index(setting.point[across]) - 0.48, rows.index(setting.point[down]) - 0.48
            axes.add_patch(Rectangle(corner, 0.96, 0.96, fill=False, edgecolor="#D55E00", linewidth=1.8))
