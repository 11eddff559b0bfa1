"""Shares of runs: one against a number, and two against each other, by exact tests."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, gammaln, xlogy

from a2c.analysis.stats.intervals import wilson_interval

Array = NDArray[np.float64]
NUISANCE = 201  # values of the second rate at which an exact p value is taken; the largest counts


@dataclass(frozen=True)
class Rate:
    """A share of runs: Wilson's interval, the exact binomial test (valid at any n, where the score test is not)."""

    successes: int
    n: int

    @property
    def value(self) -> float:
        return self.successes / self.n if self.n else float("nan")

    def interval(self) -> tuple[float, float]:
        wilson = wilson_interval(self.successes, self.n)
        return wilson.low, wilson.high

    def p_above(self, cut: float) -> float:
        """p value of "the rate is at most `cut`"."""
        if not 0 <= cut < 1:
            return float(cut >= 1)
        return float(bdtrc(self.successes - 1, self.n, cut)) if self.successes else 1.0

    def p_below(self, cut: float) -> float:
        """p value of "the rate is at least `cut`"."""
        if not 0 < cut <= 1:
            return float(cut <= 0)
        return float(bdtr(self.successes, self.n, cut))


@dataclass(frozen=True)
class RateDifference:
    """The difference of two shares of runs, first less second.

    The interval is Newcombe's (1998, method 10), from Wilson's intervals of both. The p value is exact and
    unconditional (Chan 1998): tables are ordered by the score statistic of Farrington and Manning (1990), and the
    second rate is the one that makes the p value largest.
    """

    first: Rate
    second: Rate

    @property
    def value(self) -> float:
        return self.first.value - self.second.value

    def interval(self) -> tuple[float, float]:
        (low_1, high_1), (low_2, high_2) = self.first.interval(), self.second.interval()
        p, q = self.first.value, self.second.value
        below = float(np.hypot(p - low_1, high_2 - q))
        above = float(np.hypot(high_1 - p, q - low_2))
        return self.value - below, self.value + above

    def p_above(self, cut: float) -> float:
        """p value of "the difference is at most `cut`"."""
        if not -1 <= cut < 1:
            return float(cut >= 1)
        scores = _scores(self.first.n, self.second.n, cut)
        return self._chance(scores >= scores[self.first.successes, self.second.successes] - 1e-9, cut)

    def p_below(self, cut: float) -> float:
        """p value of "the difference is at least `cut`"."""
        return self._swapped.p_above(-cut)

    @cached_property
    def _swapped(self) -> "RateDifference":
        return RateDifference(self.second, self.first)

    def _chance(self, tables: NDArray[np.bool_], cut: float) -> float:
        """The largest chance of some tables where the rates differ by `cut`."""
        second = np.linspace(max(0.0, -cut), min(1.0, 1.0 - cut), NUISANCE)
        first = np.clip(second + cut, 0.0, 1.0)
        rows, columns = (_binomial(rate.n, p) for rate, p in ((self.first, first), (self.second, second)))
        return float(min(1.0, np.einsum("pi,ij,pj->p", rows, tables.astype(float), columns, optimize=True).max()))


def _binomial(n: int, p: Array) -> Array:
    """The chances of 0 to n successes, [p, n + 1]."""
    k = np.arange(n + 1)
    p = p[:, None]
    return np.exp(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, p) + xlogy(n - k, 1 - p))


def _scores(n: int, m: int, cut: float) -> Array:
    """The score statistic of "first less second is `cut`" for every table, [n + 1, m + 1]."""
    p, q = (np.arange(size + 1) / size for size in (n, m))
    difference = p[:, None] - q[None, :] - cut
    restricted = _restricted(p[:, None], q[None, :], n, m, cut)
    variance = restricted * (1 - restricted) / n + (restricted - cut) * (1 - restricted + cut) / m
    floor = 1e-12  # where both restricted rates are 0 or 1
    return difference / np.sqrt(np.maximum(variance, floor))


def _restricted(p: Array, q: Array, n: int, m: int, cut: float) -> Array:
    """The most likely first rate, given that it is `cut` above the second (Farrington and Manning 1990, appendix)."""
    share = m / n
    a = 1 + share
    b = -(1 + share + p + share * q + cut * (share + 2))
    c = cut**2 + cut * (2 * p + share + 1) + p + share * q
    d = -p * cut * (1 + cut)
    v = b**3 / (3 * a) ** 3 - b * c / (6 * a**2) + d / (2 * a)
    u = np.where(v >= 0, 1.0, -1.0) * np.sqrt(np.maximum(b**2 / (3 * a) ** 2 - c / (3 * a), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(u == 0, 0.0, v / u**3)
    w = (np.pi + np.arccos(np.clip(ratio, -1.0, 1.0))) / 3
    return np.clip(2 * u * np.cos(w) - b / (3 * a), max(0.0, cut), min(1.0, 1.0 + cut))
