"""From a claim and the runs of its study to a verdict.

Every test asks whether an effect lies in a region: `lower` by 25 than a reference is a difference of at most -25, `at_least` 475
a mean of at least 475. A claim is supported where the data show that the effect lies inside, contradicted where they show that
it lies outside, each by one-sided tests (Welch's, Student's, or the exact binomial test of a rate) at 5 %, after Holm's
correction over the claims of the study. So the chance of even one false "supported" in a study is at most 5 %, and so is
that of one false "contradicted". Everything else is inconclusive, with the number of seeds that would settle it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc

from a2c.analysis import comparisons
from a2c.analysis.intervals import MIN_SEEDS, NONE, wilson_interval
from a2c.analysis.measures import measure
from a2c.analysis.power import MOST_SEEDS, seeds_for_rate, seeds_for_region
from a2c.config.claim import RATES, Between, Claim, Comparison, Threshold, Untested, locate, parse_claim

Array = NDArray[np.float64]

ALPHA = 0.05
COLUMNS = [
    "claim",
    "says",
    "where",
    "verdict",
    "effect",
    "low",
    "high",
    "p_adjusted",
    "n",
    "seeds_needed",
    "figure",
    "test",
]


class Effect(Protocol):
    """An estimate that can be tested against any cut: `comparisons.Estimate`, or a `Rate`."""

    @property
    def value(self) -> float: ...
    def interval(self) -> tuple[float, float]: ...
    def p_above(self, cut: float) -> float: ...
    def p_below(self, cut: float) -> float: ...


@dataclass(frozen=True)
class Rate:
    """A share of runs: Wilson's interval, the exact binomial test (valid at any n, where the score test is not)."""

    successes: int
    n: int

    @property
    def value(self) -> float:
        return self.successes / self.n

    def interval(self) -> tuple[float, float]:
        found = wilson_interval(self.successes, self.n)
        return found.low, found.high

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
    """One effect, and the p values of "it lies outside the region" (inside) and "it lies inside" (outside)."""

    effect: Effect
    samples: tuple[Array, ...]
    reference: str
    inside: float
    outside: float
    words: str  # why there is no test, or ""


def region(claim: Comparison | Threshold | Between) -> tuple[float, float]:
    """The region that the claim says (for `differs`: denies) the effect to lie in."""
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


def verdicts(
    study: Mapping[str, Any], runs: pd.DataFrame, seed_curves: pd.DataFrame, metrics: pd.DataFrame
) -> pd.DataFrame:
    """`claims.csv`: a row per claim of the study (its columns are `COLUMNS`).

    `effect` is the subject's mean or rate, or the difference subject - reference, in the measure's unit, with its 95 %
    interval (not adjusted); with several references those of the one that decides. `n` is the smaller number of finished
    runs. `p_adjusted` belongs to the side that the data lean to. ConfigError if a claim names a point that is not there.
    """
    claims = [parse_claim(data, "study.json", "claims") for data in study.get("claims", [])]
    samples: dict[str, dict[str, Array]] = {}
    evidence: list[list[Evidence]] = []
    for claim in claims:
        if isinstance(claim, Untested):
            evidence.append([])
            continue
        if claim.measure not in samples:
            samples[claim.measure] = _samples(claim.measure, study, runs, seed_curves, metrics)
        evidence.append(_evidence(claim, study, samples[claim.measure]))
    pairs = [_p_values(claim, found) for claim, found in zip(claims, evidence, strict=True)]
    support, against = (comparisons.holm(np.array(column)) for column in zip(*pairs, strict=True)) if pairs else ((), ())
    tests = sum(bool(found) for found in evidence)
    rows = [
        _row(claim, found, (float(p), float(q)), tests, study, runs)
        for claim, found, p, q in zip(claims, evidence, support, against, strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def not_tested(claims: Sequence[Claim]) -> pd.DataFrame:
    """The rows of claims that no study of the paper decides, in the columns of `claims.csv`."""
    rows = [_row_untested(claim) for claim in claims]
    return pd.DataFrame(rows, columns=COLUMNS)


def _samples(
    name: str,
    study: Mapping[str, Any],
    runs: pd.DataFrame,
    seed_curves: pd.DataFrame,
    metrics: pd.DataFrame,
) -> dict[str, Array]:
    """By configuration: a value for each finished run, or for a rate 0 or 1 for every run asked for."""
    if name not in RATES:
        total_steps = int(study["total_steps"])
        return measure(name, runs, seed_curves, metrics, total_steps)
    happened = runs["solved"] if name == "solved_rate" else runs["final_return"].isna().astype(float)
    known = runs.assign(happened=happened).dropna(subset="happened")
    return {str(key): group.to_numpy(float) for key, group in known.groupby("configuration")["happened"]}


def _evidence(
    claim: Comparison | Threshold | Between, study: Mapping[str, Any], samples: Mapping[str, Array]
) -> list[Evidence]:
    places = [{**entry["fields"], **entry["point"]} for entry in study["configurations"]]
    (subject,) = locate(claim.subject, places, study["baseline"])
    first = _sample(study, subject, samples)
    bounds = region(claim)
    if not isinstance(claim, Comparison):
        if claim.measure in RATES:
            return [_weigh(Rate(int(first.sum()), first.size) if first.size else None, (first,), "", bounds)]
        return [_weigh(comparisons.mean(first), (first,), "", bounds)]
    if claim.reference == "others":
        same = [place["env_id"] == places[subject]["env_id"] for place in places]
        references = [number for number, ours in enumerate(same) if ours and number != subject]
    else:
        references = locate(claim.reference, places, study["baseline"])
    found = []
    for number in references:
        second = _sample(study, number, samples)
        name = point_name(study["configurations"][number]["point"])
        found.append(_weigh(comparisons.welch(first, second), (first, second), name, bounds))
    return found


def _sample(study: Mapping[str, Any], number: int, samples: Mapping[str, Array]) -> Array:
    return samples.get(study["configurations"][number]["configuration"], np.array([]))


def _weigh(
    effect: Effect, samples: tuple[Array, ...], reference: str, bounds: tuple[float, float]
) -> Evidence:
    low, high = bounds
    words = comparisons.untestable(*samples)
    if words:
        return Evidence(effect, samples, reference, np.nan, np.nan, words)
    inside = max(effect.p_above(low), effect.p_below(high))
    ends = int(np.isfinite(low)) + int(np.isfinite(high))
    outside = min(1.0, ends * min(effect.p_below(low), effect.p_above(high)))
    return Evidence(effect, samples, reference, inside, outside, "")
