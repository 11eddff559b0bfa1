"""Intervals of one sample of seeds. Where one is not defined, words stand in its place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, ndtri, stdtrit

Array = NDArray[np.float64]

MIN_SEEDS = 5  # below this the tables give no interval
LEVEL = 0.95
RESAMPLES = 9_999

TOO_FEW = "too few seeds for an interval"
TIE = "all seeds tie"
NONE = "no finished run"


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval; `low` and `high` are missing (NaN) where `words` say why."""

    estimate: float
    low: float
    high: float
    words: str


def ties(values: Array) -> bool:
    """Whether all values are equal up to rounding: then a sample says nothing about its spread."""
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


def undefined(values: Array) -> str:
    """Why a mean's interval is not defined for these values, or "" where it is."""
    if values.size == 0:
        return NONE
    if values.size < MIN_SEEDS:
        return TOO_FEW
    return TIE if ties(values) else ""


def t_interval(values: Array, level: float = LEVEL) -> Interval:
    """Student's t interval of the mean: exact for normal data, mean +- t * s / sqrt(n)."""
    mean = float(np.mean(np.sort(values))) if values.size else float("nan")
    if words := undefined(values):
        return Interval(mean, float("nan"), float("nan"), words)
    half = float(stdtrit(values.size - 1, (1 + level) / 2) * np.std(values, ddof=1) / np.sqrt(values.size))
    return Interval(mean, mean - half, mean + half, f"t {100 * level:g} %")


def bca_interval(values: Array, rng: np.random.Generator, level: float = LEVEL) -> Interval:
    """Bias-corrected and accelerated bootstrap interval of the mean (Efron 1987), by `scipy.stats.bootstrap`.

    The values are sorted first, so that the order of the seeds does not matter.
    """
    from scipy.stats import bootstrap  # half of the room's import time, needed here only

    mean = float(np.mean(np.sort(values))) if values.size else float("nan")
    if words := undefined(values):
        return Interval(mean, float("nan"), float("nan"), words)
    low, high = bootstrap(
        (np.sort(values),),
        np.mean,
        confidence_level=level,
        n_resamples=RESAMPLES,
        method="BCa",
        rng=rng,
    ).confidence_interval
    return Interval(mean, float(low), float(high), f"BCa bootstrap {100 * level:g} %")


def wilson_interval(successes: int, n: int, level: float = LEVEL) -> Interval:
    """Wilson's score interval of a rate (Wilson 1927): the rates that a score test does not reject."""
    if n == 0:
        return Interval(float("nan"), float("nan"), float("nan"), NONE)
    rate = successes / n
    if n < MIN_SEEDS:
        return Interval(rate, float("nan"), float("nan"), TOO_FEW)
    z = float(ndtri((1 + level) / 2))
    centre = (rate + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(rate * (1 - rate) / n + z**2 / (4 * n**2))
    low = float(centre - half) if successes > 0 else 0.0
    high = float(centre + half) if successes < n else 1.0
    return Interval(rate, low, high, f"Wilson {100 * level:g} %")


def tolerance_interval(values: Array, content: float = 0.9, level: float = LEVEL) -> Interval:
    """Distribution-free tolerance interval: with confidence `level` it holds at least `content` of all runs.

    The narrowest symmetric pair of order statistics (Wilks 1941): the share between the r-th smallest and the r-th
    largest of n values has the distribution Beta(n + 1 - 2r, 2r). `estimate` is the median.
    """
    n = values.size
    if n == 0:
        return Interval(float("nan"), float("nan"), float("nan"), NONE)
    median = float(np.median(values))
    ranks = np.arange(1, (n + 1) // 2 + 1)
    confident = ranks[1 - betainc(np.maximum(n + 1 - 2 * ranks, 1e-9), 2 * ranks, content) >= level]
    if confident.size == 0:
        words = f"needs {seeds_for_tolerance(content, level)} seeds"
        return Interval(median, float("nan"), float("nan"), words)
    rank = int(confident.max())
    ordered = np.sort(values)
    words = f"{100 * content:g} % of runs with {100 * level:g} % confidence"
    return Interval(median, float(ordered[rank - 1]), float(ordered[n - rank]), words)


def seeds_for_tolerance(content: float = 0.9, level: float = LEVEL) -> int:
    """Seeds from which the smallest and largest value make a tolerance interval."""
    n = 2
    while 1 - n * content ** (n - 1) + (n - 1) * content**n < level:
        n += 1
    return n
