"""Statistics of the normalised scores over all environments, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.analysis.references import MIN_ENVIRONMENTS
from a2c.report import drawing
from a2c.report.captions import (
    MEASURES,
    interval_words,
    normalised_scores,
    see_interquartile_means,
    where,
    why_unscaled,
)
from a2c.report.figure import Figure
from a2c.report.rows import Tables
from a2c.runs.study import StudyRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

STATISTICS = {"iqm": "interquartile mean", "mean": "mean", "median": "median", "optimality_gap": "optimality gap"}


def draw(study: StudyRecord, tables: Tables) -> Canvas:
    """A row of panels per number of a run, a panel per statistic, a line per setting."""
    normalised, settings, table = drawing.normalised, study.settings, tables["aggregates"]
    height = normalised.height_of(settings) + 0.55
    figure, grid = drawing.layout.panel_grid(len(MEASURES), len(STATISTICS), height, extra=0.35, sharex="col")
    for row, (measure, heading) in zip(grid, MEASURES.items(), strict=True):
        for axes, statistic in zip(row, STATISTICS, strict=True):
            shown = table[(table["measure"] == measure) & (table["statistic"] == statistic)]
            axes.update_datalim([(0, 0), (1, 0)], updatey=False)  # 0 and 1 are always in sight: they define the score
            normalised.draw_lines(axes, shown, settings, "value")
        normalised.name_lines(row, settings, heading.replace("under ", "under\n"), alone=not study.compares)
    for axes, (statistic, title) in zip(grid[0], STATISTICS.items(), strict=True):
        axes.set_title(f"{title}\n{'← better' if statistic == 'optimality_gap' else 'better →'}")
    figure.supxlabel(normalised.score(study).replace("\n", " "))
    return figure


def shows(study: StudyRecord, tables: Tables) -> str:
    return (
        f"Statistics over {where(study)} of {normalised_scores(study)}: interquartile mean, mean, median and "
        f"optimality gap (less is better), with intervals ({interval_words(tables['aggregates'])})."
    )


FIGURE = Figure(
    name="aggregates",
    title="Aggregates over environments",
    kind="Statistics of normalised scores over environments with intervals, a line per setting",
    sources=["aggregates", "summary"],
    fits=lambda study: len(study.environments) >= MIN_ENVIRONMENTS,
    draw=draw,
    shows=shows,
    see=see_interquartile_means,
    missing=why_unscaled,
)
