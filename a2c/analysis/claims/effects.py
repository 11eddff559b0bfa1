"""How a claim's effect is estimated: levels, differences, ratios, shares, times, superiority; and its region."""

import numpy as np
from numpy.typing import NDArray

from a2c.analysis.stats import comparisons
from a2c.analysis.stats.comparisons import Effect, Ratio
from a2c.analysis.stats.intervals import MIN_SEEDS, TIE, ties
from a2c.analysis.stats.quantiles import Quantile
from a2c.analysis.stats.rates import Rate, RateDifference
from a2c.analysis.stats.superiority import brunner_munzel
from a2c.analysis.stats.times import restricted, time_difference
from a2c.config.claims import Between, Comparison, Tested, Threshold

Array = NDArray[np.float64]
NOT_POSITIVE = "a value that is not above 0 has no ratio"


def level(claim: Tested, sample: Array, budget: float) -> Effect:
    """The level of one setting: what a claim on a number is tested by, and what texts call the setting by."""
    if (share := quantile_of(claim)) is not None:
        return Quantile(sample, share)
    if claim.how == "rates":
        return Rate(int(sample.sum()), sample.size)
    if claim.how == "ratios":
        return Ratio(comparisons.mean(np.log(sample[sample > 0])))
    return comparisons.mean(restricted(sample, budget) if claim.how == "times" else sample)


def quantile_of(claim: Tested) -> float | None:
    """The share of runs below the level that a claim is about; None for the mean."""
    return claim.quantile if isinstance(claim, Threshold) else None


def difference(claim: Tested, first: Array, second: Array, budget: float) -> Effect:
    """The effect of a comparison: a difference, a ratio, or how often a run of the first beats one of the second."""
    if claim.how == "rates":
        return RateDifference(Rate(int(first.sum()), first.size), Rate(int(second.sum()), second.size))
    if claim.is_paired:
        within = comparisons.mean(_within_runs(claim, first, second))
        return Ratio(within) if claim.how == "ratios" else within
    if claim.how == "ratios":
        return Ratio(comparisons.welch(np.log(first), np.log(second)))
    if claim.how == "superiority":
        return brunner_munzel(first, second)
    return time_difference(first, second, budget) if claim.how == "times" else comparisons.welch(first, second)


def _within_runs(claim: Tested, first: Array, second: Array) -> Array:
    """Of each run, the difference of its two values; of ratios, that of their logarithms."""
    return np.log(first) - np.log(second) if claim.how == "ratios" else first - second


def untestable(claim: Tested, samples: tuple[Array, ...], budget: float) -> str:
    """The reason why the samples cannot be tested, or "" if they can."""
    if any(sample.size < MIN_SEEDS for sample in samples):
        return comparisons.TOO_FEW
    if claim.how in ("rates", "quantiles"):
        return ""  # exact tests, at any values
    if claim.how == "ratios" and any((sample <= 0).any() for sample in samples):
        return NOT_POSITIVE
    if claim.is_paired and len(samples) == 2:
        return TIE if ties(_within_runs(claim, *samples)) else ""
    if claim.how == "superiority":
        return TIE if ties(np.concatenate(samples)) else ""
    if claim.how == "times":
        samples = tuple(restricted(sample, budget) for sample in samples)
        if isinstance(claim, Comparison) and claim.margin == 0:  # the log-rank test looks at the order of all times
            return TIE if ties(np.concatenate(samples)) else ""
    return TIE if all(ties(sample) for sample in samples) else ""


def region(claim: Tested) -> tuple[float, float]:
    """The region in which the effect lies if the claim is true (for `differs`: if it is false)."""
    if isinstance(claim, Between):
        return claim.low, claim.high
    if isinstance(claim, Threshold):
        return (claim.value, np.inf) if claim.test == "at_least" else (-np.inf, claim.value)
    below, above = _margins(claim)
    return {
        "lower": (-np.inf, below),
        "higher": (above, np.inf),
        "not_lower": (below, np.inf),
        "not_higher": (-np.inf, above),
        "equivalent": (below, above),
        "differs": (below, above),
    }[claim.test]


def _margins(claim: Comparison) -> tuple[float, float]:
    """The largest effects below and above none that do not matter yet."""
    if claim.how == "ratios":
        return 1 / claim.margin, claim.margin
    none = 0.5 if claim.how == "superiority" else 0.0
    return none - claim.margin, none + claim.margin
