"""Aggregates of normalised scores over environments, with the stratified bootstrap of Agarwal et al. 2021.

(Deep Reinforcement Learning at the Edge of the Statistical Precipice.) Scores have the shape (seeds, environments,
points); a point is a step of a learning curve, and a single number has one point. An environment is a stratum: its runs
are resampled with replacement within it, whole curves at a time, so that a curve's points stay together.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from a2c.analysis.references import MIN_ENVIRONMENTS
from a2c.analysis.stats.intervals import LEVEL

Array = NDArray[np.float64]
Counts = NDArray[np.uint8] | NDArray[np.uint32]

STATISTICS = ("iqm", "mean", "median", "optimality_gap")
CHUNK = 5_000  # resamples at a time: arrays that fit the cache are several times as fast
BYTE = 255  # the largest count in a byte, which is the fastest; larger ones take four bytes


def iqm(scores: Array) -> Array:
    """Interquartile mean over all runs of all environments: without the lowest and the highest quarter, per point.

    ValueError for fewer than three environments: there the mean drops whole seeds of one environment, and hides failed
    runs (of eight 500s, a 60 and a 90 it is 500).
    """
    if scores.shape[1] < MIN_ENVIRONMENTS:
        raise ValueError(f"{scores.shape[1]} environment(s); allowed: an IQM over {MIN_ENVIRONMENTS} or more")
    runs = scores.shape[0] * scores.shape[1]
    cut = runs // 4
    return np.sort(scores.reshape(runs, -1), axis=0)[cut : runs - cut].mean(axis=0)


def mean(scores: Array) -> Array:
    """Mean over environments of the mean over seeds."""
    return scores.mean(axis=(0, 1))


def median(scores: Array) -> Array:
    """Median over environments of the mean over seeds."""
    return np.median(scores.mean(axis=0), axis=0)


def optimality_gap(scores: Array) -> Array:
    """Mean over runs of max(0, 1 - score), per point."""
    return 1 - np.minimum(scores, 1).mean(axis=(0, 1))


def bootstrap(scores: Array, statistic: str, resamples: int, rng: np.random.Generator) -> Array:
    """The statistic of each of `resamples` stratified resamples, shape (resamples, points).

    A resample is a count per run: how often it was drawn. Means are products with these counts, and the sorted resample
    is the sorted sample with each score repeated that often; so no resampled scores are stored.
    """
    seeds, environments, points = scores.shape
    statistics = np.empty((resamples, points))
    for rows, counts in _draws(seeds, environments, resamples, rng):
        if statistic == "iqm":
            statistics[rows] = _resampled_iqm(scores, counts)
            continue
        values = np.minimum(scores, 1) if statistic == "optimality_gap" else scores
        means = np.stack([counts[:, e].T.astype(float) @ values[:, e] for e in range(environments)]) / seeds
        if statistic == "median":
            statistics[rows] = np.median(means, axis=0)
        else:
            statistics[rows] = means.mean(axis=0)
    return 1 - statistics if statistic == "optimality_gap" else statistics


def percentile_interval(resampled: Array) -> tuple[Array, Array]:
    """The central 95 % of resampled statistics, per point."""
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def _draws(seeds: int, environments: int, resamples: int, rng: np.random.Generator) -> Iterator[tuple[slice, Counts]]:
    """How often each run is drawn, shape (seeds, environments, chunk of resamples)."""
    counts_type = _counts_type(seeds)
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        drawn = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=(size, environments))
        yield slice(start, start + size), np.ascontiguousarray(drawn.transpose(2, 1, 0).astype(counts_type))


def _counts_type(largest: int) -> type[np.uint8] | type[np.uint32]:
    """The type of counts up to `largest`."""
    return np.uint8 if largest <= BYTE else np.uint32


def _resampled_iqm(scores: Array, counts: Counts) -> Array:
    """The interquartile mean of each resample, shape (resamples, points).

    Let K_k be the number of ranks up to the k-th lowest score v_k in the sorted resample, clipped to the quartiles. The
    sum between the quartiles is sum (K_k - K_(k-1)) v_k; summation by parts leaves K alone.
    """
    runs = scores.shape[0] * scores.shape[1]
    cut = runs // 4
    flat, drawn = scores.reshape(runs, -1), counts.reshape(runs, -1)
    ranks_type = _counts_type(runs)
    sums = np.empty((drawn.shape[1], flat.shape[1]))
    for point, values in enumerate(flat.T):
        order = np.argsort(values, kind="stable")
        ordered = values[order]
        ranks = np.cumsum(drawn[order[:-1]], axis=0, dtype=ranks_type)
        np.clip(ranks, cut, runs - cut, out=ranks)
        below = np.diff(ordered) @ ranks.astype(float)
        sums[:, point] = (runs - cut) * ordered[-1] - cut * ordered[0] - below
    return sums / (runs - 2 * cut)
