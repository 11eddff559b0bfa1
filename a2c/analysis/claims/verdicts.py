"""From a claim and the runs of its study to a verdict.

Every test asks whether an effect lies in a region: `lower` by 25 than a reference is a difference of at most -25,
`at_least` 475 a mean of at least 475. A claim is supported where the data show that the effect lies inside,
contradicted where they show that it lies outside, each by one-sided tests (Welch's, Student's, or the exact binomial
test of a rate) at 5 %, after Holm's correction over the claims of the study. So the chance of even one false
"supported" in a study is at most 5 %, and so is that of one false "contradicted". Everything else is inconclusive,
with the number of seeds that would settle it.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis.claims.evidence import DOMINANT, Evidence, Tested, gather, largest_share, p_values, seeds_needed
from a2c.analysis.claims.registration import Trained, note
from a2c.analysis.measures import OF_CURVES, measure
from a2c.analysis.stats.comparisons import holm
from a2c.config.claims import RATES, Between, Claim, Comparison, Untested, check_points, key_of
from a2c.runs.study import STUDY, StudyRecord, point_name

Array = NDArray[np.float64]

ALPHA = 0.05
COLUMNS = [
    "claim",
    "centre",
    "says",
    "part",
    "where",
    "measure",
    "subject",
    "reference",
    "verdict",
    "effect",
    "low",
    "high",
    "p_adjusted",
    "n",
    "seeds_needed",
    "figure",
    "test",
    "why",
    "caveat",
]


def verdicts(
    study: StudyRecord,
    runs: pd.DataFrame,
    numbers: pd.DataFrame,
    trained: Trained = MappingProxyType({}),
) -> pd.DataFrame:
    """`claims.csv`: a row per claim of the study, columns `COLUMNS`.

    `effect` is the mean or rate of `subject`, or the difference subject - `reference`, in the measure's unit, with its
    95 % interval (not adjusted); of several references, the one that decides. `n` is the smaller number of
    finished runs. `p_adjusted` belongs to the side that the data lean to. `numbers`: those of each run
    (`a2c.analysis.summary`). `trained`: the registrations of the runs. In a registered paper `test` says whether the
    test stood before them. ConfigError if a claim names a point that is not there.
    """
    check_points(study.claims, study.name, study.places, study.baseline, STUDY)
    tested = [claim for claim in study.claims if not isinstance(claim, Untested)]
    samples = {name: _samples(name, study, runs, numbers) for name in {c.measure for c in tested}}
    evidence = [gather(claim, study, samples[claim.measure]) for claim in tested]
    p = np.array([p_values(claim, of_claim) for claim, of_claim in zip(tested, evidence, strict=True)]).reshape(-1, 2)
    adjusted = np.column_stack([holm(p[:, 0]), holm(p[:, 1])])
    family = int(np.max(np.sum(~np.isnan(p), axis=0), initial=0))
    rows = {claim.id: _blank(claim, study.centre) for claim in study.claims}
    for claim, of_claim, pair in zip(tested, evidence, adjusted, strict=True):
        names = {name for one in of_claim for name in one.names}
        registered = note(key_of(claim, study.centre), names, study.registration, trained)
        rows[claim.id] = _row(claim, of_claim, pair, family, study, runs, registered)
    return pd.DataFrame(list(rows.values()), columns=COLUMNS)


def of_paper(claims: Sequence[Claim], studies: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A paper's `claims.csv`: a row per claim and centre in the paper's order, columns `study` and `COLUMNS`.

    `claims`: those of the paper; `studies`: the `verdicts` of each study by its name. A claim whose study is not
    there is not tested yet.
    """
    verdicts = pd.concat([table.assign(study=name) for name, table in studies.items()])
    of_claim = dict(iter(verdicts.groupby("claim", sort=False)))
    rows: list[dict[Any, Any]] = []
    for claim in claims:
        found: list[dict[Any, Any]] = of_claim[claim.id].to_dict("records") if claim.id in of_claim else []
        if isinstance(claim, Untested):
            row: dict[Any, Any] = found[0] if found else _blank(claim, "")
            rows.append({**row, "study": claim.study, "centre": ""})
        else:
            missing = f"Its study, {claim.study}, is not in this paper."
            rows.extend(found or [{"study": claim.study, **_blank(claim, "", missing)}])
    return pd.DataFrame(rows, columns=["study", *COLUMNS])


def _samples(name: str, study: StudyRecord, runs: pd.DataFrame, numbers: pd.DataFrame) -> dict[str, Array]:
    """By configuration: a value for each finished run, or, for a rate, 0 or 1 for every run of the study."""
    if name not in RATES:
        return measure(name, runs, numbers)
    happened = runs["solved"] if name == "solved_rate" else runs["final_return"].isna()
    known = happened.notna()
    grouped = happened[known].astype(float).groupby(runs.loc[known, "configuration"])
    return {str(key): np.asarray(group) for key, group in grouped}


def _row(
    claim: Tested,
    evidence: Sequence[Evidence],
    adjusted: Array,
    family: int,
    study: StudyRecord,
    runs: pd.DataFrame,
    registered: str,
) -> dict[str, Any]:
    supported, contradicted = (bool(p <= ALPHA) for p in adjusted)
    verdict = "supported" if supported else "contradicted" if contradicted else "inconclusive"
    # The reference whose effect lies farthest out of the region decides the verdict, whichever it is.
    decisive = max(evidence, key=lambda one: -1.0 if one.words else one.inside)
    low, high = (np.nan, np.nan) if decisive.words else decisive.effect.interval()
    return {
        **_sentence(claim, study.centre),
        "measure": claim.measure,
        "subject": decisive.names[0],
        "reference": "".join(decisive.names[1:]),
        "verdict": verdict,
        "effect": decisive.effect.value,
        "low": low,
        "high": high,
        "p_adjusted": float(np.fmin(*adjusted)),
        "n": min(sample.size for sample in decisive.samples),
        "seeds_needed": seeds_needed(claim, evidence, ALPHA / max(family, 1)) if verdict == "inconclusive" else "",
        "figure": _figure(claim.measure),
        "test": _words(claim, evidence, decisive, family, study, runs, registered),
    }


def _sentence(claim: Claim, centre: str) -> dict[str, str]:
    """The columns that a row takes from the claim as it was written, and its centre."""
    kept = {name: getattr(claim, name) for name in ("says", "part", "where", "why", "caveat")}
    return {"claim": claim.id, "centre": centre, **kept}


def _blank(claim: Claim, centre: str, why_not: str = "") -> dict[str, Any]:
    """The row of a claim that was not tested."""
    words = dict.fromkeys(COLUMNS, "") | dict.fromkeys(("effect", "low", "high", "p_adjusted"), np.nan)
    return words | _sentence(claim, centre) | {"verdict": "not tested yet", "n": 0, "test": why_not}


def _figure(name: str) -> str:
    """The figure that shows a measure (a name in `a2c.report.catalogue`)."""
    if ":" in name:
        return "diagnostics"
    return "learning_curves" if name in OF_CURVES else "final_auc"


def _words(
    claim: Tested,
    evidence: Sequence[Evidence],
    decisive: Evidence,
    family: int,
    study: StudyRecord,
    runs: pd.DataFrame,
    registered: str,
) -> str:
    """The test in words: measure, points, region, method, what was left out, and whether it was registered."""
    names = {one.name: point_name(one.point).replace("_", " ") for one in study.configurations}
    method = "Welch" if isinstance(claim, Comparison) else "exact binomial" if claim.measure in RATES else "Student"
    notes = [f"{method}, Holm over {family}", decisive.words]
    notes += [
        f"one run makes up {share:.0%} of the mean at {names[name]}"
        for name, sample in zip(decisive.names, decisive.samples, strict=True)
        if claim.measure not in RATES and (share := largest_share(sample)) > DOMINANT
    ]
    if claim.measure != "failure_rate":
        notes += [_failures(name, names[name], runs) for name in decisive.names]
    notes.append(registered)
    statement = _statement(claim, [names[name] for name in decisive.names[1:]], len(evidence))
    return f"{_measure(claim.measure)} at {names[decisive.names[0]]}: {statement} ({'; '.join(filter(None, notes))})"


def _measure(name: str) -> str:
    """`entropy:last` as `entropy (last)`."""
    number, _, statistic = name.replace("_", " ").partition(":")
    return f"{number} ({statistic})" if statistic else number


def _statement(claim: Tested, reference: Sequence[str], references: int) -> str:
    """What the test states of the effect."""
    if isinstance(claim, Between):
        return f"between {claim.low:g} and {claim.high:g}"
    if not isinstance(claim, Comparison):
        return f"{claim.test.replace('_', ' ')} {claim.value:g}"
    to = "".join(reference)
    if references > 1:
        to = f"{'some' if claim.test == 'differs' else 'every'} other point (decided by {to})"
    return {
        "lower": f"lower than at {to} by at least {claim.margin:g}",
        "higher": f"higher than at {to} by at least {claim.margin:g}",
        "not_lower": f"not lower than at {to} by more than {claim.margin:g}",
        "not_higher": f"not higher than at {to} by more than {claim.margin:g}",
        "equivalent": f"within {claim.margin:g} of {to}",
        "differs": f"more than {claim.margin:g} away from {to}",
    }[claim.test]


def _failures(name: str, point: str, runs: pd.DataFrame) -> str:
    final = runs.loc[runs["configuration"] == name, "final_return"]
    failed = int(final.isna().sum())
    return f"{failed} of {len(final)} runs failed at {point}" if failed else ""
