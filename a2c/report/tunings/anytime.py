"""The best score so far against the cost, a curve per tuner with a simultaneous band."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.analysis.references import return_range
from a2c.config.configuration import pays_as_registered
from a2c.report import drawing
from a2c.report.figure import Figure
from a2c.report.numbers import number
from a2c.report.rows import Tables
from a2c.report.tunings.common import TUNERS, evidence, highest, score_of
from a2c.runs.tuning_study import TuningRecord
from a2c.words import capital, counted, with_and

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure as Canvas


def draw(record: TuningRecord, tables: Tables) -> Canvas:
    """Steps, as the best score changes with a trial."""
    figure, grid = drawing.layout.panel_grid(1, 1, 2.6, extra=0.3)
    axes = grid[0][0]
    for place, tuner in enumerate(record.tuning.tuners):
        rows, look = _curve(tables, tuner), drawing.looks.look_of(place)
        axes.step(rows["cost"], rows["mean"], where="post", color=look.color, linestyle=look.style, linewidth=1.2)
        axes.fill_between(rows["cost"], rows["band_low"], rows["band_high"], step="post", color=look.color, alpha=0.12,
                          linewidth=0)  # fmt: skip
    axes.set_xlabel("cost (trials at full length)")
    axes.set_ylabel(f"best so far, tuning seeds\n{score_of(record)}")
    axes.margins(x=0)
    axes.set_ylim(*_limits(record, tables))
    drawing.layout.legend_below(figure, drawing.marks.line_handles([TUNERS[tuner] for tuner in record.tuning.tuners]))
    return figure


def _limits(record: TuningRecord, tables: Tables) -> tuple[float, float]:
    """Limits of the axis of scores: of means and bands, but nothing beyond the possible returns but a margin."""
    numbers = tables["anytime"][["mean", "band_low", "band_high"]].to_numpy(float)
    present = numbers[numbers == numbers]  # without NaN
    low, high = (float(present.min()), float(present.max())) if present.size else (0.0, 0.0)
    base = record.tuning.base_configuration
    known = return_range(base.env_id) if pays_as_registered(dict(base)) else None
    worst, best = known or (low, high)
    return drawing.layout.with_margin(max(low, worst), min(high, best))


def _curve(tables: Tables, tuner: str) -> pd.DataFrame:
    rows = tables["anytime"]
    return rows[rows["tuner"] == tuner]


def shows(record: TuningRecord, tables: Tables) -> str:
    return (
        "The best mean score so far on the tuning seeds, mean over repeats with simultaneous 95 % bands. A trial that "
        "was stopped early costs what it used, and its score counts for nothing. Scores on test seeds are lower."
    )


def see(record: TuningRecord, tables: Tables) -> str:
    """The tuners that are ahead at a quarter of the budget and at its end."""
    parts = []
    for cost in dict.fromkeys([max(1, record.tuning.trials // 4), record.tuning.trials]):
        rows = tables["anytime"][tables["anytime"]["cost"] == cost].dropna(subset=["mean"])
        if len(rows):
            names = highest(rows, "mean")
            are = "is" if len(names) == 1 else "are"
            spent = f"after the cost of {counted(cost, 'trial')}"
            parts.append(f"{spent} {with_and(names)} {are} ahead, at {number(rows['mean'].max())}")
    words = "; ".join(parts)
    return f"{capital(words)}." if words else "No trial is complete."


FIGURE = Figure(
    name="anytime",
    title="Best so far",
    kind="A rising step curve with a band for each tuner, against the cost",
    sources=["anytime"],
    fits=lambda record: True,
    draw=draw,
    shows=shows,
    see=see,
    between=(evidence,),
)
