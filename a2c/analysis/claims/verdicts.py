"""From a claim and the runs of its study to a verdict.

Every test asks whether an effect lies in a region: `lower` by 25 than a reference is a difference of at most -25,
`at_least` 475 a mean of at least 475. A claim is supported where the data show that the effect lies inside,
contradicted where they show that it lies outside, each by one-sided tests at 5 %, after Holm's correction over the
claims of the study. So the chance of even one false "supported" in a study is at most 5 %, and so is that of one false
"contradicted". Everything else is inconclusive, with the number of seeds that would settle it.
"""

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis.claims.evidence import NONE, Evidence, Points, Samples, gather, p_values, points_of, seeds_needed
from a2c.analysis.claims.registration import Trained, note
from a2c.analysis.claims.tables import (
    BOUNDS,
    COLUMNS,
    HALVES,
    MEASURED,
    blank,
    verdict_of,
)
from a2c.analysis.claims.words import failures, words_of
from a2c.analysis.measures import OF_CURVES, measure
from a2c.analysis.references import return_range
from a2c.analysis.stats.multiplicity import holm
from a2c.analysis.stats.sequential import levels
from a2c.config.claims import UNDECIDED, Claim, Tested, Untested, check_points, key_of
from a2c.config.measures import ALPHA, OF_GRADIENTS
from a2c.config.registration import StudyRegistration
from a2c.config.tested import TestedStudy
from a2c.runs.study import StudyRecord

Array = NDArray[np.float64]
LeftOut = Callable[[str, str], str]  # from a measure and the name of a point: words on its runs without a number


class JudgedStudy(TestedStudy, Protocol):
    """The record of a study of either kind."""

    @property
    def claims(self) -> Sequence[Claim]: ...
    @property
    def registration(self) -> StudyRegistration | None: ...
    @property
    def point_words(self) -> dict[str, str]: ...


def measured(study: StudyRecord, runs: pd.DataFrame, numbers: pd.DataFrame) -> pd.DataFrame:
    """`measures.csv`: a row for each run and measure that a claim of the study names, columns `MEASURED`.

    A rate has 1 where it happened and 0 where not; a time is infinite where the event did not happen.
    """
    of_points = zip(study.point_names, map(return_range, study.point_environments), strict=True)
    lowest = {name: known[0] for name, known in of_points if known}
    names = dict.fromkeys(claim.measure for claim in study.claims if not isinstance(claim, Untested))
    tables = [measure(name, runs, numbers, lowest).rename("value").reset_index().assign(measure=name) for name in names]
    return pd.concat(tables, ignore_index=True)[MEASURED] if tables else pd.DataFrame(columns=MEASURED)


def verdicts(
    study: StudyRecord,
    runs: pd.DataFrame,
    measures: pd.DataFrame,
    trained: Trained = MappingProxyType({}),
) -> pd.DataFrame:
    """`claims.csv` of a study of runs: see `judged`. `runs`: its table of this name; `measures`: see `measured`."""
    words = study.point_words
    return judged(study, measures, lambda measure, name: failures(measure, name, words[name], runs), trained)


def judged(study: JudgedStudy, measures: pd.DataFrame, left_out: LeftOut, trained: Trained) -> pd.DataFrame:
    """`claims.csv`: a row per claim of a study of either kind, columns `COLUMNS`.

    - `level`, `reference_level`: the mean, geometric mean, share or quantile of `subject` and `reference`
    - `effect`: the level, or the difference subject - `reference` (or the ratio, or the probability of superiority; see
      `how`), in the measure's unit, with its 95 % interval (not adjusted); of several references, of the one that
      decides. Then the same of each half of the seeds
    - `p_supported`, `p_contradicted`: not adjusted, but for the looks of the study; `p_adjusted` belongs to the side
      that the data lean to
    - `n`: the smaller number of finished runs

    `measures`: columns `MEASURED`, and `BOUNDS` where values are known between bounds only. `trained`: by point, the
    registrations of its runs. In a registered paper `test` says whether the test stood before them. ConfigError if a
    claim names a point that is not there.
    """
    check_points(study.claims, study.name, study.places, study.baseline, f"{study.kind}/{study.name}")
    tested = [claim for claim in study.claims if not isinstance(claim, Untested) and not claim.why_not(study.centre)]
    samples = _by_measure(measures)
    points = points_of(study)
    evidence = [gather(claim, points, samples.get(claim.measure, NONE)) for claim in tested]
    p = np.array([p_values(claim, of_claim) for claim, of_claim in zip(tested, evidence, strict=True)]).reshape(-1, 2)
    p = np.minimum(1.0, p * for_looks(study))
    adjusted = np.column_stack([holm(p[:, 0]), holm(p[:, 1])])
    family = int(np.max(np.sum(~np.isnan(p), axis=0), initial=0))
    rows = {claim.id: blank(claim, study.centre) for claim in study.claims}
    halves = [_by_measure(measures[measures["seed"].isin(seeds)]) for seeds in _halves(study.seeds)]
    names = study.point_words
    for claim, of_claim, raw, pair in zip(tested, evidence, p, adjusted, strict=True):
        compared = {name for one in of_claim for name in one.names}
        registered = note(key_of(claim, study.centre), compared, study.registration, trained)
        row = _row(claim, of_claim, pair, family)
        decisive = _decisive(of_claim)
        rows[claim.id] |= row | {
            "p_supported": raw[0],
            "p_contradicted": raw[1],
            "test": words_of(claim, of_claim, decisive, family, names, left_out, registered),
            **_of_halves(claim, decisive, points, [half.get(claim.measure, NONE) for half in halves]),
        }
    return pd.DataFrame(list(rows.values()), columns=COLUMNS)


def for_looks(study: TestedStudy) -> float:
    """What p values of a study with several looks are multiplied with: 5 % over the level of this look."""
    if not study.looks:
        return 1.0
    return ALPHA / levels(study.looks, ALPHA)[study.looks.index(len(study.seeds))]


def _by_measure(measures: pd.DataFrame) -> dict[str, Samples]:
    """By measure and point: a value for each run that has one, in the order of the seeds, its bounds and its seed."""
    columns = ["value", *(BOUNDS if set(BOUNDS) <= set(measures) else ["value", "value"]), "seed"]
    ordered = measures.sort_values("seed", kind="stable")
    return {
        str(name): Samples(
            *(
                {str(key): one.to_numpy(float) for key, one in table.groupby("configuration")[column]}
                for column in columns
            )
        )
        for name, table in ordered.groupby("measure")
    }


def _halves(seeds: Sequence[int]) -> tuple[list[int], list[int]]:
    ordered = sorted(seeds)
    return ordered[: len(ordered) // 2], ordered[len(ordered) // 2 :]


def _of_halves(claim: Tested, decisive: Evidence, points: Points, halves: Sequence[Samples]) -> dict[str, float]:
    """The effect on each half of the seeds, against the reference that decides over all."""
    cells: dict[str, float] = {}
    for name, samples in zip(HALVES, halves, strict=True):
        (one,) = (one for one in gather(claim, points, samples) if one.names == decisive.names)
        cells |= {f"{name}_{key}": value for key, value in _effect(one).items()}
    return cells


def _effect(one: Evidence) -> dict[str, float]:
    low, high = (np.nan, np.nan) if one.words else one.effect.interval()
    return {"effect": one.effect.value, "low": low, "high": high}


def _decisive(evidence: Sequence[Evidence]) -> Evidence:
    """The reference whose effect lies farthest out of the region: it decides the verdict, whichever it is."""
    return max(evidence, key=lambda one: -1.0 if one.words else one.inside)


def _row(claim: Tested, evidence: Sequence[Evidence], adjusted: Array, family: int) -> dict[str, Any]:
    verdict, decisive = verdict_of(adjusted), _decisive(evidence)
    return {
        "measure": claim.measure,
        "how": claim.how,
        "subject": decisive.names[0],
        "reference": "".join(decisive.names[1:]),
        "verdict": verdict,
        "level": decisive.levels[0],
        "reference_level": decisive.levels[1] if len(decisive.levels) > 1 else np.nan,
        **_effect(decisive),
        "p_adjusted": float(np.fmin(*adjusted)),
        "n": min(sample.size for sample in decisive.samples),
        "seeds_needed": seeds_needed(claim, evidence, ALPHA / max(family, 1)) if verdict == UNDECIDED else "",
        "figure": _figure(claim.measure),
    }


def _figure(name: str) -> str:
    """The figure that shows a measure (a name in `a2c.report.catalogue`, or in `a2c.report.gradients`)."""
    if name in OF_GRADIENTS:
        return "over_training" if name in ("gradient_variance_per_step", "gradient_cosine") else "bias_variance"
    if ":" in name or name.startswith("clip"):
        return "diagnostics"
    return (
        "learning_curves" if name in (*OF_CURVES, "relative_drawdown", "time_to_solve", "reached_rate") else "final_auc"
    )
