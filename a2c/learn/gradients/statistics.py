"""Norms of means without the bias that noise adds, and their bootstrap, from the inner products of independent groups.

The order of every sum is written down, so that the numbers are the same on every machine.
"""

import numpy as np
from numpy.typing import NDArray

from a2c import streams

Doubles = NDArray[np.float64]

RESAMPLES = 999
LOW, HIGH = 24, 974  # places of the 2.5 and 97.5 % points among so many sorted values


def resampled(n_groups: int, seed: int, purpose: str) -> Doubles:
    """How often each group is drawn in each resample, [1 + RESAMPLES, groups]; the first is the sample itself."""
    drawn = streams.generator(seed, purpose).integers(0, n_groups, (RESAMPLES, n_groups))
    counts = np.stack([(drawn == group).sum(axis=1) for group in range(n_groups)], axis=1)  # whole numbers
    return np.concatenate([np.ones((1, n_groups)), counts.astype(np.float64)])


def total(weights: Doubles, values: Doubles) -> Doubles:
    """sum over groups of weight times value, [resamples]; `weights`: [resamples, groups], `values`: [groups]."""
    result = np.zeros(len(weights))
    for group, value in enumerate(values):
        result += weights[:, group] * value
    return result


def mean(weights: Doubles, values: Doubles) -> Doubles:
    """The weighted mean of a number per group, [resamples]."""
    return total(weights, values) / total(weights, np.ones(weights.shape[1]))


def squared_norm(weights: Doubles, inner: Doubles) -> Doubles:
    """The squared norm of the groups' mean vector without bias, [resamples]; `inner`: [groups, groups].

    The square of a mean's norm is too large by the noise in it. Inner products of different groups have no noise in
    common, so their mean is right; it can be negative. A group that is drawn twice is not paired with itself.
    """
    apart = inner - np.diag(np.diagonal(inner))
    products, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for group, products_of_group in enumerate(apart):
        products += weights[:, group] * total(weights, products_of_group)
        pairs += weights[:, group] * (len(inner) - weights[:, group])
    return products / pairs


def error_squared(inner: Doubles) -> float:
    """The squared standard error of the groups' mean vector: its expected squared distance from the true one."""
    weights = np.ones((1, len(inner)))
    own = mean(weights, np.ascontiguousarray(np.diagonal(inner)))[0]
    return max(0.0, float(own - squared_norm(weights, inner)[0]) / len(inner))


def root(squares: Doubles) -> Doubles:
    """The root of estimated squares; 0 for a negative one."""
    return np.sqrt(np.maximum(squares, 0.0))


def ratio(values: Doubles, squares: Doubles) -> Doubles:
    """The values over the root of estimated squares; NaN where the squares cannot be told from 0."""
    if interval(squares)[1] <= 0:
        return np.full(len(values), np.nan)
    known = squares > 0
    return np.where(known, values / np.sqrt(np.where(known, squares, 1.0)), np.copysign(np.inf, values))


def interval(values: Doubles) -> tuple[float, float, float]:
    """The estimate and its 95 % percentile interval (NaN if a value is); `values`: of the sample and its resamples."""
    if np.isnan(values).any():
        return (float(values[0]), float("nan"), float("nan"))
    ordered = np.sort(values[1:])
    return float(values[0]), float(ordered[LOW]), float(ordered[HIGH])
