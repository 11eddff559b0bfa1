"""The cost of one setting for all environments, and how many hyperparameters are worth tuning for each.

Adkins, Bowling and White 2024, A Method for Evaluating Hyperparameter Sensitivity in Reinforcement Learning. Scores are
normalised; performance, shape (settings, environments), is the mean score of a setting's runs in an environment.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NEAR_PEAK = 0.95  # of the tuned score


def best_for_all(performance: Array) -> int:
    """The setting with the highest mean over environments (the first of several)."""
    return int(np.argmax(performance.mean(axis=1)))


def sensitivity(performance: Array) -> float:
    """The mean over environments of the best setting's score in each, less that of the best setting for all.

    0 where one setting is the best everywhere. The best of noisy means is overestimated, so with few seeds this is an
    upper bound.
    """
    return float(performance.max(axis=0).mean() - performance.mean(axis=1).max())


def resampled_sensitivity(scores: Array, resamples: int, rng: np.random.Generator) -> Array:
    """The sensitivity of each resample; runs are resampled within each setting and environment.

    `scores` has the shape (settings, seeds, environments); the result (resamples,).
    """
    _, seeds, environments = scores.shape
    share = np.full(seeds, 1 / seeds)
    performance = np.stack(
        [
            np.einsum("ben,ne->be", rng.multinomial(seeds, share, size=(resamples, environments)), of_setting) / seeds
            for of_setting in scores
        ]
    )
    return performance.max(axis=0).mean(axis=1) - performance.mean(axis=2).max(axis=0)


def effective_dimensionality(performance: Array, points: Sequence[Mapping[str, Any]]) -> tuple[int, tuple[str, ...]]:
    """The fewest axes that have to be tuned per environment for 95 % of the tuned score, and which (the best such set).

    The other axes stay at the best setting for all. `points` are the settings' places on the axes.
    """
    tuned = performance.max(axis=0).mean()
    default = points[best_for_all(performance)]
    axes = list(default)
    for size in range(len(axes) + 1):
        scores = {free: _tuned_over(free, performance, points, default) for free in combinations(axes, size)}
        best = max(scores, key=lambda free: scores[free])
        if scores[best] >= tuned - (1 - NEAR_PEAK) * abs(tuned):
            return size, best
    raise AssertionError("tuning every axis gives the tuned score")


def _tuned_over(
    free: Sequence[str], performance: Array, points: Sequence[Mapping[str, Any]], default: Mapping[str, Any]
) -> float:
    fixed = [axis for axis in default if axis not in free]
    allowed = [all(point[axis] == default[axis] for axis in fixed) for point in points]
    return float(performance[allowed].max(axis=0).mean())
