"""Means over the repeats of a tuner, some of which may have chosen the same setting, and over seeds of one setting.

Repeats are independent searches, so that their scores vary as independent numbers do, but for one thing: those that
chose the same setting have the same test runs, whose noise does not cancel in their mean. Of n repeats let m share a
setting whose test score has the standard error e. The variance of the mean is then larger than s^2 / n by
e^2 m (m - 1) / (n (n - 1)), summed over the settings: the mean covariance of two repeats. It is e^2 where all repeats
chose one setting, and 0 where no two did.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis.stats import comparisons
from a2c.analysis.stats.comparisons import Estimate, mean, with_variances
from a2c.analysis.stats.intervals import LEVEL, MIN_SEEDS, NONE, TIE, TOO_FEW, ties

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """A mean that comparisons use."""

    n: int  # repeats or seeds
    mean: Estimate
    ties: bool  # nothing to estimate a spread from

    def interval(self) -> tuple[float, float, str]:
        """Ends of the 95 % interval and its kind; missing where there is none, with the reason."""
        words = NONE if self.n == 0 else TOO_FEW if self.is_too_small() else TIE if self.ties else ""
        return (float("nan"), float("nan"), words) if words else (*self.mean.interval(), f"t {100 * LEVEL:g} %")

    def is_too_small(self) -> bool:
        """Whether there are too few numbers for an interval, or a part of the spread cannot be estimated."""
        return self.n < MIN_SEEDS or np.isnan(self.mean.standard_error)


def of_seeds(scores: Array) -> Sample:
    """The mean over the seeds of a setting; `scores`: those that there are."""
    return Sample(scores.size, mean(scores), bool(scores.size) and ties(scores))


def of_repeats(choices: pd.DataFrame, name: str) -> Sample:
    """The mean of a tuner's column `name` over the repeats that have a number there.

    `choices`: rows of `chosen`, of one budget and tuner.
    """
    rows = choices[choices[name].notna()]
    sample = of_seeds(rows[name].to_numpy(np.float64))
    shared = [] if name == "tuning_score" else _shared(rows)
    if not shared:
        return sample
    parts = np.array([(sample.mean.standard_error**2, sample.mean.df), *shared])
    varies = any(variance > 0 for variance, _ in shared)
    mean_of_repeats = with_variances(sample.mean.value, parts[:, 0], parts[:, 1])
    return Sample(sample.n, mean_of_repeats, sample.ties and not varies)


def untestable(sample: Sample, other: Sample) -> str:
    """The reason why two samples cannot be compared, or "" if they can."""
    if sample.is_too_small() or other.is_too_small():
        return comparisons.TOO_FEW
    return TIE if sample.ties and other.ties else ""


def _shared(rows: pd.DataFrame) -> list[tuple[float, float]]:
    """What test runs that repeats share add to the variance of their mean, and its degrees of freedom, by setting."""
    pairs = len(rows) * (len(rows) - 1)
    found = []
    for _, same in rows.groupby("configuration"):
        if len(same) > 1:
            share = len(same) * (len(same) - 1) / pairs
            found.append((float(same["test_error"].iloc[0]) ** 2 * share, float(same["n_test"].iloc[0] - 1)))
    return found
