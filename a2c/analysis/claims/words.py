"""The test of a claim in words: measure, points, region, method, what was left out, and whether it was registered."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from a2c.analysis.claims.effects import quantile_of
from a2c.analysis.claims.evidence import DOMINANT, Evidence, largest_share
from a2c.analysis.measures import OF_ALL_RUNS
from a2c.analysis.stats.tied import TiedMean
from a2c.config.claims import Between, Comparison, Tested, Threshold


def words_of(
    claim: Tested,
    evidence: Sequence[Evidence],
    decisive: Evidence,
    family: int,
    names: Mapping[str, str],
    left_out: Callable[[str, str], str],
    registered: str,
) -> str:
    """The cell `test` of a claim. `names`: in words, by point. `left_out`: from a measure and a point, such words."""
    method = "bounds for runs that all tie" if isinstance(decisive.effect, TiedMean) else _method(claim)
    notes = [f"{method}, Holm over {family}", decisive.words]
    notes += [
        f"one run makes up {share:.0%} of the mean at {names[name]}"
        for name, sample in zip(decisive.names, decisive.samples, strict=True)
        if claim.how == "means" and (share := largest_share(sample)) > DOMINANT
    ]
    notes += [*(left_out(claim.measure, name) for name in decisive.names), registered]
    statement = _statement(claim, [names[name] for name in decisive.names[1:]], len(evidence))
    return f"{_measure(claim)} at {names[decisive.names[0]]}: {statement} ({'; '.join(filter(None, notes))})"


def _method(claim: Tested) -> str:
    if claim.how == "quantiles":
        return "exact binomial of the runs below"
    compares = isinstance(claim, Comparison)
    if claim.how == "rates":
        return "exact unconditional" if compares else "exact binomial"
    if claim.how == "superiority":
        return "Brunner-Munzel"
    if isinstance(claim, Comparison) and claim.how == "times" and claim.margin == 0:
        return "log-rank"
    test = "Welch" if compares and not claim.is_paired else "Student"
    scale = {"ratios": " on logarithms", "times": " on times within the budget"}.get(claim.how, "")
    return f"{test}{scale}{', each run with itself' if compares and claim.is_paired else ''}"


def _measure(claim: Tested) -> str:
    """`entropy:last` as `entropy (last)`."""
    text, _, statistic = claim.measure.replace("_", " ").partition(":")
    named = f"{text} ({statistic})" if statistic else text
    share = quantile_of(claim)
    return named if share is None else f"{named}, {share:.0%} quantile over runs,"


def _statement(claim: Tested, reference: Sequence[str], references: int) -> str:
    """What the test states of the effect."""
    if isinstance(claim, Between):
        return f"between {claim.low:g} and {claim.high:g}"
    if isinstance(claim, Threshold):
        return f"{claim.test.replace('_', ' ')} {claim.value:g}"
    to = "".join(reference)
    if references > 1:
        to = f"{'some' if claim.test == 'differs' else 'every'} other point (decided by {to})"
    at_least, more_than, within = _margins(claim)
    return {
        "lower": f"lower than at {to}{at_least}",
        "higher": f"higher than at {to}{at_least}",
        "not_lower": f"not lower than at {to}{more_than}",
        "not_higher": f"not higher than at {to}{more_than}",
        "equivalent": f"within {within} of {to}",
        "differs": f"more than {within} away from {to}",
    }[claim.test]


def _margins(claim: Comparison) -> tuple[str, str, str]:
    """The margin after `lower`, after `not lower` and in `within`; nothing where any difference counts."""
    if claim.margin == (1 if claim.how == "ratios" else 0):
        return "", "", ""
    by = f"a factor of {claim.margin:g}" if claim.how == "ratios" else f"{claim.margin:g}"
    if claim.how == "superiority":
        by = f"{claim.margin:g} in the probability of superiority"
    return f" by at least {by}", f" by more than {by}", by


def failures(measure: str, name: str, point: str, runs: pd.DataFrame) -> str:
    """How many runs of a configuration failed, and whether the measure counts them; empty if none, or if it is that."""
    if measure == "failure_rate":
        return ""
    final = runs.loc[runs["configuration"] == name, "final_return"]
    failed = int(final.isna().sum())
    counts = ", which count as never solved" if measure in OF_ALL_RUNS else ""
    return f"{failed} of {len(final)} runs failed at {point}{counts}" if failed else ""
