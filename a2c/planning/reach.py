"""Tests that cannot be decided by any runs: the effect that they ask for, or every other effect, is out of reach.

An effect is bounded by the range of its measure. A return of CartPole-v1 lies between 0 and 500: where the reference
has 78, no setting is lower by 100. The level of a reference is taken from a pilot, the `runs.csv` of a study with the
same configuration and other seeds.
"""

import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from a2c.analysis.claims.effects import region
from a2c.analysis.references import return_range
from a2c.config import ConfigError, Paper, Study
from a2c.config.claims import Comparison, Tested, Threshold, Untested, located
from a2c.config.errors import mistake
from a2c.config.measures import FALL, measure_of
from a2c.config.tested import PlannedStudy
from a2c.planning.pilot import Pilot

ANY = (-math.inf, math.inf)


class Reach(NamedTuple):
    """The effects that a test can meet, and why."""

    low: float
    high: float
    why: str


def check_reach(paper: Paper, pilots: Sequence[Path], source: str) -> None:
    """ConfigError at the first test of a paper whose region no effect can reach, or that no effect can miss.

    `pilots`: files as `Pilot` takes them, for the levels of references. ConfigError, too, if a pilot has run a
    reporting seed, as the tests would be fixed after a look at the data. `source` names the paper.
    """
    pilot = Pilot(pilots)
    for study in paper.tested_studies:
        _check_fresh(study, pilot, source)
        for claim in paper.claims_of(study):
            if not isinstance(claim, Untested) and not claim.why_not(study.centre):
                _check(claim, _reaches(claim, study, paper, pilot), source)


def _check(claim: Tested, reaches: Sequence[Reach], source: str) -> None:
    """`reaches`: of each reference. A region has to be met at every reference, and is missed at one."""
    low, high = region(claim)
    unmet = [reach for reach in reaches if not (low < reach.high and reach.low < high)]
    missed = any(reach.low < low or high < reach.high for reach in reaches)
    can_hold, can_fail = (missed, not unmet) if claim.test == "differs" else (not unmet, missed)
    if can_hold and can_fail:
        return
    key = "value" if isinstance(claim, Threshold) else "margin" if isinstance(claim, Comparison) else "low"
    one = unmet[0] if unmet else reaches[0]
    what = "an effect can fail" if can_hold else "an effect can reach"
    allowed = f"what {what}; effects are from {one.low:.4g} to {one.high:.4g}, as {one.why}"
    raise mistake(source, f"claims.{claim.id}.{key}", getattr(claim, key), allowed)


def _reaches(claim: Tested, study: PlannedStudy, paper: Paper, pilot: Pilot) -> list[Reach]:
    """The effects that can be: the subject's level, or its distance from each reference."""
    subject, references = located(claim, study.places, study.baseline)
    low, high = range_of(claim.measure, study, subject, paper)
    why = f"{claim.measure} is between {low:g} and {high:g}"
    if not isinstance(claim, Comparison):
        return [Reach(low, high, why)]
    if claim.how == "times":
        return [Reach(*ANY, why)]
    if claim.how == "superiority":
        return [Reach(0.0, 1.0, "it is a probability")]
    if claim.how == "ratios":
        return [Reach(0.0, math.inf, "it is a ratio")]
    samples = [pilot.values(study, claim.measure, study.point_names[number]).values() for number in references]
    known = [statistics.fmean(one.value for one in sample) for sample in samples if sample]
    if not known:
        return [Reach(low - high, high - low, why)]
    return [
        Reach(low - level, high - level, f"{why}, and the reference has {level:.4g} in the pilot") for level in known
    ]


def range_of(measure: str, study: PlannedStudy, number: int, paper: Paper) -> tuple[float, float]:
    """The smallest and the largest value that a measure can have at a point of a study; infinite where unknown."""
    bounds = measure_of(measure).bounds
    if not isinstance(bounds, str):
        return bounds
    assert isinstance(study, Study)  # no measure of estimators is in the unit of returns
    configuration = study.points[number].configuration
    known = return_range(study.point_environments[number])
    low, high = paper.return_ranges.get(configuration.env_id) or known or ANY
    return (0.0, high - low) if bounds == FALL else (low, high)


def _check_fresh(study: PlannedStudy, pilot: Pilot, source: str) -> None:
    """ConfigError if a pilot has run a reporting seed of a configuration of the study."""
    for path, seeds in pilot.seeds(study).items():
        seen = seeds & set(study.seeds)
        if seen:
            key = f"{study.kind}.{study.name}.seeds"
            raise ConfigError(
                f"{source}: {key}: {min(seen)} is not allowed; allowed: seeds that are not in the pilot {path}"
            )
