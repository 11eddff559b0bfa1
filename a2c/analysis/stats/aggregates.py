"""Aggregates of normalised scores over environments, with the stratified bootstrap of Agarwal et al. 2021.

(Deep Reinforcement Learning at the Edge of the Statistical Precipice.) Scores have the shape (seeds, environments,
points): a point is a step of a learning curve, or there is one. An environment is a stratum: its runs are drawn with
replacement among themselves, whole curves at a time, so that a curve's points stay together.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from a2c.analysis.stats.intervals import LEVEL

Array = NDArray[np.float64]
Counts = NDArray[np.uint8]

STATISTICS = ("iqm", "mean", "median", "optimality_gap")
MIN_ENVIRONMENTS = 3  # for an interquartile mean
CHUNK = 5_000  # resamples at a time: what fits the cache is several times as fast


def iqm(scores: Array) -> Array:
    """Interquartile mean over all runs of all environments: without the lowest and the highest quarter, per point.

    ValueError for fewer than three environments: there the quarters are whole seeds of one environment, and the mean
    hides those that failed (of eight 500s, a 60 and a 90 it is 500).
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
    """How far the runs fall short of a score of 1 in the mean; what exceeds 1 makes up for nothing."""
    return 1 - np.minimum(scores, 1).mean(axis=(0, 1))


def bootstrap(scores: Array, statistic: str, resamples: int, rng: np.random.Generator) -> Array:
    """The statistic of each of `resamples` stratified resamples, shape (resamples, points).

    A resample is how often each run was drawn. No resampled scores are ever written out: means are products with these
    counts, and the sorted resample is the sorted sample, each score repeated as often as it was drawn.
    """
    seeds, environments, points = scores.shape
    found = np.empty((resamples, points))
    for rows, counts in _draws(seeds, environments, resamples, rng):
        if statistic == "iqm":
            found[rows] = _resampled_iqm(scores, counts)
            continue
        values = np.minimum(scores, 1) if statistic == "optimality_gap" else scores
        means = np.stack([counts[:, e].T.astype(float) @ values[:, e] for e in range(environments)]) / seeds
        if statistic == "median":
            found[rows] = np.median(means, axis=0)
        else:
            found[rows] = means.mean(axis=0)
    return 1 - found if statistic == "optimality_gap" else found


def percentile_interval(resampled: Array, level: float = LEVEL) -> tuple[Array, Array]:
    """The central `level` of resampled statistics, per point."""
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def _draws(seeds: int, environments: int, resamples: int, rng: np.random.Generator) -> Iterator[tuple[slice, Counts]]:
    """How often each run is drawn, shape (seeds, environments, chunk of resamples)."""
    if seeds > 255:
        raise ValueError(f"{seeds} seeds; allowed: at most 255, as draws are counted in bytes")
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        drawn = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=(size, environments))
        yield slice(start, start + size), np.ascontiguousarray(drawn.transpose(2, 1, 0).astype(np.uint8))


def _resampled_iqm(scores: Array, counts: Counts) -> Array:
    """The interquartile mean of each resample, shape (resamples, points).

    Of the ranks that a run takes in its sorted resample, those between the quartiles count. With K_k the ranks up to
    the k-th lowest score v_k, held between the quartiles, that is sum (K_k - K_(k-1)) v_k; summed by parts, it needs
    K alone.
    """
    runs = scores.shape[0] * scores.shape[1]
    cut = runs // 4
    flat, drawn = scores.reshape(runs, -1), counts.reshape(runs, -1)
    ranks_type = np.uint8 if runs <= 255 else np.uint32
    found = np.empty((drawn.shape[1], flat.shape[1]))
    for point, values in enumerate(flat.T):
        order = np.argsort(values, kind="stable")
        ordered = values[order]
        ranks = np.cumsum(drawn[order[:-1]], axis=0, dtype=ranks_type)
        np.clip(ranks, cut, runs - cut, out=ranks)
        below = np.diff(ordered) @ ranks.astype(float)
        found[:, point] = (runs - cut) * ordered[-1] - cut * ordered[0] - below
    return found / (runs - 2 * cut)
