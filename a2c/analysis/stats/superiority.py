"""Probability of superiority: how often a run of one setting beats a run of another, ties counted half."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from a2c.analysis.stats.comparisons import Estimate
from a2c.analysis.stats.intervals import LEVEL

Array = NDArray[np.float64]


class Superiority(Estimate):
    """An estimate of P(X > Y) + P(X = Y) / 2, whose distance from the truth over `standard_error` is nearly t."""

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Two-sided confidence interval, within 0 and 1."""
        low, high = super().interval(level)
        return max(0.0, low), min(1.0, high)


def brunner_munzel(a: Array, b: Array) -> Superiority:
    """How often a run of `a` beats one of `b` (Brunner and Munzel 2000), whatever the two distributions are.

    A standard error of 0, where every run of one beats every run of the other, would claim certainty: there it is
    that of samples whose nearest two runs have changed places.
    """
    value, squares = _estimate(a, b)
    if not squares.sum() > 0:
        _, squares = _estimate(*_nearest_swapped(a, b))
    sizes = np.array([a.size, b.size])
    df = squares.sum() ** 2 / np.sum(squares**2 / (sizes - 1))
    return Superiority(value, float(np.sqrt(squares.sum())), float(df))


def _estimate(a: Array, b: Array) -> tuple[float, Array]:
    """The probability, and the two parts of its squared standard error.

    The placement of a run is the share of the other sample that it beats; the squared standard error is the sum of the
    variances of both samples' placements, each over the sample's size.
    """
    ranks = rankdata(np.concatenate([a, b]))
    of_a = (ranks[: a.size] - rankdata(a)) / b.size
    of_b = (ranks[a.size :] - rankdata(b)) / a.size
    squares = np.array([np.var(of_a, ddof=1) / a.size, np.var(of_b, ddof=1) / b.size])
    return float(np.mean(np.sort(of_a))), squares


def _nearest_swapped(a: Array, b: Array) -> tuple[Array, Array]:
    """Two separate samples, the nearest run of each in the other."""
    low, high = (np.sort(b), np.sort(a)) if a.min() >= b.max() else (np.sort(a), np.sort(b))
    low[-1], high[0] = high[0], low[-1]
    return (high, low) if a.min() >= b.max() else (low, high)
