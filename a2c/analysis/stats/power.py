"""Sample size: from a pilot's spread to the number of seeds that a test needs.

An answer above `MOST_SEEDS` is None: so many seeds are not feasible.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, nctdtr, ndtri, stdtrit

from a2c.analysis.stats.intervals import LEVEL, MIN_SEEDS
from a2c.config.measures import ALPHA

Array = NDArray[np.float64]

MOST_SEEDS = 1_000
POWER = 0.8


def one_sided_power(gap: float, spreads: Sequence[float], n: Array, alpha: float) -> Array:
    """Power of a one-sided t test whose truth lies `gap` beyond the cut, for each number of seeds per sample in `n`.

    One standard deviation in `spreads`: a one-sample test; two: Welch's. The noncentral t distribution at
    Satterthwaite's degrees of freedom, exact for one sample of normal data.
    """
    squares = np.square(spreads)
    df = (n - 1) * squares.sum() ** 2 / np.square(squares).sum()
    missed = nctdtr(df, gap / np.sqrt(squares.sum() / n), stdtrit(df, 1 - alpha))
    # NaN far out in the tail: there the test always finds a gap of the right sign, and never one of the wrong sign.
    return 1 - np.where(np.isnan(missed), float(gap < 0), missed)


def seeds_for_region(
    gaps: tuple[float, float], spreads: Sequence[float], alpha: float, power: float = POWER
) -> int | None:
    """Seeds per sample with which a true effect inside a region, `gaps` from its two ends, is shown to lie in it.

    One infinite gap: a one-sided test. Both finite: TOST, whose power is at least the sum of its two tests' less 1.
    """
    if min(gaps) <= 0:
        return None
    n = np.arange(MIN_SEEDS, MOST_SEEDS + 1, dtype=float)
    missed = [1 - one_sided_power(gap, spreads, n, alpha) for gap in gaps if np.isfinite(gap)]
    reached = 1 - np.sum(missed, axis=0)
    return _first(n, reached >= power)


def seeds_for_difference(
    difference: float, spreads: tuple[float, float], alpha: float = ALPHA, power: float = POWER
) -> int | None:
    """Seeds per configuration with which Welch's two-sided test finds a difference, from a pilot's deviations."""
    return seeds_for_region((abs(difference), np.inf), spreads, alpha / 2, power)


def seeds_for_rate(rate: float, cut: float, alpha: float) -> int | None:
    """Seeds with which an exact binomial test shows, at 80 % power, on which side of `cut` a true `rate` lies."""
    if rate == cut or not 0 < cut < 1:
        return None
    if rate > cut:
        rate, cut = 1 - rate, 1 - cut  # the share of failures lies below its cut
    n = np.arange(MIN_SEEDS, MOST_SEEDS + 1)
    successes = np.arange(MOST_SEEDS + 1)
    # The most successes that still reject, -1 where none does; then the chance of no more than those.
    most = np.array([np.searchsorted(bdtr(successes[: size + 1], size, cut), alpha, "right") for size in n]) - 1
    reached = np.where(most >= 0, bdtr(np.maximum(most, 0), n, rate), 0.0)
    return _first(n, reached >= POWER)


def seeds_by_interval(gap: float, interval: Sequence[float], n: int, alpha: float) -> int | None:
    """Seeds with which a one-sided test at `alpha` shows, at 80 % power, a truth `gap` beyond its cut.

    `interval`: the 95 % interval from `n` seeds on the scale of `gap`, taken as that of a normal estimate.
    """
    error = (interval[1] - interval[0]) / (2 * ndtri((1 + LEVEL) / 2))
    if not (gap > 0 and np.isfinite(error)):
        return None
    needed = n * ((ndtri(1 - alpha) + ndtri(POWER)) * error / gap) ** 2
    return max(MIN_SEEDS, int(np.ceil(needed))) if needed <= MOST_SEEDS else None


def _first(n: NDArray[np.generic], enough: NDArray[np.bool_]) -> int | None:
    return int(n[np.argmax(enough)]) if enough.any() else None
