"""Final return, area under the curve and solved rate of every setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.report import drawing
from a2c.report.captions import marks, see_both, solved, where
from a2c.report.figure import MANY, Figure
from a2c.report.numbers import share
from a2c.report.rows import Tables, rows_of
from a2c.runs.study import StudyRecord

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas


def draw(study: StudyRecord, tables: Tables) -> Canvas:
    """A column of panels per number, a row per environment, a line per setting."""
    forest, marks = drawing.forest, drawing.marks
    measures = [*("final_return", "auc"), *(["solved"] if marks.solved_handle(study) else [])]
    titles = [drawing.layout.MEASURES[measure] for measure in measures]
    figure, grid = forest.forest(study, study.settings, titles, _failed(tables["summary"]))
    for row, name in zip(grid, study.environments, strict=True):
        for place, setting in enumerate(forest.present(study.settings, name)):
            for axes, measure in zip(row, measures, strict=True):
                possible = (0.0, 1.0) if measure == "solved" else drawing.layout.possible_returns(study, name)
                _draw_number(axes, place, tables, setting.configurations[name], measure, possible)
        level = study.thresholds[name]
        if level is not None:
            row[0].axvline(level, **drawing.style.SOLVED)
        for axes in row[:2]:
            axes.set_xlim(*drawing.layout.return_limits(study, tables, name, *axes.dataLim.intervalx))
        drawing.layout.say_better(row, upright=False)
    for axes in grid[:, 2:].flat:
        axes.set_xlim(-0.05, 1.05)
        axes.set_xticks([0, 0.5, 1])
    bounds = tables["summary"][["final_return_low", "auc_low", "solved_low"]]
    handles = [marks.seed_handle(), *marks.interval_handles(bounds, "mean or share, 95 % interval")]
    ends = tables["summary"][["final_return_low", "final_return_high", "auc_low", "auc_high"]]
    handles += marks.cut_handle(ends, [drawing.layout.possible_returns(study, name) for name in study.environments])
    drawing.layout.legend_below(figure, [*handles, *marks.solved_handle(study)])
    return figure


def _failed(summary: pd.DataFrame) -> dict[str, str]:
    """By configuration: how many of how many of its runs failed, where any did."""
    failed = summary[summary["n_failed"] > 0]
    counts = zip(failed["configuration"], failed["n_failed"], failed["n_seeds"], strict=True)
    return {name: f"{share(count, total)} failed" for name, count, total in counts}


def _draw_number(
    axes: Axes, place: float, tables: Tables, configuration: str, measure: str, possible: tuple[float, float] | None
) -> None:
    summary = rows_of(tables["summary"], configuration).iloc[0]
    if measure == "solved":
        center, low, high = (summary[f"solved_{part}"] for part in ("rate", "low", "high"))
    else:
        center, low, high = (summary[f"{measure}_{part}"] for part in ("mean", "low", "high"))
        values = rows_of(tables["runs"], configuration)[measure]
        offsets = drawing.marks.scatter_offsets(len(values), 0.2)
        axes.plot(values, place + offsets, zorder=2, **drawing.marks.DOTS)
    drawing.marks.draw_interval(axes, place, center, low, high, upright=False, possible=possible)


def shows(study: StudyRecord, tables: Tables) -> str:
    known = bool(solved(study, ""))
    rate = " and share of runs that solved the environment, with its Wilson 95 % interval" if known else ""
    return (
        f"Final return (last 10 % of the budget), area under the learning curve{rate} on {where(study)}: "
        f"dots, single seeds; {marks(tables)}{solved(study, '; dotted, ')}."
    )


FIGURE = Figure(
    name="final_auc",
    title="Final return and area under the curve",
    kind="Dots of each seed and means with intervals, a line per setting",
    sources=["runs", "summary"],
    fits=lambda study: len(study.environments) <= MANY,
    draw=draw,
    shows=shows,
    see=see_both,
)
