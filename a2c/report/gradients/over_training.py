"""Bias, noise and cosine of each estimator over training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.config.gradients import Estimator
from a2c.report import drawing
from a2c.report.figure import Figure
from a2c.report.gradients.common import FAMILIES, MARKERS, evidence, families, known, rows_of, see, short
from a2c.report.rows import Tables
from a2c.runs.gradient_study import GradientRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

MEASURES = {  # column: label, and whether its axis is a log one
    "bias": ("bias", True),
    "trace_per_step": ("variance\nper agent step", True),
    "cosine": ("cosine of a batch\nto the true gradient", False),
}


def draw(record: GradientRecord, tables: Tables) -> Canvas:
    """A row per family, a panel per measure, a line per estimator."""
    members = families(record)
    figure, grid = drawing.layout.panel_grid(len(members), len(MEASURES), 1.5, extra=0.3, sharex=True, sharey="col")
    for row, (kind, estimators) in zip(grid, members.items(), strict=True):
        for axes, (column, (label, log)) in zip(row, MEASURES.items(), strict=True):
            for number, one in enumerate(estimators):
                _draw_line(axes, record, tables, one, column, drawing.looks.color(number))
            axes.set_title(label if kind == next(iter(members)) else "")
            if log and any(
                known(rows_of(tables, one, record.study.n_envs[-1])[column].tolist()) for one in record.estimators
            ):
                axes.set_yscale("log")
                drawing.layout.plain_numbers(axes.yaxis)
            drawing.layout.step_axis(axes, ticks=3)
            axes.margins(x=0.05)
        row[0].set_ylabel(FAMILIES[kind].split(",")[0])
        row[-1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5), title=FAMILIES[kind].split(", ")[1])
    for axes in grid[-1]:
        axes.set_xlabel(drawing.layout.STEPS)
    return figure


def _draw_line(
    axes: Axes, record: GradientRecord, tables: Tables, estimator: Estimator, column: str, color: str
) -> None:
    """The medians over the runs, with their intervals; a bias of 0 (below its noise) has no place on a log axis."""
    rows = rows_of(tables, estimator, record.study.n_envs[-1])
    if MEASURES[column][1]:
        rows = rows[rows[column] > 0]
    values = rows[column]
    axes.plot(rows["step"], values, MARKERS[estimator.kind], linestyle="-", color=color, markersize=3, linewidth=1,
              label=short(estimator))  # fmt: skip
    axes.vlines(rows["step"], rows[f"{column}_low"], rows[f"{column}_high"], color=color, linewidth=0.8, alpha=0.6)


def shows(record: GradientRecord, tables: Tables) -> str:
    n_envs = record.study.n_envs[-1]
    return (
        "Bias (norm of the difference of the mean gradient to the true one), variance per agent step (trace of a "
        f"batch's covariance times its agent steps) and cosine of batches of {n_envs} environments (REINFORCE: "
        f"{n_envs} episodes) to the true gradient, over training. A bias that is lost in the noise is left out."
    )


FIGURE = Figure(
    name="over_training",
    title="Over training",
    kind="Lines of estimators over training, a row of panels per family of estimators",
    sources=["summary"],
    fits=lambda record: len(record.study.snapshots) > 1,
    draw=draw,
    shows=shows,
    see=see,
    between=(evidence,),
)
