"""How many tests of a paper its runs would decide, foretold from a pilot: runs of the same configurations, other seeds.

Samples of the paper's size are drawn from the pilot's runs with replacement, and all tests are made on them, with
Holm's correction and that for several looks, as on the paper's own. Tests without runs count in Holm's correction as
undecided. With few seeds in the pilot this says what would happen if all runs were like
these.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis.claims.evidence import Points, Samples, exact, gather, p_values, points_of
from a2c.analysis.claims.tables import verdict_of
from a2c.analysis.claims.verdicts import for_looks
from a2c.analysis.stats.multiplicity import holm
from a2c.config import Paper
from a2c.config.claims import CONTRADICTED, SUPPORTED, UNDECIDED, Tested, Untested, key_of, located
from a2c.config.tested import PlannedStudy
from a2c.planning.pilot import Pilot
from a2c.streams import generator

Array = NDArray[np.float64]
DRAWS = 100
OUTCOMES = (SUPPORTED, CONTRADICTED, UNDECIDED)
COLUMNS = ["study", "claim", *OUTCOMES]


def forecast(paper: Paper, pilots: Sequence[Path]) -> pd.DataFrame:
    """A row per test, columns `COLUMNS`: the shares of draws with each outcome; missing where no pilot has its runs.

    `pilots`: files as `Pilot` takes them.
    """
    pilot = Pilot(pilots)
    rows = [row for study in paper.tested_studies for row in _of_study(paper, study, pilot)]
    return pd.DataFrame(rows, columns=COLUMNS)


def render(table: pd.DataFrame) -> str:
    """The expected number of decided tests, and the tests that are more likely undecided."""
    known = table.dropna()
    if not len(known):
        return "No pilot has runs of a test's configurations, so nothing is foretold."
    decided = float((1 - known[UNDECIDED]).sum())
    lines = [f"Foretold from the pilot: {decided:.0f} of {len(known)} tests decided ({decided / len(known):.0%})."]
    if len(known) < len(table):
        lines.append(f"Of {len(table) - len(known)} tests the pilot has no runs.")
    open_ones = known[known[UNDECIDED] > 0.5]
    lines += [f"  more likely undecided: {row.study}, {row.claim}" for row in open_ones.itertuples()]
    return "\n".join(lines)


def _of_study(paper: Paper, study: PlannedStudy, pilot: Pilot) -> list[dict[str, object]]:
    """The rows of the tests of one study."""
    points = points_of(study)
    tested = [
        claim for claim in paper.claims_of(study) if not isinstance(claim, Untested) and not claim.why_not(study.centre)
    ]
    known = [
        claim for claim in tested if all(pilot.values(study, claim.measure, name) for name in _names(claim, points))
    ]
    counts: dict[str, Counter[str]] = {claim.id: Counter() for claim in known}
    unknown = np.ones((len(tested) - len(known), 2))  # Holm's correction is over all tests of the study
    rng = generator(0, f"planning forecast {study.name}")
    for _ in range(DRAWS if known else 0):
        drawn = {measure: _drawn(study, pilot, measure, rng) for measure in _measures(known)}
        p = np.array([p_values(claim, gather(claim, points, drawn[claim.measure])) for claim in known])
        p = np.vstack([np.minimum(1.0, p * for_looks(study)), unknown])
        adjusted = np.column_stack([holm(p[:, 0]), holm(p[:, 1])])
        for claim, pair in zip(known, adjusted[: len(known)], strict=True):
            counts[claim.id][verdict_of(pair)] += 1
    return [
        {
            "study": study.name,
            "claim": key_of(claim, study.centre),
            **{name: counts[claim.id][name] / DRAWS if claim in known else np.nan for name in OUTCOMES},
        }
        for claim in tested
    ]


def _measures(claims: Sequence[Tested]) -> list[str]:
    return list(dict.fromkeys(claim.measure for claim in claims))


def _names(claim: Tested, points: Points) -> list[str]:
    """The configurations that a test looks at."""
    subject, references = located(claim, points.places, points.baseline)
    return [points.names[number] for number in (subject, *references)]


def _drawn(study: PlannedStudy, pilot: Pilot, measure: str, rng: np.random.Generator) -> Samples:
    """For each point that the pilot has, a sample of the study's size.

    Estimators are compared run by run, so that all points of a gradient study get the same runs of the pilot.
    """
    size, found = len(study.seeds), {name: pilot.values(study, measure, name) for name in study.point_names}
    if study.kind != "gradients":
        samples = {name: [one.value for one in values.values()] for name, values in found.items() if values}
        return exact({name: rng.choice(values, size) for name, values in samples.items()})
    runs = rng.choice(sorted({seed for values in found.values() for seed in values}), size)
    there = {name: np.flatnonzero([run in values for run in runs]) for name, values in found.items()}
    bounds = {name: np.array([found[name][runs[place]] for place in there[name]]).reshape(-1, 3) for name in found}
    values, low, high = ({name: one[:, column] for name, one in bounds.items()} for column in range(3))
    return Samples(values, low, high, {name: places.astype(float) for name, places in there.items()})
