"""Statistical comparison of published runs with the same configuration trained again, where bits may differ.

The tests ask whether both sets of runs come from the same distribution.
"""

from collections.abc import Mapping
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import fisher_exact

from a2c.analysis import curves
from a2c.analysis.references import scale
from a2c.analysis.stats import comparisons, multiplicity
from a2c.analysis.stats.intervals import MIN_SEEDS
from a2c.config.measures import ALPHA, RETURNS

Array = NDArray[np.float64]

EQUAL = "statistically equal"
NO_DIFFERENCE = "no difference found"
DIFFERENT = "different"
UNTESTED = "untested"

FAILED = "failed"
MARGIN = 0.05  # share of the range of normalised scores, from a random policy to 1: 22.6 of CartPole's 500


def equivalence_margin(env_id: str, reward_threshold: float | None) -> float | None:
    """The largest difference that is called equal, in reward per episode; None if the environment has no scale."""
    ends = scale(env_id, reward_threshold)
    return None if ends is None else MARGIN * abs(ends.one - ends.zero)


def measure_run(
    step: NDArray[np.int64], returns: Array, evaluation: Array, total_steps: int, ended: int
) -> dict[str, float]:
    """The measures of a finished run, as studies have them; NaN if its budget has no curve.

    `step`, `returns`: of its training episodes; `evaluation`: returns of its sampled evaluation; `ended`: the step at
    which it stopped, the budget `total_steps` if it did not.
    """
    if total_steps < curves.POINTS:
        return dict.fromkeys(RETURNS, float("nan"))
    curve = curves.learning_curve(step, returns, total_steps)
    final = curves.final_return(step, returns, max(curves.POINTS, ended))
    return {"final_return": final, "auc": curves.auc(curve), "eval_return": curves.eval_return(evaluation)}


def comparison_table(runs: pd.DataFrame, margins: Mapping[str, float | None]) -> pd.DataFrame:
    """All tests of all configurations, corrected as one family (Holm).

    `runs`: a row per run with configuration, published (bool), seed and `RETURNS`, all NaN if the run failed.
    `margins`: the equivalence margin of each configuration, in reward per episode, or None.

    Columns of the table: configuration, measure (one of `RETURNS` | failed), n and n_published, mean and
    mean_published (of `failed`: the share), low and high (95 % Welch interval of the difference), p (of no difference),
    least (the smallest p that so many runs can give), p_adjusted, margin, p_equivalent (TOST), words (why there is no
    test, or "").
    """
    rows: list[dict[str, Any]] = []
    for name, group in runs.groupby("configuration", sort=False):
        retrained, published = (group[group["published"] == side] for side in (False, True))
        for measure in RETURNS:
            new, old = (side[measure].dropna().to_numpy(float) for side in (retrained, published))
            test = _test_means(new, old, margins[str(name)])
            rows.append({"configuration": name, "measure": measure, **test})
        if group["final_return"].isna().any():
            new_failed, old_failed = (side["final_return"].isna().to_numpy() for side in (retrained, published))
            rows.append({"configuration": name, "measure": FAILED, **_test_failures(new_failed, old_failed)})
    table = pd.DataFrame(rows)
    table["p_adjusted"] = multiplicity.holm(table["p"].to_numpy(float))
    powerless = table["least"] * table["p"].count() > ALPHA
    table.loc[powerless, "words"] = f"too few seeds for {table['p'].count()} tests"
    return table


def verdict(tests: pd.DataFrame) -> str:
    """The verdict of the tests of one configuration (rows of `comparison_table`).

    `DIFFERENT` if a difference was found, however small. `EQUAL` if none was and all measures were shown to differ by
    less than the margin. `NO_DIFFERENCE` if neither. `UNTESTED` if no test could have found a difference.
    """
    tested = tests[tests["words"] == ""]
    if (tested["p_adjusted"] <= ALPHA).any():
        return DIFFERENT
    if tested.empty:
        return UNTESTED
    return EQUAL if (tested["p_equivalent"] <= ALPHA).sum() == len(RETURNS) else NO_DIFFERENCE


def _test_means(new: Array, old: Array, margin: float | None) -> dict[str, Any]:
    """Difference by a permutation test of Welch's statistic (exact for "one distribution"), equivalence by TOST."""
    difference = comparisons.welch(new, old)
    row = {
        **_summary(new, old),
        **dict.fromkeys(("low", "high", "p", "least", "p_equivalent"), np.nan),
        "margin": np.nan if margin is None else margin,
        "words": "",
    }
    if min(new.size, old.size) < MIN_SEEDS:
        return row | {"words": comparisons.TOO_FEW}
    if not comparisons.untestable(new, old):
        row["low"], row["high"] = difference.interval()
        if margin is not None:
            row["p_equivalent"] = comparisons.p_equivalent(difference, -margin, margin)
    row["p"] = comparisons.permutation_test(new, old)
    row["least"] = 2 / min(comb(new.size + old.size, new.size), comparisons.RESAMPLES + 1)
    return row


def _test_failures(new: NDArray[np.bool_], old: NDArray[np.bool_]) -> dict[str, Any]:
    """Fisher's exact test of the shares of failed runs, which holds at any number of runs."""
    row = {**_summary(new.astype(float), old.astype(float)), "p": np.nan, "least": np.nan, "words": ""}
    if min(new.size, old.size) < MIN_SEEDS:
        return row | {"words": comparisons.TOO_FEW}
    old_counts = [int(old.sum()), int((~old).sum())]
    p = [float(fisher_exact([[failed, new.size - failed], old_counts]).pvalue) for failed in range(new.size + 1)]
    return row | {"p": p[int(new.sum())], "least": min(p)}


def _summary(new: Array, old: Array) -> dict[str, Any]:
    means = {"mean": comparisons.mean(new).value, "mean_published": comparisons.mean(old).value}
    return {"n": new.size, "n_published": old.size, **means}
