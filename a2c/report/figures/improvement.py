"""The probability that a run of a setting beats one of the baseline, over all environments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.analysis.references import MIN_ENVIRONMENTS
from a2c.report import drawing
from a2c.report.captions import MEASURES, by_setting, interval_words, where, why_unscaled
from a2c.report.figure import Figure
from a2c.report.rows import Tables
from a2c.runs.study import StudyRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


def draw(study: StudyRecord, tables: Tables) -> Canvas:
    """A panel per number of a run, a line per setting."""
    layout, normalised, width = drawing.layout, drawing.normalised, drawing.style.PAGE_WIDTH
    others = [setting for setting in study.settings if not setting.is_baseline]
    table = tables["improvement"]
    figure, grid = layout.panel_grid(1, len(MEASURES), normalised.height_of(others) + 0.3, extra=0.5)
    for axes, (measure, title) in zip(grid[0], MEASURES.items(), strict=True):
        axes.axvline(0.5, color=drawing.style.REFERENCE, linewidth=0.9, zorder=1)
        normalised.draw_lines(axes, table[table["measure"] == measure], others, "probability")
        axes.set_xlim(-0.03, 1.03)
        axes.set_title(f"{title}, better →")
        axes.set_xlabel(layout.wrapped(f"probability of improvement\nover {study.baseline_label}", 0.4 * width))
    normalised.name_lines(grid[0], others, "", alone=False)
    return figure


def shows(study: StudyRecord, tables: Tables) -> str:
    return (
        f"Probability that a run of a setting beats one of the baseline ({study.baseline_label}), averaged over "
        f"{where(study)}, with intervals ({interval_words(tables['improvement'])}); at 0.5 (vertical line) both "
        "are equally likely to win."
    )


def see(study: StudyRecord, tables: Tables) -> str:
    table = tables["improvement"][tables["improvement"]["measure"] == "final_return"]
    return f"In final return: {by_setting(study, table, 'probability')}."


FIGURE = Figure(
    name="improvement",
    title="Probability of improvement",
    kind="Probabilities of improvement over the baseline with intervals, a line per setting",
    sources=["aggregates", "improvement", "summary"],
    fits=lambda study: len(study.environments) >= MIN_ENVIRONMENTS and study.compares,
    draw=draw,
    shows=shows,
    see=see,
    missing=why_unscaled,
)
