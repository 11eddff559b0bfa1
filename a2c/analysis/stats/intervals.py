"""Confidence and tolerance intervals of one sample of seeds; where one is not defined, the reason in words."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, ndtri, stdtrit

Array = NDArray[np.float64]

MIN_SEEDS = 5  # below this the tables give no interval
LEVEL = 0.95
CONTENT = 0.9  # share of all runs that a tolerance interval holds
RESAMPLES = 9_999

TOO_FEW = "too few seeds for an interval"
TIE = "all seeds tie"
NONE = "no finished run"
LEAST_SPREAD = 1e-70  # of values: squares of the variance of a smaller one are 0


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval. `words`: the kind of interval, or, where `low` and `high` are NaN, the reason."""

    estimate: float
    low: float
    high: float
    words: str


def ties(values: Array) -> bool:
    """Whether all values are equal up to rounding, so that the sample has no spread to estimate from."""
    return bool(np.ptp(values) <= max(1e-12 * np.abs(values).max(), LEAST_SPREAD))


def undefined(values: Array) -> str:
    """The reason why the mean of these values has no interval, or "" if it has one."""
    if values.size == 0:
        return NONE
    if values.size < MIN_SEEDS:
        return TOO_FEW
    return TIE if ties(values) else ""


def t_interval(values: Array) -> Interval:
    """Student's t 95 % interval of the mean: mean +- t * s / sqrt(n), exact for normal data."""
    mean = float(np.mean(np.sort(values))) if values.size else float("nan")
    if words := undefined(values):
        return Interval(mean, float("nan"), float("nan"), words)
    half = float(stdtrit(values.size - 1, (1 + LEVEL) / 2) * np.std(values, ddof=1) / np.sqrt(values.size))
    return Interval(mean, mean - half, mean + half, f"t {100 * LEVEL:g} %")


def bca_interval(values: Array, rng: np.random.Generator) -> Interval:
    """Bias-corrected and accelerated bootstrap 95 % interval of the mean (Efron 1987), by `scipy.stats.bootstrap`.

    The values are sorted first, so that the order of the seeds does not matter.
    """
    from scipy.stats import bootstrap  # here, as it takes half of this room's import time

    mean = float(np.mean(np.sort(values))) if values.size else float("nan")
    if words := undefined(values):
        return Interval(mean, float("nan"), float("nan"), words)
    low, high = bootstrap(
        (np.sort(values),),
        np.mean,
        confidence_level=LEVEL,
        n_resamples=RESAMPLES,
        method="BCa",
        rng=rng,
    ).confidence_interval
    return Interval(mean, float(low), float(high), f"BCa bootstrap {100 * LEVEL:g} %")


def wilson_interval(successes: int, n: int) -> Interval:
    """Wilson's score 95 % interval of a rate (Wilson 1927): the rates that a score test does not reject."""
    if n == 0:
        return Interval(float("nan"), float("nan"), float("nan"), NONE)
    rate = successes / n
    if n < MIN_SEEDS:
        return Interval(rate, float("nan"), float("nan"), TOO_FEW)
    z = float(ndtri((1 + LEVEL) / 2))
    centre = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    low = float(centre - half) if successes > 0 else 0.0
    high = float(centre + half) if successes < n else 1.0
    return Interval(rate, low, high, f"Wilson {100 * LEVEL:g} %")


def tolerance_interval(values: Array) -> Interval:
    """Distribution-free tolerance interval: with 95 % confidence it holds at least 90 % of all runs.

    The narrowest symmetric pair of order statistics (Wilks 1941): the share between the r-th smallest and the r-th
    largest of n values has the distribution Beta(n + 1 - 2r, 2r). `estimate` is the median.
    """
    n = values.size
    if n == 0:
        return Interval(float("nan"), float("nan"), float("nan"), NONE)
    median = float(np.median(values))
    ranks = np.arange(1, (n + 1) // 2 + 1)
    confident = ranks[1 - betainc(np.maximum(n + 1 - 2 * ranks, 1e-9), 2 * ranks, CONTENT) >= LEVEL]
    if confident.size == 0:
        words = f"needs {seeds_for_tolerance()} seeds"
        return Interval(median, float("nan"), float("nan"), words)
    rank = int(confident.max())
    ordered = np.sort(values)
    words = f"{100 * CONTENT:g} % of runs with {100 * LEVEL:g} % confidence"
    return Interval(median, float(ordered[rank - 1]), float(ordered[n - rank]), words)


def seeds_for_tolerance() -> int:
    """The smallest number of seeds whose lowest and highest value make a tolerance interval."""
    n = 2
    while 1 - n * CONTENT ** (n - 1) + (n - 1) * CONTENT**n < LEVEL:
        n += 1
    return n
