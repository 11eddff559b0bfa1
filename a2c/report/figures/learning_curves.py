"""Learning curves: the mean over seeds, its simultaneous and its pointwise band, and some seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from a2c.config.names import short_name, value_name
from a2c.report import drawing
from a2c.report.captions import see_final_return, solved, where
from a2c.report.figure import Figure
from a2c.report.rows import Tables, rows_of
from a2c.runs.study import Setting, StudyRecord

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

DASHED: dict[str, Any] = {"color": "black", "linewidth": 0.9, "linestyle": "--"}
SHOWN = 12  # seeds whose lines are drawn, the first ones: more would hide the mean and its bands
CROSS: dict[str, Any] = {"marker": "x", "markersize": 4, "linestyle": "none"}


@dataclass(frozen=True)
class Panel:
    """One panel: its place, its title, the label at its left, and the settings it shows on one environment."""

    row: int
    column: int
    title: str
    side: str
    environment: str
    settings: list[Setting]


def draw(study: StudyRecord, tables: Tables) -> Canvas:
    """Return against agent steps.

    One environment: a panel per setting (of two axes one runs down, one across), the baseline's mean in each.
    Several: a panel per environment, a colour per setting.
    """
    panels = panels_of(study)
    rows, columns = 1 + max(panel.row for panel in panels), 1 + max(panel.column for panel in panels)
    one_environment = len(study.environments) == 1
    height = 1.9 if columns <= 3 else 1.25
    figure, grid = drawing.layout.panel_grid(rows, columns, height, extra=0.4, sharex=True, sharey=one_environment)
    for axes in grid.flat:
        axes.set_visible(False)
    for panel in panels:
        axes = grid[panel.row, panel.column]
        axes.set_visible(True)
        _draw_panel(axes, study, tables, panel)
        axes.set_title(drawing.layout.wrapped(panel.title, 0.95 * figure.get_figwidth() / columns))
        axes.set_ylabel(drawing.layout.wrapped(panel.side, 0.7 * height))
        drawing.layout.step_axis(axes, ticks=4 if columns <= 3 else 2)
        is_lowest = not any((p.row, p.column) == (panel.row + 1, panel.column) for p in panels)
        axes.tick_params(labelbottom=is_lowest)
        axes.set_xlabel(drawing.layout.STEPS if is_lowest else "")
    figure.supylabel(f"{drawing.layout.RETURN}, better →")
    drawing.layout.legend_below(figure, _legend(study, tables))
    return figure


def panels_of(study: StudyRecord) -> list[Panel]:
    """The panels of the learning curves, in reading order."""
    settings, names, axes = study.settings, study.environments, study.setting_axes
    if len(names) == 1 and len(axes) == 2:
        return [_crossed(study, axes, setting, names[0]) for setting in settings]
    if len(names) == 1:
        contents = [(_title(setting), names[0], [setting]) for setting in settings]
    else:
        contents = [(name, name, [s for s in settings if name in s.configurations]) for name in names]
    _, columns = drawing.layout.grid_of(len(contents))
    return [
        Panel(index // columns, index % columns, title, "", name, shown)
        for index, (title, name, shown) in enumerate(contents)
    ]


def _crossed(study: StudyRecord, axes: Sequence[str], setting: Setting, environment: str) -> Panel:
    row, column = (study.axis_values(axis).index(setting.point[axis]) for axis in axes)
    side, top = (f"{short_name(axis)}\n{value_name(setting.point[axis])}" for axis in axes)
    return Panel(row, column, top if row == 0 else "", side if column == 0 else "", environment, [setting])


def _title(setting: Setting) -> str:
    return f"{setting.label} (baseline)" if setting.is_baseline else setting.label


def _draw_panel(axes: Axes, study: StudyRecord, tables: Tables, panel: Panel) -> None:
    for setting in panel.settings:
        _draw_setting(axes, tables, setting.configurations[panel.environment], _look(study, setting))
    if len(study.environments) == 1:
        _draw_baseline(axes, study, tables, panel)
    if not panel.title and panel.settings[0].is_baseline:
        axes.text(0.97, 0.06, "baseline", transform=axes.transAxes, ha="right", fontsize=7)
    level = study.thresholds[panel.environment]
    if level is not None:
        axes.axhline(level, **drawing.style.SOLVED)
    axes.set_ylim(*_limits(study, tables, panel.environment))


def _look(study: StudyRecord, setting: Setting) -> dict[str, Any]:
    """How the mean is drawn: with dashes where settings share a panel, over the lines before it."""
    index = study.settings.index(setting)
    look = drawing.looks.look_of(index)
    return {"color": look.color, "linestyle": look.style if _shared(study) else "-", "zorder": 4 + 0.01 * index}


def _shared(study: StudyRecord) -> bool:
    """Whether settings share a panel."""
    return len(study.environments) > 1 and study.compares


def _limits(study: StudyRecord, tables: Tables, environment: str) -> tuple[float, float]:
    """From the lowest to the highest return of any line; bands may extend beyond these limits."""
    names = [setting.configurations.get(environment) for setting in study.settings]
    seeds, means = tables["seed_curves"], tables["curves"]
    lines = seeds.loc[seeds["configuration"].isin(names) & seeds["seed"].isin(_shown(tables)), "value"]
    level = study.thresholds[environment]
    values = [
        *lines.dropna(),
        *means.loc[means["configuration"].isin(names), "mean"].dropna(),
        *([] if level is None else [level]),
    ]
    low, high = min(values, default=0.0), max(values, default=1.0)
    return drawing.layout.return_limits(study, tables, environment, low, high)


def _draw_setting(axes: Axes, tables: Tables, configuration: str, look: Mapping[str, Any]) -> None:
    import numpy as np
    from matplotlib.collections import LineCollection

    runs = rows_of(tables["seed_curves"], configuration).pivot(index="step", columns="seed", values="value")
    shown = [seed for seed in _shown(tables) if seed in runs]
    lines = [np.column_stack([runs.index, runs[seed]]) for seed in shown]
    axes.add_collection(LineCollection(lines, colors=look["color"], linewidths=0.45, alpha=0.55, zorder=2))
    status = rows_of(tables["runs"], configuration).set_index("seed")["status"]
    for seed in status.index[status == "diverged"]:
        _mark_end(axes, runs[seed])
    curve = rows_of(tables["curves"], configuration)
    drawing.bands.draw_bands(axes, curve, look["color"])
    axes.plot(curve["step"], curve["mean"], linewidth=1.6, **look)


def _shown(tables: Tables) -> list[int]:
    """The seeds whose lines are drawn."""
    return sorted(tables["runs"]["seed"].unique())[:SHOWN]


def _mark_end(axes: Axes, run: pd.Series) -> None:
    last = run.dropna().tail(1)
    axes.plot(last.index, last, zorder=5, color=drawing.style.FAILED, **CROSS)


def _draw_baseline(axes: Axes, study: StudyRecord, tables: Tables, panel: Panel) -> None:
    """The baseline's mean for comparison."""
    for setting in study.settings:
        if setting.is_baseline and study.compares:
            curve = rows_of(tables["curves"], setting.configurations[panel.environment])
            axes.plot(curve["step"], curve["mean"], zorder=3, **DASHED)


def _legend(study: StudyRecord, tables: Tables) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    several, grey = len(study.environments) > 1, drawing.style.REFERENCE
    handles: list[Artist] = []
    if _shared(study):
        handles += drawing.marks.line_handles([setting.label for setting in study.settings])
    handles += [
        Line2D([], [], color=grey, linewidth=1.6, label="mean over seeds"),
        Line2D([], [], color=grey, linewidth=0.45, label="one seed"),
    ]
    opacity = 0.0
    for name, words in (("band", "simultaneous 95 %"), ("pointwise", "pointwise 95 %")):
        opacity += drawing.bands.BANDS[name]
        if tables["curves"][f"{name}_low"].notna().any():
            handles.append(Patch(color=grey, alpha=opacity, linewidth=0, label=words))
    if not several and study.baseline_label and study.compares:
        handles.append(Line2D([], [], label="baseline's mean", **DASHED))
    handles += drawing.marks.solved_handle(study)
    if (tables["runs"]["status"] == "diverged").any():
        handles.append(Line2D([], [], label="diverged", color=drawing.style.FAILED, **CROSS))
    return handles


def shows(study: StudyRecord, tables: Tables) -> str:
    if len(study.environments) > 1:
        panels = "a panel per environment"
    else:
        panels = "a panel per setting" if study.compares else "one setting"
    bands = (
        "dark band, the pointwise 95 % interval; light band, the simultaneous (sup-t bootstrap) 95 % band, for the "
        "whole curve at once; no band where all seeds tie. Bands may extend beyond the axes"
    )
    if not tables["curves"]["band_low"].notna().any():
        bands = "no bands, as there are too few seeds for an interval"
    n_seeds = tables["runs"]["seed"].nunique()
    seeds = "single seeds" if n_seeds <= SHOWN else f"the first {SHOWN} of {n_seeds} seeds"
    dashed = "; dashed, the baseline's mean" if study.baseline_label and study.compares and not _shared(study) else ""
    return (
        f"Return of training episodes against agent steps on {where(study)}, {panels}: thick line, the mean over "
        f"seeds; thin lines, {seeds}{solved(study, '; dotted, ')}{dashed}; {bands}."
    )


FIGURE = Figure(
    name="learning_curves",
    title="Learning curves",
    kind="Line plot of return against agent steps with bands and single seeds",
    sources=["curves", "runs", "seed_curves", "summary"],
    fits=lambda study: True,
    draw=draw,
    shows=shows,
    see=see_final_return,
)
