"""Bias against noise: a mark per estimator, a panel per snapshot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from a2c.report import drawing
from a2c.report.figure import Figure
from a2c.report.gradients.common import (
    FAMILIES,
    MARKERS,
    evidence,
    families,
    is_resolved,
    known,
    known_in,
    row_at,
    see,
    short,
    shown_snapshots,
    when,
)
from a2c.report.rows import Tables
from a2c.runs.gradient_study import GradientRecord

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

NEAR = (16.0, 9.0)  # points across and upwards: marks of a family that are nearer share a label
SIDE = 130.0  # points: a panel's width and height, about
# Where labels stand, so that those of families whose estimators are nearly the same do not cover each other.
LABELS: dict[str, Any] = {
    "reinforce": {"xytext": (5, 0), "va": "center"},
    "n_step": {"xytext": (0, -5), "va": "top", "ha": "center"},
    "gae": {"xytext": (0, 5), "ha": "center"},
}


def draw(record: GradientRecord, tables: Tables) -> Canvas:
    """Relative bias against relative noise, log axes; hollow where a bias is not resolved: it is at most there."""
    snapshots = shown_snapshots(record)
    figure, grid = drawing.layout.panel_grid(1, len(snapshots), 2.6, extra=0.2, sharex=True, sharey=True)
    drawn = []
    for axes, snapshot in zip(grid[0], snapshots, strict=True):
        axes.set_title(f"{when(snapshot)}\n({known_in(record, tables, snapshot)})")
        marks = {kind: _draw_family(axes, record, tables, kind, snapshot) for kind in families(record)}
        if any(marks.values()):
            drawing.layout.log_axes(axes)
            drawn.append((axes, marks))
        else:
            axes.text(0.5, 0.5, "true gradient\nnot told from 0", transform=axes.transAxes, ha="center", va="center")
        axes.set_xlabel("noise of a batch / true gradient")
    for axes, marks in drawn:  # all panels have the same limits, which are known now
        for kind, named in marks.items():
            _label(axes, kind, named)
    grid[0][0].set_ylabel("bias / true gradient")
    drawing.layout.legend_below(figure, _legend(record))
    return figure


def _draw_family(
    axes: Axes, record: GradientRecord, tables: Tables, kind: str, snapshot: float
) -> list[tuple[str, tuple[float, float]]]:
    """The marks of a family, joined in its order; returns the label and the place of each."""
    color, places = drawing.looks.color(list(FAMILIES).index(kind)), []
    for one in families(record)[kind]:
        row = row_at(tables, one, record.study.n_envs[-1], snapshot)
        if row is None:
            continue
        resolved = is_resolved(row)
        place = known([row["relative_noise"], row["relative_bias" if resolved else "relative_bias_bound"]])
        if len(place) < 2:
            continue
        x, y = place
        face = color if resolved else "white"
        axes.plot(x, y, MARKERS[kind], color=color, markerfacecolor=face, markersize=5, zorder=3)
        places.append((short(one), (x, y)))
    if kind != "reinforce" and places:
        axes.plot(*zip(*(place for _, place in places), strict=True), color=color, linewidth=0.7, zorder=2)
    return places


def _label(axes: Axes, kind: str, named: Sequence[tuple[str, tuple[float, float]]]) -> None:
    """The labels of a family's marks, one for marks that are too near to each other for two."""
    spans = [math.log10(high / low) for low, high in (axes.get_xlim(), axes.get_ylim())]
    groups: list[list[tuple[str, tuple[float, float]]]] = []
    for one in named:
        apart = [
            [abs(math.log10(a / b)) / span * SIDE for a, b, span in zip(one[1], other[1], spans, strict=True)]
            for other in (groups[-1] if groups else [])
        ]
        if any(x < NEAR[0] and y < NEAR[1] for x, y in apart):
            groups[-1].append(one)
        else:
            groups.append([one])
    shade = drawing.looks.color(list(FAMILIES).index(kind))
    for group in groups:
        text, place = ", ".join(label for label, _ in group), group[len(group) // 2][1]
        axes.annotate(text, place, textcoords="offset points", fontsize=6, color=shade, **LABELS[kind])


def _legend(record: GradientRecord) -> list[Artist]:
    from matplotlib.lines import Line2D

    handles: list[Artist] = [
        Line2D(
            [], [], color=drawing.looks.color(number), marker=MARKERS[kind], label=words, linestyle="none", markersize=5
        )
        for number, (kind, words) in enumerate(FAMILIES.items())
        if kind in families(record)
    ]
    hollow = Line2D([], [], color="black", marker="o", markerfacecolor="white", linestyle="none", markersize=5)
    hollow.set_label("bias not resolved: at most")
    return [*handles, hollow]


def shows(record: GradientRecord, tables: Tables) -> str:
    n_envs = record.study.n_envs[-1]
    return (
        f"Bias against noise of policy gradient estimators at frozen policies, for batches of {n_envs} environments "
        f"(REINFORCE: {n_envs} episodes), both relative to the norm of the true gradient; lower means less bias, "
        "further left less noise. Noise: the standard deviation of a batch's gradient. In brackets: the runs in which "
        "the true gradient can be told from 0, over which the medians are taken."
    )


FIGURE = Figure(
    name="bias_variance",
    title="Bias and variance",
    kind="Marks of estimators by noise and bias on log axes, a panel per snapshot",
    sources=["summary"],
    fits=lambda record: True,
    draw=draw,
    shows=shows,
    see=see,
    between=(evidence,),
)
