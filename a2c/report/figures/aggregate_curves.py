"""The interquartile mean over environments of the normalised learning curves, with bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.analysis.references import MIN_ENVIRONMENTS
from a2c.report import drawing
from a2c.report.captions import interval_words, normalised_scores, see_interquartile_means, where, why_unscaled
from a2c.report.figure import Figure
from a2c.report.rows import Tables, rows_at
from a2c.runs.study import StudyRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


def draw(study: StudyRecord, tables: Tables) -> Canvas:
    """Interquartile mean of normalised scores against agent steps, a line per setting."""
    looks = drawing.layout.setting_looks(study)
    figure, grid = drawing.layout.panel_grid(1, 1, 2.2, extra=0.2)
    axes = grid[0, 0]
    axes.update_datalim([(0, 0), (0, 1)], updatex=False)
    for setting in study.settings:
        rows, look = rows_at(tables["aggregate_curves"], setting), looks[setting.label]
        axes.fill_between(rows["step"], rows["low"], rows["high"], color=look.color, alpha=0.25, linewidth=0)
        axes.plot(rows["step"], rows["iqm"], color=look.color, linestyle=look.style)
    drawing.layout.step_axis(axes)
    axes.set_xlabel(drawing.layout.STEPS)
    axes.set_ylabel(f"interquartile mean of the\n{drawing.normalised.score(study)}")
    drawing.normalised.name_looks(figure, list(looks))
    return figure


def shows(study: StudyRecord, tables: Tables) -> str:
    return (
        f"Interquartile mean over {where(study)} of the learning curves, as {normalised_scores(study)}, against agent "
        f"steps, with the pointwise interval ({interval_words(tables['aggregate_curves'])}); a failed run scores 0."
    )


FIGURE = Figure(
    name="aggregate_curves",
    title="Learning curve over environments",
    kind="Line plot of the interquartile mean of normalised scores against agent steps, with bands",
    sources=["aggregate_curves", "aggregates", "summary"],
    fits=lambda study: len(study.environments) >= MIN_ENVIRONMENTS,
    draw=draw,
    shows=shows,
    see=see_interquartile_means,
    missing=why_unscaled,
)
