"""What the learner says of itself over training: losses, entropy, gradient norm, advantages, explained variance."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from a2c.figures.curves import draw_bands
from a2c.figures.layout import DISTINCT, STEPS, panel_grid, step_axis
from a2c.figures.reading import Tables, rows_of
from a2c.figures.studies import Study, axis_values, environments, setting_axes, settings, short_name, value_name
from a2c.figures.style import REFERENCE, color, styled

METRICS = {
    "policy_loss": "policy loss",
    "value_loss": "value loss\n(squared return)",
    "entropy": "entropy (nats)",
    "advantage_mean": "advantage mean\n(return)",
    "advantage_std": "advantage deviation\n(return)",
    "grad_norm": "gradient norm\nbefore clipping",
    "explained_variance": "explained variance\n(share)",
}
MAGNITUDES = ("value_loss", "grad_norm", "advantage_std")  # on a log axis where they span decades
DECADES = 1.5
LEGEND_LINES = 10  # more do not fit into a panel
DASHES: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 4)))


@dataclass(frozen=True)
class Look:
    """How a configuration's line looks, and what its colour and its dashes stand for."""

    color_index: int
    color_label: str
    dash_index: int
    dash_label: str

    @property
    def line(self) -> dict[str, Any]:
        return {"color": color(self.color_index), "linestyle": DASHES[self.dash_index % len(DASHES)]}


@styled
def diagnostics(study: Study, tables: Tables) -> Figure:
    """A panel per metric, a line per configuration, with bands where lines are few. Tables: diagnostics.

    Colours stand for settings. Of two axes, colours stand for the first and dashes for the second; with several
    environments, colours for environments and dashes for settings. The last panel is the legend.
    """
    table, looks = tables["diagnostics"], looks_of(study)
    rows = -(-(len(METRICS) + 1) // 2)
    figure, grid = panel_grid(rows, 2, 1.35, extra=0.2, sharex=True)
    for axes, (metric, name) in zip(grid.flat, METRICS.items(), strict=False):
        shown = table[table["metric"] == metric]
        for configuration, look in looks.items():
            curve = rows_of(shown, configuration)
            if len(looks) <= DISTINCT:
                draw_bands(axes, curve, look.line["color"])
            axes.plot(curve["step"], curve["mean"], linewidth=1.2 if len(looks) <= DISTINCT else 0.8, **look.line)
        if metric in MAGNITUDES and _spans_decades(shown["mean"]):
            axes.set_yscale("log")
        axes.set_ylabel(name)
        step_axis(axes)
    for axes in (grid[-1, 0], grid[-2, 1]):
        axes.tick_params(labelbottom=True)
        axes.set_xlabel(STEPS)
    _draw_legend(grid[-1, 1], looks)
    return figure


def looks_of(study: Study) -> dict[str, Look]:
    """configuration: how its line looks."""
    names, axes = environments(study), setting_axes(study)
    looks = {}
    for index, setting in enumerate(settings(study)):
        for place, name in enumerate(names):
            if name not in setting.configurations:
                continue
            if len(names) > 1:
                look = Look(place, name, index, setting.label)
            elif len(axes) == 2:
                first, second = (axis_values(study, axis).index(setting.point[axis]) for axis in axes)
                look = Look(first, _value_label(axes[0], setting), second, _value_label(axes[1], setting))
            else:
                look = Look(index, setting.label, 0, "")
            looks[setting.configurations[name]] = look
    return looks


def _value_label(axis: str, setting: Any) -> str:
    return f"{short_name(axis)} {value_name(setting.point[axis])}"


def _spans_decades(means: pd.Series) -> bool:
    known = means[np.isfinite(means)]
    return bool(len(known)) and known.min() > 0 and bool(np.log10(known.max() / known.min()) > DECADES)


def _draw_legend(axes: Axes, looks: dict[str, Look]) -> None:
    """Colours first, then dashes where they mean something; too many colours are not explained."""
    axes.set_axis_off()
    colors = sorted({(look.color_index, look.color_label) for look in looks.values()})
    dashes = sorted({(look.dash_index, look.dash_label) for look in looks.values()})
    columns = [[Line2D([], [], color=color(index), label=label) for index, label in colors]]
    if len(dashes) > 1:
        columns.append(
            [
                Line2D([], [], color=REFERENCE, linestyle=DASHES[index % len(DASHES)], label=label)
                for index, label in dashes
            ]
        )
    longest = max(map(len, columns))
    blank = Line2D([], [], linestyle="none", label=" ")
    handles = [handle for column in columns for handle in column + [blank] * (longest - len(column))]
    if len(handles) > 1 and longest <= LEGEND_LINES:
        axes.legend(handles=handles, loc="center left", ncols=len(columns), fontsize=7)
