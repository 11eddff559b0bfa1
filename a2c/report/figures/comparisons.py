"""Every setting's difference from the baseline in final return and area under the curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.config.measures import ALPHA
from a2c.report import drawing
from a2c.report.captions import listed, place, where
from a2c.report.figure import MANY, Figure
from a2c.report.numbers import interval, is_missing, p_value
from a2c.report.rows import Tables, rows_of
from a2c.runs.study import StudyRecord

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

SHOWN = ("final_return", "auc")


def draw(study: StudyRecord, tables: Tables) -> Canvas:
    """A row of panels per environment, a line per setting; p values are the adjusted ones."""
    layout, forest = drawing.layout, drawing.forest
    others = [setting for setting in study.settings if not setting.is_baseline]
    baseline = layout.wrapped(f"from {study.baseline_label}", 0.4 * drawing.style.PAGE_WIDTH)
    names = [layout.MEASURES[measure].replace("\n", f"\n{baseline}\n") for measure in SHOWN]
    figure, grid = forest.forest(study, others, [f"difference in {name}" for name in names], {})
    table = tables["comparisons"]
    for row, name in zip(grid, study.environments, strict=True):
        for axes, measure in zip(row, SHOWN, strict=True):
            axes.axvline(0, color=drawing.style.REFERENCE, linewidth=0.9, zorder=1)
            for line, setting in enumerate(forest.present(others, name)):
                rows = rows_of(table[table["measure"] == measure], setting.configurations[name])
                for _, comparison in rows.iterrows():
                    _draw_difference(axes, line, comparison)
        forest.widen(row, layout.least_span(study, tables, name))
        layout.say_better(row, upright=False)
    return figure


def _draw_difference(axes: Axes, line: float, comparison: pd.Series) -> None:
    difference, low, high = (comparison[name] for name in ("difference", "low_adjusted", "high_adjusted"))
    drawing.marks.draw_interval(axes, line, difference, low, high, upright=False)
    p = comparison["p_adjusted"]
    text = "no test" if is_missing(p) else f"p {p_value(p)}"
    axes.annotate(text, (1.01, line), xycoords=("axes fraction", "data"), va="center", fontsize=7)


def shows(study: StudyRecord, tables: Tables) -> str:
    methods = "; ".join(dict.fromkeys(method.split(";")[0] for method in tables["comparisons"]["method"].dropna()))
    return (
        f"Difference of each setting from the baseline ({study.baseline_label}) on {where(study)}, "
        f"with adjusted p ({methods}) and the interval at the level of this correction, which excludes 0 exactly where "
        "the adjusted p is below 0.05; to the right of 0 the setting is better."
    )


def see(study: StudyRecord, tables: Tables) -> str:
    """The settings whose final return differs, does not differ, and was not tested."""
    table = tables["comparisons"][tables["comparisons"]["measure"] == "final_return"]
    p = table["p_adjusted"]
    differs = [
        f"{place(study, row['configuration'])} "
        f"({interval(row['difference'], row['low_adjusted'], row['high_adjusted'])}, "
        f"p {p_value(row['p_adjusted'])})"
        for _, row in table[p < ALPHA].iterrows()
    ]
    rest = [place(study, name) for name in table.loc[p >= ALPHA, "configuration"]]
    untested = [place(study, name) for name in table.loc[p.isna(), "configuration"]]
    sentences = {
        "Final return differs from the baseline's at": differs,
        "No difference in final return is shown at": rest,
        "Not tested (the table has the reason)": untested,
    }
    return " ".join(f"{start}: {listed(places, '; ')}." for start, places in sentences.items() if places)


FIGURE = Figure(
    name="comparisons",
    title="Differences from the baseline",
    kind="Differences from the baseline with intervals, a line per setting",
    sources=["comparisons", "summary"],
    fits=lambda study: study.compares and len(study.environments) <= MANY,
    draw=draw,
    shows=shows,
    see=see,
)
