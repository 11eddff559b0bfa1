"""Comparing two samples of seeds: estimates with p values against any cut, correction for many, effect sizes."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb, lgamma
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import chdtri, nctdtr, stdtr, stdtrit

from a2c.analysis.stats.intervals import LEVEL, MIN_SEEDS, TIE, ties
from a2c.streams import generator

Array = NDArray[np.float64]

RESAMPLES = 9_999


class Effect(Protocol):
    """An estimate that can be tested against any cut: of means, ratios, shares, times, quantiles, superiority."""

    @property
    def value(self) -> float: ...
    def interval(self) -> tuple[float, float]: ...
    def p_above(self, cut: float) -> float: ...
    def p_below(self, cut: float) -> float: ...


@dataclass(frozen=True)
class Estimate:
    """A mean, or a difference of means, whose distance from the truth over `standard_error` has a t distribution."""

    value: float
    standard_error: float
    df: float

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Two-sided confidence interval, of 95 % unless another `level` is given."""
        half = float(stdtrit(self.df, (1 + level) / 2)) * self.standard_error
        return self.value - half, self.value + half

    def p_above(self, cut: float) -> float:
        """p value of "the truth is at most `cut`": small where it lies above."""
        return float(stdtr(self.df, (cut - self.value) / self.standard_error))

    def p_below(self, cut: float) -> float:
        """p value of "the truth is at least `cut`": small where it lies below."""
        return float(stdtr(self.df, (self.value - cut) / self.standard_error))

    def p_differs(self) -> float:
        """Two-sided p value of "the truth is 0"."""
        return 2 * min(self.p_above(0.0), self.p_below(0.0))


@dataclass(frozen=True)
class Ratio:
    """A geometric mean, or a ratio of two: an estimate of logarithms on its own scale."""

    logs: Estimate

    @property
    def value(self) -> float:
        return float(np.exp(self.logs.value))

    def interval(self) -> tuple[float, float]:
        low, high = self.logs.interval()
        return float(np.exp(low)), float(np.exp(high))

    def p_above(self, cut: float) -> float:
        """p value of "the truth is at most `cut`"."""
        return self.logs.p_above(float(np.log(cut))) if cut > 0 else 0.0

    def p_below(self, cut: float) -> float:
        """p value of "the truth is at least `cut`"."""
        return self.logs.p_below(float(np.log(cut))) if cut > 0 else 1.0


@dataclass(frozen=True)
class Bracketed:
    """An effect of runs of which some are known between bounds only: a test takes the bounds that are against it.

    `smallest`, `largest`: the effects of the runs' bounds; None where these cannot be tested.
    Of any values that runs may have within their bounds, the mean lies between those of the bounds. So a test that
    rejects on the bounds that are against it is as seldom wrong as one on the values.
    """

    estimate: Effect
    smallest: Effect | None
    largest: Effect | None

    @property
    def value(self) -> float:
        return self.estimate.value

    def interval(self) -> tuple[float, float]:
        """From the lower end of the smallest to the upper end of the largest effect; missing where there is none."""
        low = self.smallest.interval()[0] if self.smallest else float("nan")
        return low, self.largest.interval()[1] if self.largest else float("nan")

    def p_above(self, cut: float) -> float:
        """p value of "the truth is at most `cut`"."""
        return self.smallest.p_above(cut) if self.smallest else float(cut > -np.inf)

    def p_below(self, cut: float) -> float:
        """p value of "the truth is at least `cut`"."""
        return self.largest.p_below(cut) if self.largest else float(cut < np.inf)


TOO_FEW = "too few seeds for a test"
UNDEFINED = Estimate(float("nan"), float("nan"), float("nan"))


def untestable(*samples: Array) -> str:
    """The reason why the samples cannot be tested, or "" if they can."""
    if any(sample.size < MIN_SEEDS for sample in samples):
        return TOO_FEW
    return TIE if all(ties(sample) for sample in samples) else ""


def mean(sample: Array) -> Estimate:
    """The mean of one sample, for one-sample t tests. Its standard error is 0 where all values tie."""
    n = sample.size
    if n < 2:
        return Estimate(float(sample.mean()), float("nan"), float("nan")) if n else UNDEFINED
    return Estimate(float(np.mean(np.sort(sample))), float(np.std(sample, ddof=1) / np.sqrt(n)), n - 1)


def welch(a: Array, b: Array) -> Estimate:
    """mean(a) - mean(b) without assuming equal spreads (Welch 1947)."""
    return difference(mean(a), mean(b))


def difference(first: Estimate, second: Estimate) -> Estimate:
    """The difference of two independent means."""
    squares = np.array([first.standard_error, second.standard_error]) ** 2
    return with_variances(first.value - second.value, squares, np.array([first.df, second.df]))


def with_variances(value: float, variances: Array, freedoms: Array) -> Estimate:
    """An estimate whose variance is the sum of independent parts, with Satterthwaite's degrees of freedom.

    `freedoms`: the degrees of freedom of each part. Where the variance is 0, there are none.
    """
    total = variances.sum()
    df = total**2 / np.sum(variances**2 / freedoms) if total > 0 else float("nan")
    return Estimate(value, float(np.sqrt(total)), float(df))


def p_equivalent(estimate: Effect, low: float, high: float) -> float:
    """TOST (Schuirmann 1987): p value of "the truth lies outside (low, high)"; one infinite bound: non-inferiority."""
    return max(estimate.p_above(low), estimate.p_below(high))


def hedges_g(a: Array, b: Array) -> tuple[float, float, float]:
    """Standardised difference (mean(a) - mean(b)) / pooled s, corrected for small samples, with its 95 % interval.

    Hedges 1981: J = Gamma(df/2) / (sqrt(df/2) Gamma((df-1)/2)). The interval inverts the noncentral t distribution
    (Steiger and Fouladi 1997), exact for normal data of equal spread. All three missing where the pooled s is 0.
    """
    df = a.size + b.size - 2
    if min(a.size, b.size) < 2 or (ties(a) and ties(b)):
        return float("nan"), float("nan"), float("nan")
    pooled = np.sqrt(((a.size - 1) * np.var(a, ddof=1) + (b.size - 1) * np.var(b, ddof=1)) / df)
    scale = float(np.sqrt(1 / a.size + 1 / b.size))
    d = float((np.mean(np.sort(a)) - np.mean(np.sort(b))) / pooled)
    correction = float(np.exp(lgamma(df / 2) - lgamma((df - 1) / 2)) / np.sqrt(df / 2))
    tail = (1 - LEVEL) / 2
    low, high = (noncentrality(df, d / scale, p) * scale for p in (1 - tail, tail))
    return correction * d, correction * low, correction * high


def noncentrality(df: float, t: float, p: float) -> float:
    """The noncentrality at which a noncentral t variable is at most `t` with probability `p` (0.0005 to 0.9995).

    Missing beyond |t| = 10,000, where SciPy's distribution function ends.
    """
    if abs(t) > 1e4:
        return float("nan")
    # t = (Z + noncentrality) / U: four deviations of Z, and U = sqrt(chi2 / df) between its outermost 1e-4 quantiles.
    ends = t * np.sqrt(chdtri(df, [1e-4, 1 - 1e-4]) / df)
    return float(brentq(lambda nc: nctdtr(df, nc, t) - p, ends.min() - 4, ends.max() + 4))


def permutation_test(a: Array, b: Array) -> float:
    """Two-sided p value of a permutation test with Welch's t as the statistic, which stays valid where spreads differ.

    Chung and Romano 2013. 10,000 splits: the observed one and random ones; or all of them where there are fewer. As in
    SciPy, p is twice the smaller one-sided p.
    """
    pooled = np.concatenate([np.sort(a), np.sort(b)])
    t = _welch_t(pooled - pooled.mean(), _splits(a.size, b.size))
    near = 1e-9 * abs(t[0])  # a split that differs from the observed one by rounding alone counts as equal
    return float(min(1.0, 2 * min(np.mean(t >= t[0] - near), np.mean(t <= t[0] + near))))


@lru_cache(maxsize=4)
def _splits(n_a: int, n_b: int) -> NDArray[np.bool_]:
    """Which of the pooled values are in the first sample, a row for each split; the observed one is the first.

    All tests of two sizes use the same random splits, from a stream of their own.
    """
    n = n_a + n_b
    if comb(n, n_a) <= RESAMPLES + 1:
        return np.array([np.isin(np.arange(n), chosen) for chosen in combinations(range(n), n_a)])
    splits = np.tile(np.arange(n) < n_a, (RESAMPLES + 1, 1))
    generator(0, f"permutations {n_a} {n_b}").permuted(splits[1:], axis=1, out=splits[1:])
    return splits


def _welch_t(centred: Array, splits: NDArray[np.bool_]) -> Array:
    """Welch's t of each split of the values, whose mean is 0, from the sums and the sums of squares of the samples."""
    values = centred / (np.abs(centred).max() or 1.0)
    moments = np.stack([values, values**2], axis=1)
    first = np.concatenate([part @ moments for part in np.array_split(splits, 20)])
    n_first = np.count_nonzero(splits[0])
    error, means = np.zeros(len(splits)), []
    for (total, squares), n in ((first.T, n_first), ((moments.sum(axis=0) - first).T, values.size - n_first)):
        means.append(total / n)
        error += (squares - total**2 / n) / (n * (n - 1))
    # Where both samples tie, rounding leaves a little of the error; the statistic is huge instead of infinite.
    tie = error <= 1e-14 * moments[:, 1].mean()
    return np.asarray((means[0] - means[1]) / np.sqrt(np.where(tie, 1e-300, error)))
