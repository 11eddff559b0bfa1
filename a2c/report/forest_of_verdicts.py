"""The figure of a paper's verdicts: the effect of every test with its interval, in panels of one unit each."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from a2c.config.claims import VERDICTS
from a2c.config.measures import measure_of
from a2c.report import drawing
from a2c.report.effects import is_text
from a2c.report.numbers import is_missing, tick

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "verdicts"  # of its files
TITLE = "All tests of the paper"
LINE, PANEL = 0.17, 0.62  # inches: a test, and what a panel has besides
LETTERS = 62  # of a test's name
WIDE = 50.0  # times the median size: a panel whose largest effect is that much gets a symlog axis
LOOKS: dict[str, dict[str, Any]] = {
    "supported": {"color": "#00694b", "marker": "o"},
    "contradicted": {"color": "#a50f15", "marker": "X"},
    "inconclusive": {"color": "#555555", "marker": "o", "markerfacecolor": "white"},
}


class Unit(NamedTuple):
    """What the tests of a panel have in common."""

    label: str  # of the axis
    neutral: float | None  # the effect that means no difference; None for levels


def draw(claims: pd.DataFrame) -> Figure:
    """A panel for each unit, a line for each test, in the paper's order. `claims`: the paper's claims.csv."""
    with drawing.style.look():
        tested = claims[[is_shown(row) for _, row in claims.iterrows()]]
        if not len(tested):
            return drawing.style.sentence_alone("No test of this paper has an effect with an interval.")
        units = [_unit(row) for _, row in tested.iterrows()]
        panels = {unit: tested[[one == unit for one in units]] for unit in dict.fromkeys(units)}
        heights = [LINE * len(rows) + PANEL for rows in panels.values()]
        figure, grid = drawing.layout.panel_grid(len(panels), 1, 0, extra=1, gridspec_kw={"height_ratios": heights})
        figure.set_size_inches(drawing.style.PAGE_WIDTH, sum(heights))
        for axes, (unit, rows) in zip(grid[:, 0], panels.items(), strict=True):
            _draw_panel(axes, unit, rows)
        drawing.layout.legend_below(figure, _handles())
        return figure


def is_shown(claim: pd.Series) -> bool:
    """Whether a claim has an effect with an interval."""
    return claim["verdict"] in LOOKS and not any(is_missing(claim[name]) for name in ("effect", "low", "high"))


def _unit(claim: pd.Series) -> Unit:
    """The unit of a test's effect."""
    how, unit = claim["how"], measure_of(claim["measure"]).unit
    words = "share of runs" if how == "rates" else unit or "number"
    if not is_text(claim["reference"]):
        return Unit(f"level ({words})", None)
    if how == "ratios":
        return Unit("ratio, subject to reference", 1.0)
    if how == "superiority":
        return Unit("probability that the subject is higher", 0.5)
    return Unit(f"difference ({words})", 0.0)


def _draw_panel(axes: Axes, unit: Unit, rows: pd.DataFrame) -> None:
    for place, (_, claim) in enumerate(rows.iterrows()):
        look, (low, high) = LOOKS[claim["verdict"]], (float(claim["low"]), float(claim["high"]))
        axes.plot([low, high], [place, place], color=look["color"], linewidth=1.1, zorder=2)
        axes.plot(claim["effect"], place, markersize=4.5, linestyle="none", zorder=3, **look)
    if unit.neutral is not None:
        axes.axvline(unit.neutral, color=drawing.style.REFERENCE, linewidth=0.9, zorder=1)
    sizes = rows[["effect", "low", "high"]].abs().to_numpy(float)
    typical = float(rows["effect"].abs().median())
    if typical > 0 and sizes.max() > WIDE * typical:
        axes.set_xscale("symlog", linthresh=typical)
        axes.locator_params(axis="x", numticks=6)
    axes.xaxis.set_major_formatter(lambda value, _: tick(value))
    axes.set_yticks(range(len(rows)), [_label(claim) for _, claim in rows.iterrows()], fontsize=6.5)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(unit.label)
    sides = {measure_of(name).better for name in rows["measure"]}
    if sides == {"higher"}:
        drawing.layout.say_better([axes], upright=False)


def _label(claim: pd.Series) -> str:
    """The name of a test: its sentence in short, then its part and centre, which tell tests of a sentence apart."""
    apart = "".join(f" ({claim[name]})" for name in ("part", "centre") if is_text(claim[name]))
    apart = textwrap.shorten(apart, LETTERS * 2 // 3, placeholder=" …")
    says = textwrap.shorten(claim["says"], LETTERS - 1 - len(apart), placeholder=" …")
    return f"{says} {apart}".rstrip()


def _handles() -> list[Any]:
    from matplotlib.lines import Line2D

    return [Line2D([], [], linewidth=1.1, markersize=4.5, label=verdict, **look) for verdict, look in LOOKS.items()]


def text(claims: pd.DataFrame) -> str:
    """The content of the text file beside the figure."""
    return f"{caption(claims)}\n\nAlternative text: {alternative(claims)}\n"


def caption(claims: pd.DataFrame) -> str:
    """What the figure shows."""
    return (
        "The effect of every test of the paper with its 95 % interval, in panels of one unit each, in the "
        f"paper's order; vertical line, no difference. {alternative(claims)}"
    )


def alternative(claims: pd.DataFrame) -> str:
    """For someone who cannot see the figure: how many tests have each verdict."""
    counts = Counter(row["verdict"] for _, row in claims.iterrows() if is_shown(row))
    words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    return f"Effects with intervals, a line per test, by verdict: {words or 'none'}."
