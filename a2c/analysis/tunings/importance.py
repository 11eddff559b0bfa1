"""Which fields of a space matter: functional analysis of variance of the scores that random search found.

Hutter, Hoos and Leyton-Brown 2014 (An Efficient Approach for Assessing Hyperparameter Importance), by Optuna. A forest
predicts the score from the settings; the importance of a field is the share of the prediction's variance that its main
effect explains. Only random search covers the space evenly, so its trials alone are taken; one that failed has no score
and is left out. Fields that are searched by their logarithm enter by it. A field that its condition excluded in a trial
enters with the middle of its range. Trials whose scores all tie have no variance to explain: no field has an importance
there, not even 0.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from a2c.analysis.stats.intervals import LEVEL, MIN_SEEDS, TOO_FEW
from a2c.analysis.tunings.chosen import RANDOM
from a2c.config.space import Dimension

Array = NDArray[np.float64]

INTERVAL = "jackknife 95 % over repeats"
TIE = "all scores tie without one repeat"
MIN_TRIALS = 20  # fewer say nothing about a space of several fields
COLUMNS = ["field", "importance", "low", "high", "n_trials", "n_repeats", "interval"]


def importance(trials: pd.DataFrame, space: Sequence[Dimension]) -> pd.DataFrame:
    """A row per field, the most important first, from the trials of random search in all repeats.

    The interval is Student's over the jackknife's pseudo-values: each repeat is left out once (Efron and Tibshirani
    1993, chapter 11). Columns: field, importance (0 to 1; interactions make up the rest of the sum), low, high,
    n_trials (with a score), n_repeats (of these trials), interval (its kind, or why there is none). Empty if there are
    too few trials with a score, or if all have the same one.
    """
    each = trials[trials["tuner"] == RANDOM].groupby(["repeat", "trial"], sort=True).first().reset_index()
    each = each[np.isfinite(each["trial_score"].to_numpy(float))]
    coded = np.array([[code(one, text) for text in each[f"field.{one.field}"]] for one in space]).T
    scores, repeats = each["trial_score"].to_numpy(float), each["repeat"].to_numpy()
    if len(each) < MIN_TRIALS or np.isnan(whole := fanova(coded, scores, space)).any():
        return pd.DataFrame(columns=COLUMNS)
    groups = np.unique(repeats)
    low, high, words = _jackknife(whole, coded, scores, repeats, space)
    table = pd.DataFrame(
        {
            "field": [one.field for one in space],
            "importance": whole,
            "low": low,
            "high": high,
            "n_trials": len(each),
            "n_repeats": len(groups),
            "interval": words,
        }
    )
    return table.sort_values("importance", ascending=False, kind="stable", ignore_index=True)[COLUMNS]


def _jackknife(
    whole: Array, coded: Array, scores: Array, repeats: NDArray[Any], space: Sequence[Dimension]
) -> tuple[Array, Array, str]:
    """The two ends of each field's interval, and the words on it. `whole`: the importances over all repeats."""
    groups, missing = np.unique(repeats), np.full(len(space), np.nan)
    if len(groups) < MIN_SEEDS:
        return missing, missing, TOO_FEW
    left = np.array([fanova(coded[repeats != one], scores[repeats != one], space) for one in groups])
    if np.isnan(left).any():
        return missing, missing, TIE
    pseudo = len(groups) * whole - (len(groups) - 1) * left
    half = stdtrit(len(groups) - 1, (1 + LEVEL) / 2) * pseudo.std(axis=0, ddof=1) / math.sqrt(len(groups))
    return np.clip(whole - half, 0, 1), np.clip(whole + half, 0, 1), INTERVAL


def code(dimension: Dimension, text: str | None) -> float:
    """A field's value, as JSON, as a number from 0 to 1: its place in the range, or among the choices.

    None, where its condition is not met: the middle.
    """
    if not isinstance(text, str):
        return 0.5
    value = json.loads(text)
    if not dimension.is_range:
        return dimension.choices.index(value) / (len(dimension.choices) - 1)
    low, high = dimension.ends
    if dimension.log:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return float((value - low) / (high - low))


def fanova(coded: Array, scores: Array, space: Sequence[Dimension]) -> Array:
    """The share of the variance of `scores` (trials,) that each column of `coded` (trials, fields) explains alone.

    NaN where there is no variance to explain, as all scores tie, or where no forest finds any, as all settings do.
    """
    if np.ptp(scores) == 0 or not np.ptp(coded, axis=0).any():
        return np.full(len(space), np.nan)  # Optuna raises RuntimeError
    import optuna
    from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution

    # Choices are whole steps, so that the forest weighs each of them the same.
    steps = [0 if one.is_range else len(one.choices) - 1 for one in space]
    distributions: dict[str, BaseDistribution] = {
        one.field: IntDistribution(0, last) if last else FloatDistribution(0, 1)
        for one, last in zip(space, steps, strict=True)
    }
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize")
    for row, score in zip(coded, scores, strict=True):
        numbers = {
            one.field: round(number * last) if last else float(number)
            for one, number, last in zip(space, row, steps, strict=True)
        }
        study.add_trial(optuna.trial.create_trial(params=numbers, distributions=distributions, value=float(score)))
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    found = evaluator.evaluate(study)
    return np.array([found[one.field] for one in space])
