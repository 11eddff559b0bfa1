"""What the learner says of itself over training: losses, entropy, gradient norm, advantages, explained variance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from a2c.report.drawing.layout import STEPS, legend_below, panel_grid, step_axis, wrapped
from a2c.report.drawing.style import PAGE_WIDTH, color, styled
from a2c.report.figures.learning_curves import draw_bands
from a2c.report.reading import Tables, rows_of
from a2c.report.studies import Setting, Study, axis_values, environments, setting_axes, settings, short_name, value_name

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
LABEL_HEIGHT = 0.22  # of an axis: a tick's label with a gap
FLOOR = -1.0  # of explained variance: how far below it lies says no more
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
            shown = table if one_environment else table[table["configuration"].isin(list(column.lines))]
            _set_scale(axes, metric, shown["mean"].to_numpy(float))
            _draw_panel(axes, metric, table, column, has_bands(study))
            step_axis(axes, ticks=4 if len(columns) <= 3 else 2)
            axes.tick_params(labelleft=axes is row[0] or not one_environment)
        row[0].set_ylabel(name)
    figure.align_ylabels(grid[:, 0])
    for axes, column in zip(grid[0], columns, strict=True):
        axes.set_title(wrapped(column.title, 0.85 * PAGE_WIDTH / len(columns)))
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
            Column(_title(setting), {setting.configurations[names[0]]: index}) for index, setting in enumerate(found)
        ]
    if len(columns) <= COLUMNS:
        return columns, labels
    together = {name: index for index, column in enumerate(columns) for name in column.lines}
    return [Column("", together)], [column.title.replace("\n", " ") for column in columns]


def _title(setting: Setting) -> str:
    """The setting's label, of one axis with its value on a line of its own."""
    name = setting.label.removesuffix(setting.value)
    title = setting.label if name in ("", setting.label) else f"{name.strip()}\n{setting.value}"
    return f"{title} (baseline)" if setting.is_baseline else title


def has_bands(study: Study) -> bool:
    """Whether lines are few enough for bands."""
    columns, _ = columns_of(study)
    return max(len(column.lines) for column in columns) <= OVERLAID


def _draw_panel(axes: Axes, metric: str, table: pd.DataFrame, column: Column, with_bands: bool) -> None:
    """Lines and bands, on a scale that is set."""
    for configuration, index in column.lines.items():
        curve = _in_stretches(rows_of(table, configuration))
        if with_bands:
            draw_bands(axes, _above_zero(curve) if axes.get_yscale() == "log" else curve, color(index))
        means = curve["mean"].clip(lower=FLOOR) if metric == "explained_variance" else curve["mean"]
        axes.plot(curve["step"], means, color=color(index), linewidth=0.9)


def _above_zero(curve: pd.DataFrame) -> pd.DataFrame:
    """The curve without the stretches of its bands that reach zero: a log axis has no place for their lower end."""
    lows = ["band_low", "pointwise_low"]
    return curve.assign(**{low: curve[low].where(curve[low] > 0) for low in lows})


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
        axes.set_ylim(max(low, FLOOR) - 0.05, 1.05)
    elif metric in MAGNITUDES and low > 0 and np.log10(high / low) > DECADES:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.3, high * 1.3)
    elif metric in SIGNED and max(-low, high) > 10**DECADES:
        axes.set_yscale("symlog", linthresh=1)
        axes.set_ylim(1.3 * min(low, -1), 1.3 * max(high, 1))
        axes.set_yticks(_signed_ticks(*axes.get_ylim()))
    else:
        margin = 0.05 * (high - low) or 1.0
        axes.set_ylim(low - margin, high + margin)


def _signed_ticks(low: float, high: float) -> list[float]:
    """Zero and powers of ten on both sides of it, at most five, so that their labels do not touch.

    On this axis ±1 lie as far from zero as a power of ten from the next.
    """
    negative, positive = 1 + math.log10(-low), 1 + math.log10(high)
    stride = math.ceil(LABEL_HEIGHT * (negative + positive))
    below, above = (
        [10.0**exponent for exponent in range(int(length) - 1, 0, -stride) if exponent + 1 >= stride]
        for length in (negative, positive)
    )
    return [*(-power for power in below), 0.0, *reversed(above)]
