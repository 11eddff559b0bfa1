"""Performance profiles and the probability of improvement (Agarwal et al. 2021), over environments.

Scores have the shape (seeds, environments); the environments are the strata of the bootstrap and count equally.
"""

import numpy as np
from numpy.typing import NDArray

from a2c.analysis.stats.aggregates import bootstrap

Array = NDArray[np.float64]


def profile(scores: Array, taus: Array) -> Array:
    """The share of runs that score above each tau, shape (taus,)."""
    return _above(scores, taus).mean(axis=(0, 1))


def resampled_profile(scores: Array, taus: Array, resamples: int, rng: np.random.Generator) -> Array:
    """The profile of each stratified resample, shape (resamples, taus)."""
    return bootstrap(_above(scores, taus), "mean", resamples, rng)


def _above(scores: Array, taus: Array) -> Array:
    return (scores[:, :, None] > taus).astype(float)


def probability_of_improvement(scores: Array, baseline: Array) -> float:
    """The chance that a run scores higher than one of the baseline, a tie counting half; mean over environments.

    The Mann-Whitney statistic over the number of pairs. Seeds may differ in number, environments may not.
    """
    return float(np.mean(_wins(scores, baseline)))


def resampled_improvement(scores: Array, baseline: Array, resamples: int, rng: np.random.Generator) -> Array:
    """The probability of improvement of each resample, both sides drawn anew, shape (resamples,)."""
    wins = _wins(scores, baseline)
    total = np.zeros(resamples)
    for e in range(wins.shape[2]):
        first, second = (
            rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=resamples).astype(float) for seeds in wins.shape[:2]
        )
        total += np.sum((first @ wins[:, :, e]) * second, axis=1)
    return total / wins.size


def _wins(scores: Array, baseline: Array) -> Array:
    """1 where a run beats one of the baseline, 1/2 where they tie; shape (seeds, baseline's seeds, environments)."""
    difference = scores[:, None] - baseline[None]
    return (np.sign(difference) + 1) / 2
