"""Scores of trials from those of their seeds."""

import math
from collections.abc import Sequence


def mean(scores: Sequence[float]) -> float:
    """The mean of the scores of all seeds; NaN if one has none."""
    return math.fsum(scores) / len(scores)


def known(score: float) -> float | None:
    """A score as rows have it: none for NaN."""
    return None if math.isnan(score) else score
