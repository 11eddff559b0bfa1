"""How much of the variance of scores each field explains alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.config.names import short_name
from a2c.report import drawing
from a2c.report.figure import Figure
from a2c.report.numbers import percent
from a2c.report.rows import Tables
from a2c.report.tunings.common import evidence
from a2c.runs.tuning_study import TuningRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


def draw(record: TuningRecord, tables: Tables) -> Canvas:
    """A row per field, the most important on top."""
    rows = tables["importance"]
    figure, grid = drawing.layout.panel_grid(1, 1, 0.2 * len(rows) + 0.3, extra=0.5)
    axes = grid[0][0]
    for place, (_, row) in enumerate(rows.iterrows()):
        at = len(rows) - 1 - place
        drawing.marks.draw_interval(axes, at, row["importance"], row["low"], row["high"], upright=False)
    axes.set_yticks(range(len(rows)), [short_name(field) for field in rows["field"]][::-1])
    axes.set_xlim(left=0)
    axes.set_xlabel("share of the variance of the score\nthat the field explains alone")
    axes.margins(y=0.05)
    return figure


def missing(record: TuningRecord, tables: Tables) -> str:
    if len(tables["importance"]):
        return ""
    return "No importance: it needs 20 trials of random search whose scores differ."


def shows(record: TuningRecord, tables: Tables) -> str:
    return (
        "Importance of each field by functional analysis of variance (Hutter, Hoos and Leyton-Brown 2014) over the "
        "trials of random search, with jackknife 95 % intervals over repeats. Interactions of fields make up the rest."
    )


def see(record: TuningRecord, tables: Tables) -> str:
    """The most important fields."""
    top = [
        f"{short_name(row['field'])} ({percent(row['importance'])})"
        for _, row in tables["importance"].head(3).iterrows()
    ]
    return f"Most important: {', '.join(top)}." if top else ""


FIGURE = Figure(
    name="importance",
    title="Which fields matter",
    kind="Marks with intervals, a row per field",
    sources=["importance"],
    fits=lambda record: "random" in record.tuning.tuners,
    draw=draw,
    missing=missing,
    shows=shows,
    see=see,
    between=(evidence,),
)
