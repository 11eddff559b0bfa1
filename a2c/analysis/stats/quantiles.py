"""Quantiles over runs: what the worst tenth reaches, say, for any distribution."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc

from a2c.analysis.stats.intervals import LEVEL

Array = NDArray[np.float64]


def quantile(sample: Array, share: float) -> float:
    """The value with this share of the sample below it, by linear interpolation, in which infinity is a number.

    Between a finite and an infinite value it is infinite, where NumPy has NaN. Times may be infinite.
    """
    if np.isfinite(sample).all():
        return float(np.quantile(sample, share))
    place = round(share * (sample.size - 1), 9)  # up to rounding, so that it is a whole number where it should be
    lower, upper = np.sort(sample)[[math.floor(place), math.ceil(place)]]
    if math.isfinite(lower) and math.isfinite(upper):
        return float(lower + (place % 1) * (upper - lower))
    return float(lower if np.isinf(lower) else upper)


@dataclass(frozen=True)
class Quantile:
    """A quantile of a sample. The number of runs below a level is binomial, which gives exact tests and intervals."""

    sample: Array
    share: float  # of runs below it

    @property
    def value(self) -> float:
        return quantile(self.sample, self.share) if self.sample.size else float("nan")

    def interval(self) -> tuple[float, float]:
        """Two order statistics between which the quantile lies with 95 % confidence or more; infinite without one.

        Each side misses it in at most 2.5 %.
        """
        ordered, n, tail = np.sort(self.sample), self.sample.size, (1 - LEVEL) / 2
        below = bdtr(np.arange(n + 1), n, self.share)  # the chance of at most k runs below the quantile
        first = int(np.searchsorted(below, tail, "right"))  # so many are below with at most 2.5 %
        last = int(np.searchsorted(below, 1 - tail, "left"))
        low = ordered[first - 1] if first else -np.inf
        high = ordered[last] if last < n else np.inf
        return float(low), float(high)

    def p_above(self, cut: float) -> float:
        """p value of "the quantile is at most `cut`", by the runs at or below it: too few for a share of `share`."""
        if np.isinf(cut):
            return float(cut > 0)
        return float(bdtr(int(np.sum(self.sample <= cut)), self.sample.size, self.share))

    def p_below(self, cut: float) -> float:
        """p value of "the quantile is at least `cut`", by the runs below it: too many."""
        if np.isinf(cut):
            return float(cut < 0)
        k = int(np.sum(self.sample < cut))
        return float(bdtrc(k - 1, self.sample.size, self.share)) if k else 1.0
