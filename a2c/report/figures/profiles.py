"""Performance profiles: the share of runs whose normalised score is above each value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.analysis.references import MIN_ENVIRONMENTS, top_of_scale
from a2c.report import drawing
from a2c.report.captions import MEASURES, interval_words, listed, normalised_scores, where, why_unscaled
from a2c.report.figure import Figure
from a2c.report.numbers import percent
from a2c.report.rows import Tables, rows_at
from a2c.runs.study import StudyRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


def draw(study: StudyRecord, tables: Tables) -> Canvas:
    """A panel per number of a run, a curve per setting, with bands."""
    looks = drawing.layout.setting_looks(study)
    figure, grid = drawing.layout.panel_grid(1, len(MEASURES), 2.3, extra=0.1, sharey=True)
    for axes, (measure, title) in zip(grid[0], MEASURES.items(), strict=True):
        table = tables["profiles"][tables["profiles"]["measure"] == measure]
        for setting in study.settings:
            rows, look = rows_at(table, setting), looks[setting.label]
            axes.fill_between(
                rows["tau"], rows["low"], rows["high"], color=look.color, alpha=0.25, linewidth=0, step="post"
            )
            axes.step(rows["tau"], rows["fraction"], color=look.color, linestyle=look.style, where="post")
        axes.set_ylim(-0.02, 1.02)
        axes.margins(x=0)
        axes.set_title(title)
        axes.set_xlabel(drawing.normalised.score(study))
    grid[0, 0].set_ylabel("share of runs above, better →")
    drawing.normalised.name_looks(figure, list(looks))
    return figure


def shows(study: StudyRecord, tables: Tables) -> str:
    return (
        f"Performance profiles over {where(study)}: share of runs above each of the {normalised_scores(study)}, "
        f"with bands ({interval_words(tables['profiles'])}); higher is better, and a failed run scores 0."
    )


def see(study: StudyRecord, tables: Tables) -> str:
    """The share of runs that are more than halfway up the scale."""
    from a2c.analysis.environments import HALFWAY

    table = tables["profiles"][tables["profiles"]["measure"] == "final_return"]
    shares = [
        f"{setting.label} {percent(row['fraction'])}"
        for setting in study.settings
        for _, row in rows_at(table[table["tau"] == HALFWAY], setting).iterrows()
    ]
    one = top_of_scale(study.thresholds)
    return f"Runs whose final return is more than halfway to {one}: {listed(shares, '; ')}."


FIGURE = Figure(
    name="profiles",
    title="Performance profiles",
    kind="Curves of the share of runs above each normalised score, with bands",
    sources=["aggregates", "profiles", "summary"],
    fits=lambda study: len(study.environments) >= MIN_ENVIRONMENTS,
    draw=draw,
    shows=shows,
    see=see,
    missing=why_unscaled,
)
