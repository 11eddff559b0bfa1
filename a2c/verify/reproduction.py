"""Published runs trained again where bits may differ: are they draws from the same distribution?

Tests of one configuration's runs against its published ones, and what they come to in a word.
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
from a2c.analysis.stats import comparisons
from a2c.analysis.stats.intervals import MIN_SEEDS
from a2c.streams import generator

Array = NDArray[np.float64]

EQUAL = "statistically equal"
NOT_TOLD = "no difference found"
DIFFERENT = "different"
UNTESTED = "untested"

MEASURES = ("final_return", "auc")
FAILED = "failed"
ALPHA = 0.05
MARGIN = 0.05  # of the way from a random policy to 1 on the scale of normalised scores: 22.6 of CartPole's 500


def margin(env_id: str, reward_threshold: float | None) -> float | None:
    """The largest difference that is called equal, in reward per episode; None where the environment has no scale."""
    ends = scale(env_id, reward_threshold)
    return None if ends is None else MARGIN * abs(ends.one - ends.zero)


def numbers(step: NDArray[np.int64], returns: Array, total_steps: int) -> dict[str, float]:
    """What is compared of a finished run; missing where its budget is too short for a learning curve."""
    if total_steps < curves.POINTS:
        return dict.fromkeys(MEASURES, float("nan"))
    curve = curves.learning_curve(step, returns, total_steps)
    return {"final_return": curves.final_return(step, returns, total_steps), "auc": curves.auc(curve)}


def compared(runs: pd.DataFrame, margins: Mapping[str, float | None]) -> pd.DataFrame:
    """All tests of all configurations, as one family for Holm's correction.

    `runs`: configuration, published (bool), seed, final_return, auc; both missing where the run failed. `margins`: the
    equivalence margin of each configuration, in reward per episode, or None.

    The table: configuration, measure (final_return | auc | failed), n, n_published, mean, mean_published (of `failed`:
    the share), low and high (Welch 95 % of the difference), p (that there is no difference), least (the smallest p that
    so many runs can give), p_adjusted, margin, p_equivalent (TOST), words (why there is no test, or "").
    """
    rows: list[dict[str, Any]] = []
    for name, of_configuration in runs.groupby("configuration", sort=False):
        here, published = (of_configuration[of_configuration["published"] == side] for side in (False, True))
        for measure in MEASURES:
            ours, theirs = (side[measure].dropna().to_numpy(float) for side in (here, published))
            found = _compare(ours, theirs, margins[str(name)], generator(0, f"verification {name} {measure}"))
            rows.append({"configuration": name, "measure": measure, **found})
        if of_configuration["final_return"].isna().any():
            found = _compare_failures(
                here["final_return"].isna().to_numpy(), published["final_return"].isna().to_numpy()
            )
            rows.append({"configuration": name, "measure": FAILED, **found})
    table = pd.DataFrame(rows)
    table["p_adjusted"] = comparisons.holm(table["p"].to_numpy(float))
    powerless = table["least"] * table["p"].count() > ALPHA
    table.loc[powerless, "words"] = f"too few seeds for {table['p'].count()} tests"
    return table


def verdict(of_configuration: pd.DataFrame) -> str:
    """What the tests of one configuration come to, in a word.

    Different: a difference was found, however small. Equal: none was, and both measures were shown to be closer than
    the margin. No difference found: neither. Untested: no test could have found one.
    """
    tested = of_configuration[of_configuration["words"] == ""]
    if (tested["p_adjusted"] <= ALPHA).any():
        return DIFFERENT
    if tested.empty:
        return UNTESTED
    return EQUAL if (tested["p_equivalent"] <= ALPHA).sum() == len(MEASURES) else NOT_TOLD


def _compare(here: Array, published: Array, within: float | None, rng: np.random.Generator) -> dict[str, Any]:
    """Difference by permutation of Welch's statistic (exact for "one distribution"), equivalence by TOST."""
    difference = comparisons.welch(here, published)
    row = {
        **_sides(here, published),
        **dict.fromkeys(("low", "high", "p", "least", "p_equivalent"), np.nan),
        "margin": np.nan if within is None else within,
        "words": "",
    }
    if min(here.size, published.size) < MIN_SEEDS:
        return row | {"words": comparisons.TOO_FEW}
    if not comparisons.untestable(here, published):
        row["low"], row["high"] = difference.interval()
        if within is not None:
            row["p_equivalent"] = comparisons.p_equivalent(difference, -within, within)
    row["p"] = comparisons.permutation_test(here, published, rng)
    row["least"] = 2 / min(comb(here.size + published.size, here.size), comparisons.RESAMPLES + 1)
    return row


def _compare_failures(here: NDArray[np.bool_], published: NDArray[np.bool_]) -> dict[str, Any]:
    """Fisher's exact test of the shares of failed runs, valid at any number of them."""
    row = {**_sides(here.astype(float), published.astype(float)), "p": np.nan, "least": np.nan, "words": ""}
    if min(here.size, published.size) < MIN_SEEDS:
        return row | {"words": comparisons.TOO_FEW}
    theirs = [int(published.sum()), int((~published).sum())]
    p = [float(fisher_exact([[failed, here.size - failed], theirs]).pvalue) for failed in range(here.size + 1)]
    return row | {"p": p[int(here.sum())], "least": min(p)}


def _sides(here: Array, published: Array) -> dict[str, Any]:
    means = {"mean": comparisons.mean(here).value, "mean_published": comparisons.mean(published).value}
    return {"n": here.size, "n_published": published.size, **means}
