"""Times until an event that some runs do not reach within the budget."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from a2c.analysis.stats.comparisons import Estimate, welch

Array = NDArray[np.float64]


@dataclass(frozen=True)
class TimeDifference:
    """The difference of two settings' mean times within the budget, first less second.

    A run without the event counts with the whole budget (the restricted mean; nothing is censored before). Against 0
    the test is the log-rank test, against another number Welch's.
    """

    means: Estimate
    z: float  # of the log-rank test: negative where the first setting is the faster one

    @property
    def value(self) -> float:
        return self.means.value

    def interval(self) -> tuple[float, float]:
        return self.means.interval()

    def p_above(self, cut: float) -> float:
        """p value of "the difference is at most `cut`"."""
        if np.isinf(cut):
            return float(cut > 0)
        return float(ndtr(-self.z)) if cut == 0 else self.means.p_above(cut)

    def p_below(self, cut: float) -> float:
        """p value of "the difference is at least `cut`"."""
        if np.isinf(cut):
            return float(cut < 0)
        return float(ndtr(self.z)) if cut == 0 else self.means.p_below(cut)


def time_difference(a: Array, b: Array, budget: float) -> TimeDifference:
    """Compare times of two settings; infinite where the event did not happen within the `budget`."""
    return TimeDifference(welch(restricted(a, budget), restricted(b, budget)), log_rank(a, b))


def restricted(times: Array, budget: float) -> Array:
    """The times, with the budget where the event did not happen."""
    return np.minimum(times, budget)


def log_rank(a: Array, b: Array) -> float:
    """The z statistic of the log-rank test (Mantel 1966): positive where `a` has fewer events than expected.

    At each time of an event: what `a` would have of the events, if they fell on all runs still without one alike. The
    variance is that of the hypergeometric distribution, which allows for ties.
    """
    at = np.unique(np.concatenate([a, b]))
    at = at[np.isfinite(at)]
    events = np.array([np.sum(a == t) + np.sum(b == t) for t in at], float)
    left_a = np.array([np.sum(a >= t) for t in at], float)
    left = left_a + np.array([np.sum(b >= t) for t in at], float)
    share = left_a / left
    expected = float(np.sum(events * share))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(left > 1, (left - events) / (left - 1), 0.0)
    variance = float(np.sum(events * share * (1 - share) * spread))
    return (expected - float(np.isfinite(a).sum())) / float(np.sqrt(variance)) if variance > 0 else 0.0
