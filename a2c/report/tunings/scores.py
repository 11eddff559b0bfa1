"""What tuners chose: scores on the tuning seeds and on the test seeds, a mark per repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.report import drawing
from a2c.report.figure import Figure
from a2c.report.rows import Tables
from a2c.report.tunings.common import TUNERS, at_budget, evidence, leader, score_of
from a2c.runs.tuning_study import TuningRecord

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

APART = 0.18  # of a tuner's two columns


def draw(record: TuningRecord, tables: Tables) -> Canvas:
    """A panel per budget; per tuner the choices on tuning seeds (left, hollow) and on test seeds (right)."""
    budgets = record.tuning.budgets
    figure, grid = drawing.layout.panel_grid(1, len(budgets), 2.6, extra=0.4, sharey=True)
    for axes, budget in zip(grid[0], budgets, strict=True):
        _draw_budget(axes, record, tables, budget)
    grid[0][0].set_ylabel(score_of(record).replace(" (", "\n("))
    drawing.layout.legend_below(figure, _legend(tables))
    return figure


def _draw_budget(axes: Axes, record: TuningRecord, tables: Tables, budget: int) -> None:
    choices, means = at_budget(tables, "chosen", budget), at_budget(tables, "tuners", budget)
    for place, tuner in enumerate(record.tuning.tuners):
        repeats = choices[choices["tuner"] == tuner]
        for side, column, face in ((-APART, "tuning_score", "white"), (APART, "test_score", drawing.looks.color(0))):
            spread = place + side + drawing.marks.scatter_offsets(len(repeats), 0.1)
            axes.plot(spread, repeats[column], "o", color=drawing.looks.color(0), markerfacecolor=face, markersize=3,
                      alpha=0.7)  # fmt: skip
            for _, row in means[means["tuner"] == tuner].iterrows():
                low, high = row[f"{column}_low"], row[f"{column}_high"]
                drawing.marks.draw_interval(axes, place + side, row[column], low, high, upright=True)
    for number, (_, row) in enumerate(tables["references"].iterrows()):
        axes.axhline(row["mean"], color=drawing.looks.color(number + 1), linestyle=(0, (4, 2)), linewidth=1)
    names = [TUNERS[tuner].replace(" ", "\n") for tuner in record.tuning.tuners]
    axes.set_xticks(range(len(names)), names, rotation=90 if len(names) > 3 else 0)
    axes.set_title(f"budget: {budget} trials")
    axes.margins(x=0.08)


def _legend(tables: Tables) -> list[Artist]:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=drawing.looks.color(0), marker="o", linestyle="none", markersize=4, label=label,
               markerfacecolor=face)
        for label, face in (("a repeat, tuning seeds", "white"), ("a repeat, test seeds", drawing.looks.color(0)))
    ]  # fmt: skip
    mean = Line2D([], [], label="mean of repeats, 95 %", **drawing.marks.MARKER)
    lines = [
        Line2D([], [], color=drawing.looks.color(number + 1), linestyle=(0, (4, 2)), label=f"{name}, test seeds")
        for number, name in enumerate(tables["references"]["reference"])
    ]
    return [*handles, mean, *lines]


def shows(record: TuningRecord, tables: Tables) -> str:
    return (
        "The settings that each tuner chose: their mean score on the seeds that they were chosen on, and on test "
        "seeds. The distance between the two is the shrinkage: the best of noisy means is overestimated. Dashed: "
        "settings that nobody tuned, on the same test seeds."
    )


FIGURE = Figure(
    name="scores",
    title="Tuned and tested",
    kind="Marks of repeats in two columns for each tuner, tuning and test seeds, a panel per budget",
    sources=["chosen", "tuners", "comparisons", "references"],
    fits=lambda record: True,
    draw=draw,
    shows=shows,
    see=leader,
    between=(evidence,),
)
