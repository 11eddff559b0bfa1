"""Learning curves: the mean over seeds, its simultaneous and its pointwise band, and every seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from a2c.report.drawing.layout import (
    RETURN,
    STEPS,
    grid_of,
    least_span,
    legend_below,
    panel_grid,
    setting_colors,
    solved_handle,
    step_axis,
    widened,
    wrapped,
)
from a2c.report.drawing.style import FAILED, REFERENCE, SOLVED, styled
from a2c.report.reading import Tables, rows_of
from a2c.report.studies import (
    Setting,
    Study,
    axis_values,
    baseline_label,
    environments,
    setting_axes,
    settings,
    short_name,
    threshold,
    value_name,
)

BANDS = {"band": 0.12, "pointwise": 0.14}  # opacities; together below 0.25, so that lines stand out
DASHED: dict[str, Any] = {"color": "black", "linewidth": 0.9, "linestyle": "--"}
OVER_OTHERS: dict[str, Any] = {"linestyle": (0, (3, 2)), "zorder": 4.5}  # the baseline: an equal mean shows between
CROSS: dict[str, Any] = {"color": FAILED, "marker": "x", "markersize": 4, "linestyle": "none"}


@dataclass(frozen=True)
class Panel:
    """One panel: its place, its title, what stands at its left, and the settings it shows on one environment."""

    row: int
    column: int
    title: str
    side: str
    environment: str
    settings: list[Setting]


@styled
def learning_curves(study: Study, tables: Tables) -> Figure:
    """Return against agent steps. Tables: seed_curves, curves, runs.

    One environment: a panel per setting (of two axes one runs down, one across), the baseline's mean in each.
    Several: a panel per environment, a colour per setting.
    """
    panels = panels_of(study)
    rows, columns = 1 + max(panel.row for panel in panels), 1 + max(panel.column for panel in panels)
    one_environment = len(environments(study)) == 1
    height = 1.9 if columns <= 3 else 1.25
    figure, grid = panel_grid(rows, columns, height, extra=0.4, sharex=True, sharey=one_environment)
    for axes in grid.flat:
        axes.set_visible(False)
    for panel in panels:
        axes = grid[panel.row, panel.column]
        axes.set_visible(True)
        _draw_panel(axes, study, tables, panel)
        axes.set_title(wrapped(panel.title, 0.95 * figure.get_figwidth() / columns))
        axes.set_ylabel(wrapped(panel.side, 0.7 * height))
        step_axis(axes, ticks=4 if columns <= 3 else 2)
        is_lowest = not any((p.row, p.column) == (panel.row + 1, panel.column) for p in panels)
        axes.tick_params(labelbottom=is_lowest)
        axes.set_xlabel(STEPS if is_lowest else "")
    figure.supylabel(RETURN)
    legend_below(figure, _legend(study, tables))
    return figure


def panels_of(study: Study) -> list[Panel]:
    """The panels of the learning curves, in reading order."""
    found, names, axes = settings(study), environments(study), setting_axes(study)
    if len(names) == 1 and len(axes) == 2:
        return [_crossed(study, axes, setting, names[0]) for setting in found]
    if len(names) == 1:
        contents = [(_title(setting), names[0], [setting]) for setting in found]
    else:
        contents = [(name, name, [s for s in found if name in s.configurations]) for name in names]
    _, columns = grid_of(len(contents))
    return [
        Panel(index // columns, index % columns, title, "", name, shown)
        for index, (title, name, shown) in enumerate(contents)
    ]


def _crossed(study: Study, axes: Sequence[str], setting: Setting, environment: str) -> Panel:
    row, column = (axis_values(study, axis).index(setting.point[axis]) for axis in axes)
    side, top = (f"{short_name(axis)}\n{value_name(setting.point[axis])}" for axis in axes)
    return Panel(row, column, top if row == 0 else "", side if column == 0 else "", environment, [setting])


def _title(setting: Setting) -> str:
    return f"{setting.label} (baseline)" if setting.is_baseline else setting.label


def _draw_panel(axes: Axes, study: Study, tables: Tables, panel: Panel) -> None:
    colors = setting_colors(study)
    for setting in panel.settings:
        look = {"color": colors[setting.label], **_look(study, setting)}
        _draw_setting(axes, tables, setting.configurations[panel.environment], look)
    if len(environments(study)) == 1:
        _draw_baseline(axes, study, tables, panel)
    if not panel.title and panel.settings[0].is_baseline:
        axes.text(0.97, 0.06, "baseline", transform=axes.transAxes, ha="right", fontsize=7)
    level = threshold(study, panel.environment)
    if level is not None:
        axes.axhline(level, **SOLVED)
    axes.set_ylim(*_limits(study, tables, panel.environment))


def _look(study: Study, setting: Setting) -> Mapping[str, Any]:
    """How the mean is drawn: the baseline's dashed above those of other settings in its panel."""
    shared = len(environments(study)) > 1 and len(settings(study)) > 1
    return OVER_OTHERS if shared and setting.is_baseline else {"zorder": 4}


def _limits(study: Study, tables: Tables, environment: str) -> tuple[float, float]:
    """From the lowest to the highest return of any seed: bands may go on beyond, where no return ever was."""
    names = [setting.configurations.get(environment) for setting in settings(study)]
    curves = tables["seed_curves"]
    level = threshold(study, environment)
    values = [*curves.loc[curves["configuration"].isin(names), "value"].dropna(), *([] if level is None else [level])]
    low, high = min(values, default=0.0), max(values, default=1.0)
    low, high = widened(low, high, least_span(study, tables, environment))
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def _draw_setting(axes: Axes, tables: Tables, configuration: str, look: Mapping[str, Any]) -> None:
    runs = rows_of(tables["seed_curves"], configuration).pivot(index="step", columns="seed", values="value")
    lines = [np.column_stack([runs.index, runs[seed]]) for seed in runs]
    axes.add_collection(LineCollection(lines, colors=look["color"], linewidths=0.45, alpha=0.55, zorder=2))
    status = rows_of(tables["runs"], configuration).set_index("seed")["status"]
    for seed in status.index[status == "diverged"]:
        _mark_end(axes, runs[seed])
    curve = rows_of(tables["curves"], configuration)
    draw_bands(axes, curve, look["color"])
    axes.plot(curve["step"], curve["mean"], linewidth=1.6, **look)


def draw_bands(axes: Axes, curve: pd.DataFrame, shade: str) -> None:
    """The simultaneous band and, inside it, the pointwise one."""
    for name, opacity in BANDS.items():
        low, high = curve[f"{name}_low"], curve[f"{name}_high"]
        axes.fill_between(curve["step"], low, high, color=shade, alpha=opacity, linewidth=0, zorder=1)


def _mark_end(axes: Axes, run: pd.Series) -> None:
    last = run.dropna().tail(1)
    axes.plot(last.index, last, zorder=5, **CROSS)


def _draw_baseline(axes: Axes, study: Study, tables: Tables, panel: Panel) -> None:
    """The baseline's mean for comparison, in the panels of the other settings."""
    for setting in settings(study):
        if setting.is_baseline and len(settings(study)) > 1:
            curve = rows_of(tables["curves"], setting.configurations[panel.environment])
            axes.plot(curve["step"], curve["mean"], zorder=3, **DASHED)


def _legend(study: Study, tables: Tables) -> list[Artist]:
    several, colors = len(environments(study)) > 1, setting_colors(study)
    handles: list[Artist] = []
    if several and len(colors) > 1:
        handles += [Line2D([], [], color=colors[s.label], label=s.label, **_look(study, s)) for s in settings(study)]
    handles += [
        Line2D([], [], color=REFERENCE, linewidth=1.6, label="mean over seeds"),
        Line2D([], [], color=REFERENCE, linewidth=0.45, label="one seed"),
    ]
    opacity = 0.0
    for name, words in (("band", "simultaneous 95 %"), ("pointwise", "pointwise 95 %")):
        opacity += BANDS[name]
        if tables["curves"][f"{name}_low"].notna().any():
            handles.append(Patch(color=REFERENCE, alpha=opacity, linewidth=0, label=words))
    if not several and baseline_label(study) and len(colors) > 1:
        handles.append(Line2D([], [], label="baseline's mean", **DASHED))
    handles += solved_handle(study)
    if (tables["runs"]["status"] == "diverged").any():
        handles.append(Line2D([], [], label="diverged", **CROSS))
    return handles
