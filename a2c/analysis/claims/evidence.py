"""The evidence for a claim: its effect, the p values of lying inside and outside a region, the seeds still needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc

from a2c.analysis.stats import comparisons
from a2c.analysis.stats.comparisons import Effect
from a2c.analysis.stats.intervals import MIN_SEEDS, wilson_interval
from a2c.analysis.stats.power import MOST_SEEDS, seeds_for_rate, seeds_for_region
from a2c.config.claims import RATES, Between, Comparison, Threshold, locate, others
from a2c.runs.study import StudyRecord

Array = NDArray[np.float64]
DOMINANT = 0.5  # share of a mean: where one run makes up more, a t test and its power say little
TOO_SKEWED = "too skewed to say"
Tested = Comparison | Threshold | Between


@dataclass(frozen=True)
class Rate:
    """A share of runs: Wilson's interval, the exact binomial test (valid at any n, where the score test is not)."""

    successes: int
    n: int

    @property
    def value(self) -> float:
        return self.successes / self.n if self.n else float("nan")

    def interval(self) -> tuple[float, float]:
        wilson = wilson_interval(self.successes, self.n)
        return wilson.low, wilson.high

    def p_above(self, cut: float) -> float:
        """p value of "the rate is at most `cut`"."""
        if not 0 <= cut < 1:
            return float(cut >= 1)
        return float(bdtrc(self.successes - 1, self.n, cut)) if self.successes else 1.0

    def p_below(self, cut: float) -> float:
        """p value of "the rate is at least `cut`"."""
        if not 0 < cut <= 1:
            return float(cut <= 0)
        return float(bdtr(self.successes, self.n, cut))


@dataclass(frozen=True)
class Evidence:
    """One effect, measured on `samples` of the configurations `names` (the subject, and the reference if there is one).

    `inside` is the p value of "the effect lies outside the claim's region", `outside` that of "it lies inside"; missing
    where `words` say why there is no test.
    """

    effect: Effect
    names: tuple[str, ...]
    samples: tuple[Array, ...]
    inside: float
    outside: float
    words: str


def region(claim: Tested) -> tuple[float, float]:
    """The region in which the effect lies if the claim is true (for `differs`: if it is false)."""
    if isinstance(claim, Between):
        return claim.low, claim.high
    if isinstance(claim, Threshold):
        return (claim.value, np.inf) if claim.test == "at_least" else (-np.inf, claim.value)
    return {
        "lower": (-np.inf, -claim.margin),
        "higher": (claim.margin, np.inf),
        "not_lower": (-claim.margin, np.inf),
        "not_higher": (-np.inf, claim.margin),
        "equivalent": (-claim.margin, claim.margin),
        "differs": (-claim.margin, claim.margin),
    }[claim.test]


def gather(claim: Tested, study: StudyRecord, samples: Mapping[str, Array]) -> list[Evidence]:
    """The evidence for each reference; for a claim that compares with numbers, a list of one.

    `samples` holds the claim's measure by configuration, a value per run. The claim's points have been checked
    (`a2c.config.claims.check_points`).
    """
    names = [one.name for one in study.configurations]
    (subject,) = locate(claim.subject, study.places, study.baseline)
    first = samples.get(names[subject], np.array([]))
    if isinstance(claim, Comparison):
        references = (
            others(subject, study.places)
            if claim.reference == "others"
            else locate(claim.reference, study.places, study.baseline)
        )
        seconds = [samples.get(names[number], np.array([])) for number in references]
        return [
            _weigh(claim, comparisons.welch(first, second), (names[subject], names[number]), (first, second))
            for number, second in zip(references, seconds, strict=True)
        ]
    effect = Rate(int(first.sum()), first.size) if claim.measure in RATES else comparisons.mean(first)
    return [_weigh(claim, effect, (names[subject],), (first,))]


def _weigh(claim: Tested, effect: Effect, names: tuple[str, ...], samples: tuple[Array, ...]) -> Evidence:
    words = comparisons.untestable(*samples)
    if isinstance(effect, Rate) and words == comparisons.TIE:
        words = ""  # unlike a mean, a rate of 0 or 1 can be tested
    if words:
        return Evidence(effect, names, samples, np.nan, np.nan, words)
    low, high = region(claim)
    ends = int(np.isfinite(low)) + int(np.isfinite(high))
    inside = comparisons.p_equivalent(effect, low, high)
    outside = min(1.0, ends * min(effect.p_below(low), effect.p_above(high)))
    return Evidence(effect, names, samples, inside, outside, "")


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
    samples = [sample for one in evidence for sample in one.samples]
    if claim.measure not in RATES and any(largest_share(sample) > DOMINANT for sample in samples):
        return TOO_SKEWED
    low, high = region(claim)
    outside = [one for one in evidence if not low < one.effect.value < high]
    if outside:  # one is enough
        needed = [_seeds(one, low, high, alpha / len(evidence)) for one in outside]
        best = min((n for n in needed if n), default=None)
    else:
        needed = [_seeds(one, low, high, alpha) for one in evidence]
        best = max((n or MOST_SEEDS + 1 for n in needed), default=None)
    return str(best) if best and best <= MOST_SEEDS else f"more than {MOST_SEEDS}"


def largest_share(sample: Array) -> float:
    """The largest share that one run has in the sum of absolute values; 0 where all are 0."""
    sizes = np.abs(sample)
    return float(sizes.max(initial=0) / sizes.sum()) if sizes.any() else 0.0


def _seeds(one: Evidence, low: float, high: float, alpha: float) -> int | None:
    value = one.effect.value
    gaps = value - low, high - value
    if isinstance(one.effect, Rate):
        cut = low if abs(gaps[0]) < abs(gaps[1]) else high
        return seeds_for_rate(value, cut, alpha)
    if min(gaps) < 0:
        gaps = -min(gaps), np.inf
    return seeds_for_region(gaps, [float(np.std(sample, ddof=1)) for sample in one.samples], alpha)
