"""Confidence bands of a mean curve over seeds: pointwise, and simultaneous over the whole curve."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from a2c.analysis.stats.intervals import LEVEL, MIN_SEEDS

Array = NDArray[np.float64]

RESAMPLES = 2_000
# A resample that consists of nearly one seed has almost no spread, and an unbounded t value. Its standard error is
# therefore at least this share of the sample's: with 20 seeds that changes nothing, with 5 it keeps the band finite
# (coverage: docs/statistics.md).
SMALLEST_SPREAD = 0.25


@dataclass(frozen=True)
class Band:
    """A mean curve with its bands, arrays of shape (points,). Missing (NaN) where a band is not defined."""

    mean: Array
    pointwise_low: Array
    pointwise_high: Array
    band_low: Array
    band_high: Array


def band(curves: Array, rng: np.random.Generator) -> Band:
    """Mean and 95 % bands of `curves`, shape (seeds, points).

    The mean is missing wherever a seed's value is: a mean over some of the seeds is another quantity. Bands need five
    seeds, and a spread: where all seeds tie they are missing.
    """
    # Sorted by their ends, so that the order of the seeds does not matter.
    curves = curves[np.lexsort(curves.T)] if len(curves) else curves
    n, points = curves.shape
    mean = curves.mean(axis=0) if n else np.full(points, np.nan)
    missing = np.full(points, np.nan)
    if n < MIN_SEEDS:
        return Band(mean, missing, missing, missing, missing)
    spread = curves.std(axis=0, ddof=1)
    spread[~(spread > 1e-12 * np.abs(curves).max(axis=0))] = np.nan
    error = spread / np.sqrt(n)
    pointwise = float(stdtrit(n - 1, (1 + LEVEL) / 2))
    known = ~np.isnan(spread)
    sup = sup_t((curves[:, known] - mean[known]) / spread[known], rng) if known.any() else pointwise
    sup = max(sup, pointwise)
    return Band(mean, mean - pointwise * error, mean + pointwise * error, mean - sup * error, mean + sup * error)


def sup_t(residuals: Array, rng: np.random.Generator) -> float:
    """Critical value of the largest |t| over a curve, by the studentised bootstrap of whole seeds.

    `residuals`, shape (seeds, points), have mean 0 and standard deviation 1 at every point. A resample's t at a point
    is the mean of its residuals over its own standard error. Montiel Olea and Plagborg-Møller 2019 (sup-t bands);
    Efron and Tibshirani 1993, chapter 12 (bootstrap-t).
    """
    n = len(residuals)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=RESAMPLES).astype(float)
    means = counts @ residuals / n
    variances = (counts @ residuals**2 / n - means**2) * n / (n - 1)
    largest = np.max(means**2 / np.maximum(variances, SMALLEST_SPREAD**2), axis=1)
    return float(np.quantile(np.sqrt(n * largest), LEVEL))
