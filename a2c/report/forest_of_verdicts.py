"""The figure of a paper's verdicts: the effect of every test with its interval; a row is a claim, a column a centre."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

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
ALONE = "settings of\nits own"  # the column of tests without a centre
ROW, HEAD, LABELS, ENDS = 0.145, 0.42, 2.75, 1.4  # inches: a row, column heads, claims' names, the ends of rows
LETTERS, FEWEST = 59, 12  # of a claim's name, and of its sentence in it
EDGE = 1.25  # of a panel, in units of a row's scale
LOOKS: dict[str, dict[str, Any]] = {
    "supported": {"color": "#00694b", "marker": "o"},
    "contradicted": {"color": "#a50f15", "marker": "X"},
    "inconclusive": {"color": "#555555", "marker": "o", "markerfacecolor": "white"},
}


@dataclass(frozen=True)
class Scale:
    """The scale of a row: its middle is no difference (of a level 0), and nothing of the row lies beyond -1 and 1."""

    distance: Callable[[float], float]  # of an effect from the middle
    largest: float  # such distance in the row
    ends: str  # what -1 and 1 stand for, in words

    def place(self, effect: float) -> float:
        return self.distance(effect) / self.largest if self.largest else 0.0


def draw(claims: pd.DataFrame) -> Figure:
    """A row for each claim, in the paper's order. `claims`: the paper's claims.csv."""
    with drawing.style.look():
        tested = claims[[is_shown(row) for _, row in claims.iterrows()]]
        if not len(tested):
            return drawing.style.sentence_alone("No test of this paper has an effect with an interval.")
        rows = dict(list(tested.groupby("claim", sort=False)))
        columns = columns_of(list(rows.values()))
        spacing = drawing.layout.Spacing(left=LABELS, right=ENDS, top=HEAD, bottom=0.1, across=0.04, down=0)
        figure, grid = drawing.layout.placed_grid(1, len(columns), ROW * len(rows), spacing, _handles())
        panels = dict(zip(columns, grid[0], strict=True))
        for column, axes in panels.items():
            _prepare(axes, column if len(columns) > 1 else "", len(rows))
        for place, (_, of_claim) in enumerate(rows.items()):
            scale = scale_of(of_claim)
            for _, claim in of_claim.iterrows():
                _draw_test(panels[_column(claim["centre"])], place, claim, scale)
            first, last = grid[0, 0], grid[0, -1]
            first.text(-EDGE - 0.1, place, _label(of_claim.iloc[0]), ha="right", va="center", fontsize=6)
            last.text(EDGE + 0.1, place, scale.ends, ha="left", va="center", fontsize=6)
        return figure


def is_shown(claim: pd.Series) -> bool:
    """Whether a claim has an effect with an interval."""
    return claim["verdict"] in LOOKS and not any(is_missing(claim[name]) for name in ("effect", "low", "high"))


def scale_of(tests: pd.DataFrame) -> Scale:
    """The scale of a claim's tests around several centres: the same for all, so that they can be compared."""
    claim = tests.iloc[0]
    is_level = not is_text(claim["reference"])
    numbers = tests[["effect", "low", "high"]].to_numpy(float).ravel()
    finite = [float(value) for value in numbers if math.isfinite(value)]
    if claim["how"] == "ratios" and not is_level:  # a ratio of 2 is as far from 1 as one of 1/2
        largest = max((abs(math.log(ratio)) for ratio in finite if ratio > 0), default=0.0)
        return Scale(
            lambda ratio: math.log(ratio) if ratio > 0 else -largest, largest, f"×/÷ {_short(math.exp(largest))}"
        )
    if claim["how"] == "superiority" and not is_level:
        largest = max((abs(value - 0.5) for value in finite), default=0.0)
        return Scale(lambda probability: probability - 0.5, largest, f"probability 0.5 ± {_short(largest)}")
    unit = "of runs" if claim["how"] == "rates" else measure_of(claim["measure"]).unit
    largest = max(map(abs, finite), default=0.0)
    return Scale(lambda effect: effect, largest, f"{'level ' if is_level else ''}± {_short(largest)} {unit}".rstrip())


def _short(value: float) -> str:
    """Three digits."""
    return tick(float(f"{value:.3g}"))


def columns_of(rows: Sequence[pd.DataFrame]) -> list[str]:
    """The centres in the order of the claim that has the most of them, then those that it lacks; at last no centre."""
    longest = sorted(rows, key=len, reverse=True)
    centres = dict.fromkeys(_column(centre) for row in longest for centre in row["centre"])
    return sorted(centres, key=lambda column: column == ALONE)


def _column(centre: Any) -> str:
    return centre.replace("-", "-\n") if is_text(centre) else ALONE


def _prepare(axes: Axes, head: str, n_rows: int) -> None:
    """A panel without ticks, with a line of no difference and faint lines between rows."""
    axes.set(xlim=(-EDGE, EDGE), ylim=(n_rows - 0.5, -0.5), xticks=[], yticks=[])
    axes.grid(visible=False)
    axes.axvline(0, color=drawing.style.REFERENCE, linewidth=0.7, zorder=1)
    axes.hlines(np.arange(n_rows) + 0.5, -EDGE, EDGE, color=drawing.style.STRIP, linewidth=0.5, zorder=0)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.set_title(head, fontsize=6)


def _draw_test(axes: Axes, row: int, claim: pd.Series, scale: Scale) -> None:
    look = LOOKS[claim["verdict"]]
    ends = [max(-EDGE, min(EDGE, scale.place(float(claim[end])))) for end in ("low", "high")]
    axes.plot(ends, [row, row], color=look["color"], linewidth=1.1, zorder=2)
    axes.plot(scale.place(float(claim["effect"])), row, markersize=3.8, linestyle="none", zorder=3, **look)


def _label(claim: pd.Series) -> str:
    """The name of a claim: its sentence in short, and its part, which tells claims of a sentence apart.

    A long part stands alone.
    """
    if not is_text(claim["part"]):
        return textwrap.shorten(claim["says"], LETTERS, placeholder=" …")
    room = LETTERS - len(f" ({claim['part']})")
    if room < FEWEST:
        return textwrap.shorten(claim["part"], LETTERS, placeholder=" …")
    return f"{textwrap.shorten(claim['says'], room, placeholder=' …')} ({claim['part']})"


def _handles() -> list[Any]:
    from matplotlib.lines import Line2D

    return [Line2D([], [], linewidth=1.1, markersize=4.5, label=verdict, **look) for verdict, look in LOOKS.items()]


def text(claims: pd.DataFrame) -> str:
    """The content of the text file beside the figure."""
    return f"{caption(claims)}\n\nAlternative text: {alternative(claims)}\n"


def caption(claims: pd.DataFrame) -> str:
    """What the figure shows."""
    return (
        "The effect of every test of the paper with its 95 % interval: a row for each claim, in the paper's order, and "
        "a column for each centre. Each row has its own scale, the same in all columns; its ends stand on the right. "
        f"Vertical lines: no difference (of a level: 0). {alternative(claims)}"
    )


def alternative(claims: pd.DataFrame) -> str:
    """For someone who cannot see the figure: how many tests have each verdict."""
    counts = Counter(row["verdict"] for _, row in claims.iterrows() if is_shown(row))
    words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    return f"Effects with intervals, a mark per test, by verdict: {words or 'none'}."
