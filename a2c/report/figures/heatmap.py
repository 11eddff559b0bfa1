"""The interaction of two hyperparameters: the mean of every combination."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from a2c.config.names import axis_name, value_name
from a2c.report import drawing
from a2c.report.captions import see_both, where
from a2c.report.figure import MANY, Figure
from a2c.report.numbers import number
from a2c.report.rows import Tables, rows_of
from a2c.runs.study import StudyRecord

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

ROW = 0.32  # inches
SHOWN = ("final_return", "auc")


def draw(study: StudyRecord, tables: Tables) -> Canvas:
    """Mean final return and area under the curve of every combination of two axes.

    The first axis runs upwards, the second across; the baseline is framed. A row per environment.
    """
    layout, names = drawing.layout, study.environments
    from matplotlib.ticker import MaxNLocator

    down, across = study.setting_axes
    rows, columns = study.axis_values(down), study.axis_values(across)
    figure, grid = layout.panel_grid(len(names), len(SHOWN), ROW * len(rows) + 0.75, extra=0.1)
    for line, name in zip(grid, names, strict=True):
        for axes, measure in zip(line, SHOWN, strict=True):
            means, notes = _cells(study, tables, name, measure, rows, columns)
            _draw_cells(
                axes, means, notes, max(layout.least_span(study, tables, name), _noise(study, tables, name, measure))
            )
            bar = figure.colorbar(axes.images[0], ax=axes, pad=0.02, aspect=15)
            bar.set_label("better →", fontsize=7, labelpad=2)  # which points upwards there
            bar.locator = MaxNLocator(4)
            bar.update_ticks()
            axes.set_xticks(range(len(columns)), [value_name(value) for value in columns])
            axes.set_yticks(range(len(rows)), [value_name(value) for value in rows])
            axes.set_xlabel(layout.wrapped(axis_name(across), 0.4 * drawing.style.PAGE_WIDTH))
            title = layout.MEASURES[measure].replace(" (", "\n(")
            axes.set_title(f"{name}: {title}" if len(names) > 1 else title)
            _frame_baseline(axes, study, rows, columns)
        line[0].set_ylabel(layout.wrapped(axis_name(down), ROW * len(rows)))
    return figure


def _cells(
    study: StudyRecord, tables: Tables, environment: str, measure: str, rows: Sequence[Any], columns: Sequence[Any]
) -> tuple[np.ndarray, list[list[str]]]:
    """The mean of each combination, and the text in its cell."""
    import numpy as np

    means = np.full((len(rows), len(columns)), math.nan)
    notes = [["" for _ in columns] for _ in rows]
    for setting in study.settings:
        if environment in setting.configurations:
            first, second = (setting.point[axis] for axis in study.setting_axes)
            summary = rows_of(tables["summary"], setting.configurations[environment]).iloc[0]
            place = rows.index(first), columns.index(second)
            means[place] = summary[f"{measure}_mean"]
            failed = f"\n{summary['n_failed']:.0f}/{summary['n_seeds']:.0f} failed" if summary["n_failed"] else ""
            notes[place[0]][place[1]] = number(means[place]) + failed
    return means, notes


def _noise(study: StudyRecord, tables: Tables, environment: str, measure: str) -> float:
    """The median width of the means' intervals: colours do not tell smaller differences apart."""
    names = [setting.configurations.get(environment) for setting in study.settings]
    summary = tables["summary"][tables["summary"]["configuration"].isin(names)]
    widths = summary[f"{measure}_high"] - summary[f"{measure}_low"]
    return float(widths.median()) if widths.notna().any() else 0.0


def _draw_cells(axes: Axes, means: np.ndarray, notes: list[list[str]], least: float) -> None:
    """Shades from the lowest to the highest mean, over a span of at least `least`."""
    import numpy as np
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    finite = means[np.isfinite(means)]
    limits = drawing.layout.widened(finite.min(), finite.max(), least) if len(finite) else (0, 1)
    shades = Normalize(*limits)
    axes.imshow(means, norm=shades, aspect="auto", origin="lower")
    for (row, column), mean in np.ndenumerate(means):
        dark = np.isfinite(mean) and np.mean(colormaps["cividis"](shades(mean))[:3]) < 0.5
        axes.text(
            column, row, notes[row][column], ha="center", va="center", fontsize=7, color="white" if dark else "black"
        )
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _frame_baseline(axes: Axes, study: StudyRecord, rows: Sequence[Any], columns: Sequence[Any]) -> None:
    from matplotlib.patches import Rectangle

    down, across = study.setting_axes
    for setting in study.settings:
        if setting.is_baseline:
            corner = columns.index(setting.point[across]) - 0.48, rows.index(setting.point[down]) - 0.48
            axes.add_patch(Rectangle(corner, 0.96, 0.96, fill=False, edgecolor="#D55E00", linewidth=1.8))


def shows(study: StudyRecord, tables: Tables) -> str:
    first, second = map(axis_name, study.setting_axes)
    return (
        f"Mean final return and mean area under the learning curve on {where(study)} "
        f"for every combination of {first} and {second}; the baseline is framed. The colours span at least the median "
        "width of the means' intervals."
    )


FIGURE = Figure(
    name="heatmap",
    title="Interaction",
    kind="Two heat maps of mean final return and mean area under the curve",
    sources=["summary"],
    fits=lambda study: len(study.setting_axes) == 2 and len(study.environments) <= MANY,
    draw=draw,
    shows=shows,
    see=see_both,
)
