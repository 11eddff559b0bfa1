"""Corrections for several tests."""

import numpy as np
from numpy.typing import NDArray

from a2c.analysis.stats.intervals import LEVEL

Array = NDArray[np.float64]


def holm(p: Array) -> Array:
    """Holm's step-down adjusted p values (Holm 1979), valid under any dependence. Missing ones stay missing."""
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    scaled = p[order] * np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted


def holm_levels(p: Array) -> Array:
    """The levels at which intervals agree with Holm's test: they exclude 0 exactly where the adjusted p is below 0.05.

    Holm 1979 compares the k-th smallest of m p values with 0.05 / (m - k + 1), up to the first that is not below; the
    tests after it share its level. Missing p values have no level.
    """
    levels = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    alphas = (1 - LEVEL) / np.arange(order.size, 0, -1)
    kept = np.flatnonzero(p[order] >= alphas)
    if kept.size:
        alphas[kept[0] :] = alphas[kept[0]]
    levels[order] = 1 - alphas
    return levels
