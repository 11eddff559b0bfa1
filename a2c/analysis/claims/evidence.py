"""The evidence for a claim: its effect, the p values of lying inside and outside a region, the seeds still needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2c.analysis.claims.effects import difference, level, region, untestable
from a2c.analysis.references import return_range
from a2c.analysis.stats import comparisons
from a2c.analysis.stats.comparisons import Bracketed, Effect
from a2c.analysis.stats.intervals import MIN_SEEDS
from a2c.analysis.stats.power import MOST_SEEDS, seeds_by_interval, seeds_for_rate, seeds_for_region
from a2c.analysis.stats.rates import Rate
from a2c.analysis.stats.tied import Tied, TiedMean
from a2c.config.claims import TOO_SKEWED, Tested, located
from a2c.config.measures import RETURN, measure_of
from a2c.config.tested import TestedStudy

Array = NDArray[np.float64]
DOMINANT = 0.5  # share of a mean: where one run makes up more, a t test and its power say little


@dataclass(frozen=True)
class Evidence:
    """One effect, measured on `samples` of the configurations `names` (the subject, and the reference if there is one).

    `levels`: what the text calls each of them by: its mean, geometric mean, share or quantile.

    `inside` is the p value of "the effect lies outside the claim's region", `outside` that of "it lies inside"; missing
    where `words` say why there is no test.
    """

    effect: Effect
    names: tuple[str, ...]
    samples: tuple[Array, ...]
    levels: tuple[float, ...]
    inside: float
    outside: float
    words: str


class Samples(NamedTuple):
    """A measure by point: a value for each run, the bounds between which it is known to lie, and the run's seed.

    Seeds are given where runs are compared with themselves, in increasing order.
    """

    values: Mapping[str, Array]
    low: Mapping[str, Array]
    high: Mapping[str, Array]
    seeds: Mapping[str, Array]


NONE = Samples({}, {}, {}, {})


def exact(values: Mapping[str, Array]) -> Samples:
    """Samples of a measure whose values are known."""
    return Samples(values, values, values, {})


class Points(NamedTuple):
    """The points of a study, as a test looks them up."""

    names: Sequence[str]  # of the configurations, or of the estimators at their snapshots
    places: Sequence[Mapping[str, Any]]
    baseline: Mapping[str, Any]
    budget: int  # agent steps
    ranges: Mapping[str, tuple[float, float]]  # of returns, by name, where they are known


def points_of(study: TestedStudy) -> Points:
    """The points of a study."""
    of_points = zip(study.point_names, map(return_range, study.point_environments), strict=True)
    ranges = {name: known for name, known in of_points if known}
    return Points(study.point_names, study.places, study.baseline, study.total_steps, ranges)


def gather(claim: Tested, points: Points, samples: Samples) -> list[Evidence]:
    """The evidence for each reference; for a claim that compares with numbers, a list of one.

    `samples`: of the claim's measure. The claim's points have been checked (`a2c.config.claims.check_points`).
    """
    subject, references = located(claim, points.places, points.baseline)
    names, groups = points.names, [[subject, reference] for reference in references] or [[subject]]
    return [_weigh(claim, tuple(names[number] for number in group), samples, points) for group in groups]


def _weigh(claim: Tested, names: tuple[str, ...], of_measure: Samples, points: Points) -> Evidence:
    budget = points.budget
    kept = _shared_runs(names, of_measure.seeds) if claim.is_paired else [slice(None) for _ in names]
    samples, low_ends, high_ends = (
        tuple(table.get(name, np.array([]))[rows] for name, rows in zip(names, kept, strict=True))
        for table in (of_measure.values, of_measure.low, of_measure.high)
    )
    values = tuple(level(claim, sample, budget).value for sample in samples)
    words = untestable(claim, samples, budget)
    between = any((first != second).any() for first, second in zip(low_ends, high_ends, strict=True))
    if between and words == comparisons.TIE:
        words = ""  # the values tie, their bounds do not
    if words and words != comparisons.TIE:
        effect: Effect = comparisons.Estimate(_between(claim, values), np.nan, np.nan)
        return Evidence(effect, names, samples, values, np.nan, np.nan, words)
    effect = _effect(claim, samples, budget)
    if words == comparisons.TIE and (tied := _tied(claim, names, samples, points)):
        effect, words = tied, ""
    if words:
        return Evidence(effect, names, samples, values, np.nan, np.nan, words)
    if between:
        effect = _bracketed(claim, effect, low_ends, high_ends, budget)
    low, high = region(claim)
    ends = int(np.isfinite(low)) + int(np.isfinite(high))
    inside = comparisons.p_equivalent(effect, low, high)
    outside = min(1.0, ends * min(effect.p_below(low), effect.p_above(high)))
    return Evidence(effect, names, samples, values, inside, outside, "")


def _tied(claim: Tested, names: tuple[str, ...], samples: Sequence[Array], points: Points) -> TiedMean | None:
    """The effect of samples that all tie, where it is a mean or a difference of means in a known range."""
    ranges = [points.ranges.get(name) for name in names]
    if claim.how != "means" or claim.is_paired or measure_of(claim.measure).bounds != RETURN or None in ranges:
        return None
    tied = [Tied(float(one[0]), one.size, *known) for one, known in zip(samples, ranges, strict=True) if known]
    return TiedMean(*tied)


def _between(claim: Tested, values: Sequence[float]) -> float:
    """The effect of samples that are too small for a test: the level, or how the two levels differ."""
    if len(values) == 1:
        return values[0]
    first, second = values
    return first / second if claim.how == "ratios" else first - second


def _shared_runs(names: Sequence[str], seeds: Mapping[str, Array]) -> list[Any]:
    """By point, which of its runs have a value at all of the points."""
    of_points = [seeds.get(name, np.array([])) for name in names]
    return [np.all([np.isin(own, other) for other in of_points], axis=0) for own in of_points]


def _effect(claim: Tested, samples: Sequence[Array], budget: int) -> Effect:
    if len(samples) == 1:
        return level(claim, samples[0], budget)
    first, second = samples
    return difference(claim, first, second, budget)


def _bracketed(
    claim: Tested, estimate: Effect, low: tuple[Array, ...], high: tuple[Array, ...], budget: int
) -> Bracketed:
    """The effect between those of the bounds; the smallest has the subject's low and the reference's high ones."""
    smallest, largest = (
        _effect(claim, ends, budget)
        if np.isfinite(np.concatenate(ends)).all() and not untestable(claim, ends, budget)
        else None
        for ends in ((*low[:1], *high[1:]), (*high[:1], *low[1:]))
    )
    return Bracketed(estimate, smallest, largest)


def p_values(claim: Tested, evidence: Sequence[Evidence]) -> tuple[float, float]:
    """p values for (supported, contradicted), over all references.

    "Inside for every reference" is as weak as its weakest link (an intersection-union test, Berger 1982); "outside
    for some reference" is the best of several tries (Bonferroni).
    """
    inside = float(np.max([one.inside for one in evidence]))  # missing if one is
    tested = [one.outside for one in evidence if not one.words]
    outside = min(1.0, len(evidence) * min(tested)) if tested else np.nan
    return (outside, inside) if claim.test == "differs" else (inside, outside)


def seeds_needed(claim: Tested, evidence: Sequence[Evidence], alpha: float) -> str:
    """About how many seeds per point give the test a power of 80 %, if the true effects are the estimated ones."""
    if any(one.words for one in evidence):
        return f"at least {MIN_SEEDS}" if any(one.words == comparisons.TOO_FEW for one in evidence) else ""
    if any(isinstance(one.effect, TiedMean) for one in evidence):
        return ""  # the spread is not known
    samples = [sample for one in evidence for sample in one.samples]
    if claim.how == "means" and any(largest_share(sample) > DOMINANT for sample in samples):
        return TOO_SKEWED
    low, high = region(claim)
    outside = [one for one in evidence if not low < one.effect.value < high]
    if outside:  # one is enough
        needed = [_seeds(claim, one, low, high, alpha / len(evidence)) for one in outside]
        best = min((n for n in needed if n), default=None)
    else:
        needed = [_seeds(claim, one, low, high, alpha) for one in evidence]
        best = max((n or MOST_SEEDS + 1 for n in needed), default=None)
    return str(best) if best and best <= MOST_SEEDS else f"more than {MOST_SEEDS}"


def largest_share(sample: Array) -> float:
    """The largest share that one run has in the sum of absolute values; 0 where all are 0."""
    sizes = np.abs(sample)
    return float(sizes.max(initial=0) / sizes.sum()) if sizes.any() else 0.0


def _seeds(claim: Tested, one: Evidence, low: float, high: float, alpha: float) -> int | None:
    effect, value = one.effect, one.effect.value
    gaps = value - low, high - value
    if isinstance(effect, Rate):
        cut = low if abs(gaps[0]) < abs(gaps[1]) else high
        return seeds_for_rate(value, cut, alpha)
    if min(gaps) < 0:
        gaps = -min(gaps), np.inf
    if claim.how != "means" or claim.is_paired:
        cuts = [cut for cut in (low, high) if np.isfinite(cut) and cut != 0]
        scale = np.log if claim.how == "ratios" else float
        ends = [float(scale(end)) for end in (value, *effect.interval())]
        return seeds_by_interval(
            min(abs(ends[0] - float(scale(cut))) for cut in cuts or [0.0]), ends[1:], one.samples[0].size, alpha
        )
    return seeds_for_region(gaps, [float(np.std(sample, ddof=1)) for sample in one.samples], alpha)
