"""Means of runs that all have the same value: what a bounded range says of them, where there is no spread for a t test.

Returns lie between a lowest and a highest one. If the true mean were lower than the runs' common value by d, a share of
at least d / (value - lowest) of all runs would have to differ from it, and n runs without one of those would be rare.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from a2c.analysis.stats.intervals import LEVEL


@dataclass(frozen=True)
class Tied:
    """Runs that all have the same value, within the range that a value can have."""

    value: float
    n: int
    low: float
    high: float


@dataclass(frozen=True)
class TiedMean:
    """The mean of runs that all tie, or the difference of two such means, with exact bounds.

    `first`, `second`: without a second one it is the mean of the first. A p value is the largest chance of these ties
    over all distributions on the range whose means fit the hypothesis.
    """

    first: Tied
    second: Tied | None = None

    @property
    def value(self) -> float:
        return self.first.value - (self.second.value if self.second else 0.0)

    def interval(self) -> tuple[float, float]:
        """The effects that neither p value rejects at 2.5 %."""
        return self._end(self._room_below(), -1), self._end(self._room_above(), 1)

    def p_above(self, cut: float) -> float:
        """p value of "the truth is at most `cut`"."""
        return _chance(self.value - cut, self._room_below())

    def p_below(self, cut: float) -> float:
        """p value of "the truth is at least `cut`"."""
        return _chance(cut - self.value, self._room_above())

    def _room_below(self) -> list[tuple[float, int]]:
        """How far below what was seen each true mean can push the effect, and the number of its runs."""
        room = [(self.first.value - self.first.low, self.first.n)]
        return room + ([(self.second.high - self.second.value, self.second.n)] if self.second else [])

    def _room_above(self) -> list[tuple[float, int]]:
        room = [(self.first.high - self.first.value, self.first.n)]
        return room + ([(self.second.value - self.second.low, self.second.n)] if self.second else [])

    def _end(self, room: list[tuple[float, int]], side: int) -> float:
        whole, tail = sum(width for width, _ in room), (1 - LEVEL) / 2
        if not whole:
            return self.value
        return self.value + side * float(brentq(lambda gap: _chance(gap, room) - tail, 0.0, whole))


def _chance(gap: float, room: list[tuple[float, int]]) -> float:
    """The largest chance of the ties if the truth is off by at least `gap`.

    With a share s of other runs, at the far end of a width w, a mean is off by s w, and n runs tie with (1 - s)^n. Of
    two samples the gap is split so that the product of their chances is largest: where its logarithm has slope 0.
    """
    if gap <= 0:
        return 1.0
    (width, n), *others = [(width, n) for width, n in room if width > 0] or [(0.0, 0)]
    if not others:
        return _share_of_ties(gap, width) ** n if gap < width else 0.0
    ((other, m),) = others
    if gap >= width + other:
        return 0.0
    best = (m * width - n * (other - gap)) / (n + m)
    first = float(np.clip(best, max(0.0, gap - other), min(width, gap)))
    return _share_of_ties(first, width) ** n * _share_of_ties(gap - first, other) ** m


def _share_of_ties(gap: float, width: float) -> float:
    """The largest share of runs that can have the common value where the mean is off by `gap`."""
    return max(0.0, 1 - gap / width)
