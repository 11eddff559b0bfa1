"""The table `comparisons` of a study: each configuration against the baseline."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from a2c.analysis.points import with_points
from a2c.analysis.stats import comparisons, multiplicity
from a2c.config.claims import locate
from a2c.config.measures import RETURNS
from a2c.runs.study import StudyRecord
from a2c.streams import generator

COMPARED = [
    "difference",
    "low",
    "high",
    "effect_size",
    "effect_low",
    "effect_high",
    "p",
    "p_adjusted",
    "low_adjusted",
    "high_adjusted",
    "p_permutation",
]


def comparison_table(study: StudyRecord, runs: pd.DataFrame) -> pd.DataFrame:
    """Each configuration against the baseline in the same environment; Holm's correction over the whole table."""
    rows = []
    for number, one in product(RETURNS, study.configurations):
        for other in locate({"env_id": one.env_id}, study.places, study.baseline):
            baseline = study.configurations[other].name
            if one.name != baseline:
                names = {"measure": number, "configuration": one.name, "baseline": baseline}
                rows.append(names | _compare(runs, names))
    table = pd.DataFrame(rows, columns=["measure", "configuration", "baseline", "n", "n_baseline", *COMPARED, "method"])
    p = table["p"].to_numpy(float)
    table["p_adjusted"] = multiplicity.holm(p)
    levels = multiplicity.holm_levels(p)
    adjusted = [row["estimate"].interval(level) for row, level in zip(rows, levels, strict=True)]
    table[["low_adjusted", "high_adjusted"]] = np.reshape(adjusted, (len(rows), 2))
    table["method"] = table["method"].str.replace("Holm", f"Holm over {table['p'].count()}")
    points = {one.name: one.point for one in study.configurations}
    return with_points(table, points, study.axes, key="configuration", after="baseline")


def _compare(runs: pd.DataFrame, names: Mapping[str, str]) -> dict[str, Any]:
    """Welch's test, Hedges' g and the permutation test of one configuration against its baseline."""
    sides = [runs[runs["configuration"] == names[side]] for side in ("configuration", "baseline")]
    first, second = (side[names["measure"]].dropna().to_numpy(float) for side in sides)
    difference = comparisons.welch(first, second)
    row = dict.fromkeys(COMPARED, np.nan) | {"n": first.size, "n_baseline": second.size, "difference": difference.value}
    words = comparisons.untestable(first, second)
    if not words:
        row["low"], row["high"] = difference.interval()
        row["effect_size"], row["effect_low"], row["effect_high"] = comparisons.hedges_g(first, second)
        row["p"] = difference.p_differs()
        row["p_permutation"] = comparisons.permutation_test(first, second)
    failed = [f"{side[names['measure']].isna().sum()} of {len(side)}" for side in sides]
    notes = [words or "Welch, Holm"]
    if any(side[names["measure"]].isna().any() for side in sides):
        notes.append(f"left out as failed: {failed[0]} runs, of the baseline {failed[1]}")
    return row | {"method": "; ".join(notes), "estimate": difference}


def stream(*names: str) -> np.random.Generator:
    """The random stream of one bootstrap, named after its statistic: equal runs give equal intervals in every study."""
    return generator(0, " ".join(("analysis", *names)))
