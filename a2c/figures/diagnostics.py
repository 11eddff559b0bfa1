"""What the learner says of itself over training: losses, entropy, gradient norm, advantages, explained variance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from a2c.figures.curves import draw_bands
from a2c.figures.layout import STEPS, legend_below, panel_grid, step_axis
from a2c.figures.reading import Tables, rows_of
from a2c.figures.studies import Study, axis_values, environments, setting_axes, settings, short_name, value_name
from a2c.figures.style import color, styled

METRICS = {
    "policy_loss": "policy\nloss",
    "value_loss": "value loss\n(return²)",
    "entropy": "entropy\n(nats)",
    "advantage_mean": "advantage\nmean\n(return)",
    "advantage_std": "advantage\ndeviation\n(return)",
    "grad_norm": "gradient\nnorm",
    "explained_variance": "explained\nvariance\n(share)",
}
MAGNITUDES = ("value_loss", "grad_norm", "advantage_std")  # on a log axis where they span decades
SIGNED = ("advantage_mean",)  # the same for numbers of both signs, linear between -1 and 1
DECADES = 1.5
STRETCHES = 100  # points on a line
COLUMNS = 6  # columns that fit on a page
OVERLAID = 2  # lines of a panel that may have bands


@dataclass(frozen=True)
class Column:
    """A column of panels: its title, and the lines in it (configuration: index of its colour)."""

    title: str
    lines: dict[str, int]


@styled
def diagnostics(study: Study, tables: Tables) -> Figure:
    """A row of panels per metric against agent steps, with bands where lines are few. Tables: diagnostics.

    Columns: the settings; of two axes the values of the first, with a colour for those of the second; of several
    environments the environments, with a colour for each setting. More than fit on a page share one column.
    """
    columns, colors = columns_of(study)
    figure, grid = panel_grid(len(METRICS), len(columns), 0.95, extra=0.5, sharex=True)
    one_environment = len(environments(study)) == 1
    for row, (metric, name) in zip(grid, METRICS.items(), strict=True):
        table = tables["diagnostics"][tables["diagnostics"]["metric"] == metric]
        for axes, column in zip(row, columns, strict=True):
            _draw_panel(axes, table, column, has_bands(study))
            shown = table if one_environment else table[table["configuration"].isin(list(column.lines))]
            _set_scale(axes, metric, shown["mean"].to_numpy(float))
            step_axis(axes, ticks=4 if len(columns) <= 3 else 2)
            axes.tick_params(labelleft=axes is row[0] or not one_environment)
        row[0].set_ylabel(name)
    figure.align_ylabels(grid[:, 0])
    for axes, column in zip(grid[0], columns, strict=True):
        axes.set_title(column.title)
    for axes in grid[-1]:
        axes.set_xlabel(STEPS)
    if 1 < len(colors) <= 10:
        legend_below(figure, [Line2D([], [], color=color(index), label=label) for index, label in enumerate(colors)])
    return figure


def columns_of(study: Study) -> tuple[list[Column], Sequence[str]]:
    """The columns of panels, and what the colours stand for."""
    names, axes, found = environments(study), setting_axes(study), settings(study)
    labels = [setting.label for setting in found]
    if len(names) > 1:
        columns = [
            Column(name, {s.configurations[name]: index for index, s in enumerate(found) if name in s.configurations})
            for name in names
        ]
    elif len(axes) == 2:
        first, second = axes
        labels = [f"{short_name(second)} {value_name(value)}" for value in axis_values(study, second)]
        columns = [
            Column(
                f"{short_name(first)}\n{value_name(value)}",
                {
                    s.configurations[names[0]]: axis_values(study, second).index(s.point[second])
                    for s in found
                    if s.point[first] == value
                },
            )
            for value in axis_values(study, first)
        ]
    else:
        labels = []
        columns = [
            Column(f"{s.label}\n(baseline)" if s.is_baseline else s.label, {s.configurations[names[0]]: index})
            for index, s in enumerate(found)
        ]
    if len(columns) <= COLUMNS:
        return columns, labels
    together = {name: index for index, column in enumerate(columns) for name in column.lines}
    return [Column("", together)], [column.title.replace("\n", " ") for column in columns]


def has_bands(study: Study) -> bool:
    """Whether lines are few enough for bands."""
    columns, _ = columns_of(study)
    return max(len(column.lines) for column in columns) <= OVERLAID


def _draw_panel(axes: Axes, table: pd.DataFrame, column: Column, with_bands: bool) -> None:
    for configuration, index in column.lines.items():
        curve = _in_stretches(rows_of(table, configuration))
        if with_bands:
            draw_bands(axes, curve, color(index))
        axes.plot(curve["step"], curve["mean"], color=color(index), linewidth=0.9)


def _in_stretches(curve: pd.DataFrame) -> pd.DataFrame:
    """The curve with neighbouring records averaged, to at most `STRETCHES` points."""
    neighbours = np.arange(len(curve)) * STRETCHES // max(len(curve), STRETCHES)
    stretches = curve.drop(columns=["configuration", "metric"]).groupby(neighbours)
    return stretches.mean().assign(step=stretches["step"].max())


def _set_scale(axes: Axes, metric: str, means: np.ndarray) -> None:
    """Limits from the means; a log axis where magnitudes span decades."""
    means = means[np.isfinite(means)]
    if not len(means):
        return
    low, high = float(means.min()), float(means.max())
    if metric == "explained_variance":
        axes.set_ylim(max(low, -1) - 0.05, 1.05)
    elif metric in MAGNITUDES and low > 0 and np.log10(high / low) > DECADES:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.3, high * 1.3)
    elif metric in SIGNED and max(-low, high) > 10**DECADES:
        axes.set_yscale("symlog", linthresh=1)
        axes.set_ylim(1.3 * min(low, -1), 1.3 * max(high, 1))
    else:
        margin = 0.05 * (high - low) or 1.0
        axes.set_ylim(low - margin, high + margin)
