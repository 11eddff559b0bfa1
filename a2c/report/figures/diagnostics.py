"""What the learner records over training: losses, entropy, advantages, norms of the gradient, and more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from a2c.config.names import short_name, value_name
from a2c.report import drawing
from a2c.report.captions import listed, place, where
from a2c.report.figure import Figure
from a2c.report.numbers import number
from a2c.report.rows import Tables
from a2c.runs.study import StudyRecord

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from numpy.typing import NDArray

Curves = dict[tuple[str, str], "NDArray[np.float64]"]  # by metric and configuration
COLUMNS = 6  # the most columns of settings or environments on a page
ACROSS = 4  # panels across where each metric has one
PANEL, ROW = 0.87, 0.37  # inches: heights of such a panel, and of a row of smaller ones
OVERLAID = 4  # the most lines of a panel that still get bands
BAND = 0.13  # opacity


@dataclass(frozen=True)
class Group:
    """Lines that share a panel for each metric (configuration: index of its look), and the title of these panels."""

    title: str
    lines: dict[str, int]


def draw(study: StudyRecord, tables: Tables) -> Canvas:
    """The median of each recorded metric against agent steps, with a band of quantiles where lines are few.

    One environment: a panel per metric, a line per setting. Two axes: a column per value of the first. Several
    environments: a column for each. More columns than fit on a page share one panel per metric.
    """
    groups, labels = groups_of(study)
    curves = _curves(tables)
    legend = drawing.marks.line_handles(labels) if 1 < len(labels) <= 4 * len(drawing.looks.PALETTE) else []
    if len(groups) == 1:
        figure, panels = _metric_panels(curves, groups[0], legend)
    else:
        figure, panels = _matrix(curves, groups, legend, own_scales=len(study.environments) > 1)
    for axes, metric, group in panels:
        _draw_panel(axes, curves, metric, group)
        drawing.layout.step_axis(axes, ticks=3 if len(groups) <= 4 else 2)
        axes.set_xlim(*_steps(curves, group))
    return figure


def _curves(tables: Tables) -> Curves:
    """The table by metric and configuration: rows of steps, medians, and low and high quantiles."""
    by_line = tables["diagnostics"].groupby(["metric", "configuration"], sort=False)
    columns = ["step", "median", "low", "high"]
    return {(str(metric), str(name)): rows[columns].to_numpy(float).T for (metric, name), rows in by_line}


def _steps(curves: Curves, group: Group) -> tuple[float, float]:
    """The ends of the axis of steps, the same for all metrics; those of the study where the group recorded nothing."""
    shown = [curve for (_, configuration), curve in curves.items() if configuration in group.lines]
    steps = [curve[0] for curve in shown or curves.values()]
    return float(min(one.min() for one in steps)), float(max(one.max() for one in steps))


def groups_of(study: StudyRecord) -> tuple[list[Group], Sequence[str]]:
    """The groups of lines, and the labels of the looks."""
    if len(study.environments) > 1:
        groups, labels = _environment_groups(study), [setting.label for setting in study.settings]
    elif len(study.setting_axes) == 2 and len(study.settings) > len(drawing.looks.PALETTE):
        groups, labels = _crossed_groups(study, *study.setting_axes)
    else:
        (name,) = study.environments
        labels = [f"{setting.label}{' (baseline)' if setting.is_baseline else ''}" for setting in study.settings]
        groups = [Group("", {setting.configurations[name]: index for index, setting in enumerate(study.settings)})]
    if len(groups) <= COLUMNS:
        return groups, labels
    together = [(group.title, name) for group in groups for name in group.lines]
    return [Group("", {name: index for index, (_, name) in enumerate(together)})], [title for title, _ in together]


def _environment_groups(study: StudyRecord) -> list[Group]:
    return [
        Group(name, {s.configurations[name]: i for i, s in enumerate(study.settings) if name in s.configurations})
        for name in study.environments
    ]


def _crossed_groups(study: StudyRecord, first: str, second: str) -> tuple[list[Group], list[str]]:
    """A group per value of the first axis, a look per value of the second."""
    (name,), values = study.environments, study.axis_values(second)
    groups = [
        Group(
            f"{short_name(first)}\n{value_name(value)}",
            {s.configurations[name]: values.index(s.point[second]) for s in study.settings if s.point[first] == value},
        )
        for value in study.axis_values(first)
    ]
    return groups, [f"{short_name(second)} {value_name(value)}" for value in values]


def _metrics_in(curves: Curves) -> list[str]:
    """The metrics that runs of the study recorded, in the order of the panels."""
    recorded = {metric for metric, _ in curves}
    return [metric for metric in drawing.metrics.METRICS if metric in recorded]


def _metric_panels(
    curves: Curves, group: Group, legend: Sequence[Artist]
) -> tuple[Canvas, list[tuple[Axes, str, Group]]]:
    """A panel for each metric."""
    metrics, layout = _metrics_in(curves), drawing.layout
    rows = max(1, -(-len(metrics) // ACROSS))
    spacing = layout.Spacing(left=0.5, right=0.2, top=0.35, bottom=0.45, across=0.6, down=0.47)
    figure, grid = layout.placed_grid(rows, ACROSS, PANEL, spacing, legend)
    for axes, metric in zip(grid.flat, metrics, strict=False):
        _set_scale(axes, curves, metric, [group])
        axes.set_title(drawing.metrics.METRICS[metric].label)
    for axes in list(grid.flat)[len(metrics) :]:
        axes.set_visible(False)
    for column in grid.T:
        shown = [axes for axes in column if axes.get_visible()]
        _label_steps(shown[:-1], shown[-1:])
    return figure, [(axes, metric, group) for axes, metric in zip(grid.flat, metrics, strict=False)]


def _label_steps(above: Sequence[Axes], lowest: Sequence[Axes]) -> None:
    """Label the axis of steps of the lowest panels only."""
    for axes in above:
        axes.tick_params(labelbottom=False)
    for axes in lowest:
        axes.set_xlabel(drawing.layout.STEPS)


def _matrix(
    curves: Curves, groups: Sequence[Group], legend: Sequence[Artist], own_scales: bool
) -> tuple[Canvas, list[tuple[Axes, str, Group]]]:
    """A row of panels for each metric, a column for each group; `own_scales`: each panel has its own y axis."""
    metrics, layout = _metrics_in(curves), drawing.layout
    across = 0.6 if own_scales else 0.15
    spacing = layout.Spacing(left=1.3, right=0.2, top=0.4, bottom=0.45, across=across, down=0.15)
    figure, grid = layout.placed_grid(max(1, len(metrics)), len(groups), ROW, spacing, legend)
    panels = []
    for row, metric in zip(grid, metrics, strict=False):
        for axes, group in zip(row, groups, strict=True):
            _set_scale(axes, curves, metric, [group] if own_scales else groups)
            axes.tick_params(labelleft=axes is row[0] or own_scales)
            panels.append((axes, metric, group))
        row[0].set_ylabel(
            drawing.metrics.METRICS[metric].label.replace(" ", "\n", 1), rotation=0, ha="right", va="center"
        )
    for axes, group in zip(grid[0], groups, strict=True):
        axes.set_title(layout.wrapped(group.title, 0.85 * drawing.style.PAGE_WIDTH / len(groups)))
    _label_steps(list(grid[:-1].flat), list(grid[-1]))
    return figure, panels


def _set_scale(axes: Axes, curves: Curves, metric: str, groups: Sequence[Group]) -> None:
    """The scale that fits the medians of these groups."""
    names = [name for group in groups for name in group.lines]
    medians = [value for name in names if (metric, name) in curves for value in curves[metric, name][1]]
    drawing.metrics.set_scale(axes, drawing.metrics.METRICS[metric], medians)


def _draw_panel(axes: Axes, curves: Curves, metric: str, group: Group) -> None:
    """Lines and bands, on a scale that is set; what lies beyond the axis is drawn at its edge."""
    edges = axes.get_ylim()
    for configuration, index in group.lines.items():
        if (metric, configuration) not in curves:
            continue
        look, (steps, median, low, high) = drawing.looks.look_of(index), curves[metric, configuration]
        if len(group.lines) <= OVERLAID:
            band = low.clip(*edges), high.clip(*edges)
            axes.fill_between(steps, *band, color=look.color, alpha=BAND, linewidth=0, zorder=1)
        line = {"color": look.color, "linestyle": look.style, "linewidth": 1.0}
        axes.plot(steps, median.clip(*edges), **line)
    axes.set_ylim(edges)


def shows(study: StudyRecord, tables: Tables) -> str:
    groups, _ = groups_of(study)
    few = max(len(group.lines) for group in groups) <= OVERLAID
    band = ", with the band from the 10 % to the 90 % quantile" if few else ""
    return (
        f"What the learner records over training on {where(study)}: the median over the runs that recorded it"
        f"{band}, of means over {len(set(tables['diagnostics']['step']))} equal parts of the budget. Advantages before "
        "normalisation, gradients before clipping; what lies beyond an axis is drawn at its edge."
    )


def see(study: StudyRecord, tables: Tables) -> str:
    """The entropy at the end of training."""
    last = tables["diagnostics"][tables["diagnostics"]["metric"] == "entropy"].groupby("configuration").last()["median"]
    ends = [f"{place(study, name)} {number(last[name])}" for name in study.placed if name in last.index]
    return f"Median entropy in the last part of the budget, in nats: {listed(ends, '; ')}." if ends else ""


FIGURE = Figure(
    name="diagnostics",
    title="Diagnostics",
    kind="Line plots of what the learner records over training, a panel per metric",
    sources=["diagnostics", "summary"],
    fits=lambda study: True,
    draw=draw,
    shows=shows,
    see=see,
)
