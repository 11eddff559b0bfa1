"""The settings that tuners chose, on the seeds that they were chosen on and on fresh ones.

A run or a repeat without a score is left out of every mean, interval and test; the numbers count those that are left.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis.stats.comparisons import difference, mean
from a2c.analysis.stats.multiplicity import holm
from a2c.analysis.tunings.samples import Sample, of_repeats, of_seeds, untestable

Array = NDArray[np.float64]

RANDOM = "random"  # the tuner that the others are compared with
KEYS = ["budget", "tuner"]
CHOSEN = [*KEYS, "repeat", "trial", "configuration", "tuning_score", "test_score", "test_error", "n_test", "shrinkage"]
MEANS = ("tuning_score", "test_score", "shrinkage")
BY_TUNER = [*KEYS, "n_repeats", *(f"{name}{end}" for name in MEANS for end in ("", "_low", "_high", "_interval"))]
COMPARED = [
    "budget",
    "tuner",
    "reference",
    "n",
    "n_reference",
    "difference",
    "low",
    "high",
    "p",
    "p_adjusted",
    "interval",
]


def chosen(trials: pd.DataFrame, tests: pd.DataFrame, planned: Iterable[tuple[int, str, int]]) -> pd.DataFrame:
    """A row for each budget, tuner and repeat: the setting that the tuner chose within the budget.

    `trials` and `tests` as `a2c.tuning.records` has them. `planned`: all budgets, tuners and repeats; one in which no
    trial was complete has a row without a setting. Columns: budget (trials), tuner, repeat, trial, configuration
    (canonical JSON), tuning_score (mean over the tuning seeds), test_score (mean over the test seeds that have a
    score; missing if none has), test_error (its standard error), n_test (their number), shrinkage (tuning - test).
    """
    rows = []
    tuned_trials = {key: rows.iloc[0] for key, rows in trials.groupby(["tuner", "repeat", "trial"])}
    for (budget, tuner, repeat, trial), runs in tests.groupby([*KEYS, "repeat", "trial"], sort=True):
        tuned = tuned_trials[tuner, repeat, trial]
        scores = known(runs["score"])
        test = mean(scores)
        rows.append(
            {
                "budget": budget,
                "tuner": tuner,
                "repeat": repeat,
                "trial": trial,
                "configuration": tuned["configuration"],
                "tuning_score": float(tuned["trial_score"]),
                "test_score": test.value,
                "test_error": test.standard_error,
                "n_test": scores.size,
                "shrinkage": float(tuned["trial_score"]) - test.value,
            }
        )
    found = {(row["budget"], row["tuner"], row["repeat"]) for row in rows}
    rows += [dict(zip([*KEYS, "repeat"], key, strict=True)) | {"n_test": 0} for key in {*planned} - found]
    table = pd.DataFrame(rows, columns=CHOSEN).astype({"trial": "Int64"})  # which may be missing
    return table.sort_values([*KEYS, "repeat"], ignore_index=True)


def known(scores: "pd.Series[float]") -> Array:
    """The scores that there are, as numbers."""
    numbers = np.asarray(scores, dtype=np.float64)
    return numbers[~np.isnan(numbers)]


def by_tuner(choices: pd.DataFrame) -> pd.DataFrame:
    """A row for each budget and tuner, from `chosen`: means over the repeats with t intervals, see `samples`.

    Columns: budget, tuner, n_repeats, and for tuning_score, test_score and shrinkage the mean, _low, _high and
    _interval (the kind of interval, or why there is none; then how many repeats are left out).
    """
    rows = []
    for (budget, tuner), repeats in choices.groupby(KEYS, sort=True):
        row: dict[str, object] = {"budget": budget, "tuner": tuner, "n_repeats": len(repeats)}
        for name in MEANS:
            sample = of_repeats(repeats, name)
            lacking = len(repeats) - sample.n
            left_out = f"; left out as failed: {lacking} of {len(repeats)} repeats" if lacking else ""
            low, high, words = sample.interval()
            row |= {
                name: sample.mean.value,
                f"{name}_low": low,
                f"{name}_high": high,
                f"{name}_interval": f"{words}{left_out}",
            }
        rows.append(row)
    return pd.DataFrame(rows, columns=BY_TUNER)


def compared(choices: pd.DataFrame, references: pd.DataFrame) -> pd.DataFrame:
    """Test scores of each tuner's choices against those of random search, and against fixed settings.

    `references`: columns reference, seed, score: settings that nobody tuned, on the same test seeds. Repeats are the
    sample of a tuner, seeds that of a fixed setting. Welch's test; p values are adjusted by Holm over all rows of a
    budget.

    Columns: budget, tuner, reference (random, or the name of a fixed setting), n, n_reference (repeats and seeds with a
    score), difference, low, high, p, p_adjusted, interval (words).
    """
    fixed = {str(label): of_seeds(known(rows["score"])) for label, rows in references.groupby("reference", sort=False)}
    parts = []
    for budget, of_budget in choices.groupby("budget", sort=True):
        scores = {str(tuner): of_repeats(rows, "test_score") for tuner, rows in of_budget.groupby("tuner")}
        random = {RANDOM: scores[RANDOM]} if RANDOM in scores else {}
        rows = [
            {"budget": budget, "tuner": tuner, "reference": reference, **_difference(sample, other)}
            for tuner, sample in scores.items()
            for reference, other in {**random, **fixed}.items()
            if tuner != reference
        ]
        part = pd.DataFrame(rows)
        if len(part):
            parts.append(part.assign(p_adjusted=holm(part["p"].to_numpy(float)))[COMPARED])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COMPARED)


def _difference(sample: Sample, other: Sample) -> dict[str, object]:
    found = difference(sample.mean, other.mean)
    words = untestable(sample, other)
    low, high = (float("nan"), float("nan")) if words else found.interval()
    return {
        "n": sample.n,
        "n_reference": other.n,
        "difference": found.value,
        "low": low,
        "high": high,
        "p": float("nan") if words else found.p_differs(),
        "interval": words or "Welch 95 %",
    }
