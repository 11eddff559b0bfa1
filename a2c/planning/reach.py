"""Tests that cannot be decided by any runs: the effect that they ask for, or every other effect, is out of reach.

An effect is bounded by the range of its measure. A return of CartPole-v1 lies between 0 and 500: where the reference
has 78, no setting is lower by 100. The level of a reference is taken from a pilot, the `runs.csv` of a study with the
same configuration and other seeds.
"""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from a2c.analysis.claims.effects import Tested, region
from a2c.analysis.references import return_range
from a2c.config import ConfigError, Paper, Study
from a2c.config.claims import Comparison, Threshold, Untested, locate, others
from a2c.config.errors import mistake
from a2c.config.measures import FALL, measure_of
from a2c.planning.pilot import MEASURES, read_runs

ANY = (-math.inf, math.inf)


class Reach(NamedTuple):
    """The effects that a test can meet, and why."""

    low: float
    high: float
    why: str


def check_reach(paper: Paper, pilots: Sequence[Path], source: str) -> None:
    """ConfigError at the first test of a paper whose region no effect can reach, or that no effect can miss.

    `pilots`: files `runs.csv` that give the levels of references. ConfigError, too, if a pilot has run a reporting
    seed, as the tests would be fixed after a look at the data. `source` names the paper.
    """
    levels = _Levels(pilots)
    for study in paper.studies:
        levels.check_fresh(study, source)
        for claim in paper.claims_of(study):
            if not isinstance(claim, Untested) and not claim.why_not(study.centre):
                _check(claim, _reaches(claim, study, paper, levels), source)


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


def _reaches(claim: Tested, study: Study, paper: Paper, levels: "_Levels") -> list[Reach]:
    """The effects that can be: the subject's level, or its distance from each reference."""
    places = study.places
    (subject,) = locate(claim.subject, places, study.baseline)
    low, high = range_of(claim.measure, study, subject, paper)
    why = f"{claim.measure} is between {low:g} and {high:g}"
    if not isinstance(claim, Comparison):
        return [Reach(low, high, why)]
    at = others(subject, places) if claim.reference == "others" else locate(claim.reference, places, study.baseline)
    known = [level for number in at if (level := levels.of(study.points[number].name, claim.measure)) is not None]
    if not known:
        return [Reach(low - high, high - low, why)]
    return [
        Reach(low - level, high - level, f"{why}, and the reference has {level:.4g} in the pilot") for level in known
    ]


def range_of(measure: str, study: Study, number: int, paper: Paper) -> tuple[float, float]:
    """The smallest and the largest value that a measure can have at a point of a study; infinite where unknown."""
    bounds = measure_of(measure).bounds
    if not isinstance(bounds, str):
        return bounds
    configuration = study.points[number].configuration
    changed = configuration.env_kwargs or configuration.max_episode_steps
    known = None if changed else return_range(configuration.env_id)
    low, high = paper.return_ranges.get(configuration.env_id) or known or ANY
    return (0.0, high - low) if bounds == FALL else (low, high)


class _Levels:
    """Mean measures of configurations in pilots."""

    def __init__(self, pilots: Iterable[Path]) -> None:
        self._runs = {path: read_runs(path) for path in pilots}

    def of(self, configuration: str, measure: str) -> float | None:
        """The mean of a measure over all runs of a configuration; None if no pilot has it."""
        if measure not in MEASURES:
            return None
        values = [runs.loc[runs["configuration"] == configuration, measure].dropna() for runs in self._runs.values()]
        joined = pd.concat(values) if values else pd.Series(dtype=float)
        return float(joined.mean()) if len(joined) else None

    def check_fresh(self, study: Study, source: str) -> None:
        """ConfigError if a pilot has run a reporting seed of a configuration of the study."""
        names = [point.name for point in study.points]
        for path, runs in self._runs.items():
            seen = set(runs.loc[runs["configuration"].isin(names), "seed"]) & set(study.seeds)
            if seen:
                raise ConfigError(
                    f"{source}: studies.{study.name}.seeds: {min(seen)} is not allowed; allowed: seeds that are not in "
                    f"the pilot {path}"
                )
