"""The tables of a study over three environments or more (their columns: `a2c.analysis.study.aggregate`).

Scores are normalised (`a2c.analysis.references`). A failed run scores 0, as a random policy does; the tables count it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis import sensitivity
from a2c.analysis.points import with_points
from a2c.analysis.references import scale, unscaled
from a2c.analysis.stats import aggregates, profiles
from a2c.analysis.stats.intervals import MIN_SEEDS, TOO_FEW
from a2c.config.measures import RETURNS
from a2c.runs.study import Setting, StudyRecord
from a2c.streams import generator

Array = NDArray[np.float64]
Row = dict[str, Any]

RESAMPLES = 10_000
CURVE_RESAMPLES = 2_000
TAUS = 100
HALFWAY = 0.5  # from a random policy to the other end of the scale: a tau of every profile

WORDS = "stratified percentile bootstrap 95 %"
TIE = "all resamples tie"
INTERVAL = ["low", "high", "interval"]
COUNTS = ["n_environments", "n_runs", "n_failed"]
SENSITIVITY = ["measure", "best_for_all", "score_for_all", "score_tuned", "sensitivity"]
DIMENSIONALITY = ["dimensionality", "tuned_axes"]


@dataclass(frozen=True)
class ScoredSetting:
    """A setting and the scores of its runs.

    `scores`: by number, of shape (seeds, environments); "curve" has the shape (seeds, environments, steps).
    """

    setting: Setting
    scores: Mapping[str, Array]
    n_failed: int

    @property
    def name(self) -> str:
        return self.setting.name

    @property
    def counts(self) -> Row:
        seeds, environments = self.scores["auc"].shape
        return {"n_environments": environments, "n_runs": seeds * environments, "n_failed": self.n_failed}


def across_environments(study: StudyRecord, runs: pd.DataFrame, seed_curves: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables aggregates, aggregate_curves, profiles, improvement and sensitivity.

    Where an environment has no reference return there are no scores: `aggregates` has the reason, the others are empty.
    """
    words = unscaled(study.thresholds, study.changed_environments)
    settings = [] if words else _scored(study, runs, seed_curves)
    interval = [*INTERVAL, *COUNTS]
    steps = np.unique(seed_curves["step"].to_numpy())
    rows = _without_scores(study, words) if words else _aggregates(study, settings)
    tables = {
        "aggregates": (rows, ["setting", "measure", "statistic", "value", *interval]),
        "aggregate_curves": (_curves(study, settings, steps), ["setting", "step", "iqm", *interval]),
        "profiles": (_profiles(study, settings), ["setting", "measure", "tau", "fraction", *interval]),
        "improvement": (
            _improvements(study, settings),
            ["setting", "baseline", "measure", "probability", *interval],
        ),
        "sensitivity": (_sensitivities(study, settings), [*SENSITIVITY, *INTERVAL, *DIMENSIONALITY, *COUNTS]),
    }
    made = {name: pd.DataFrame(rows, columns=columns) for name, (rows, columns) in tables.items()}
    return {name: _with_settings(study, table) if "setting" in table else table for name, table in made.items()}


def _with_settings(study: StudyRecord, table: pd.DataFrame) -> pd.DataFrame:
    """The table with a column for each axis but the environment's, behind the names of the settings."""
    points = {setting.name: setting.point for setting in study.settings}
    after = "baseline" if "baseline" in table else "setting"
    return with_points(table, points, study.setting_axes, key="setting", after=after)


def _complete(study: StudyRecord) -> list[Setting]:
    """The settings that are trained in all environments."""
    return [setting for setting in study.settings if len(setting.configurations) == len(study.environments)]


def _scored(study: StudyRecord, runs: pd.DataFrame, seed_curves: pd.DataFrame) -> list[ScoredSetting]:
    scales = {env_id: ends for env_id, threshold in study.thresholds.items() if (ends := scale(env_id, threshold))}
    by_run = runs.set_index(["configuration", "seed"])[list(RETURNS)]
    curve = seed_curves.pivot(index=["configuration", "seed"], columns="step", values="value")
    settings = []
    for setting in _complete(study):
        numbers, curves = (
            np.stack(
                [
                    ends.normalise(table.loc[setting.configurations[env_id]].loc[study.seeds].to_numpy(float))
                    for env_id, ends in scales.items()
                ],
                axis=1,
            )
            for table in (by_run, curve)
        )
        scores = {number: np.nan_to_num(numbers[..., i], nan=0.0) for i, number in enumerate(RETURNS)}
        scores["curve"] = np.nan_to_num(curves, nan=0.0)
        settings.append(ScoredSetting(setting, scores, int(np.isnan(numbers[..., 0]).sum())))
    return settings


def _interval(
    study: StudyRecord, purpose: str, resample: Callable[[np.random.Generator], Array], points: int = 1
) -> tuple[Array, Array, str]:
    """The percentile interval of resampled statistics, each end of shape (points,), and its words."""
    if len(study.seeds) < MIN_SEEDS:
        return np.full(points, np.nan), np.full(points, np.nan), TOO_FEW
    resampled = resample(generator(0, f"analysis {study.name} {purpose}"))
    low, high = aggregates.percentile_interval(resampled.reshape(-1, points))
    if points == 1 and low == high:
        return np.array([np.nan]), np.array([np.nan]), TIE
    return low, high, WORDS


def _aggregates(study: StudyRecord, settings: Sequence[ScoredSetting]) -> list[Row]:
    rows = []
    for number, setting, statistic in product(RETURNS, settings, aggregates.STATISTICS):
        scores = setting.scores[number][:, :, None]
        value = getattr(aggregates, statistic)(scores)
        purpose = f"{statistic} {number} {setting.name}"
        low, high, words = _interval(study, purpose, partial(aggregates.bootstrap, scores, statistic, RESAMPLES))
        row = {"measure": number, "statistic": statistic, "value": value[0], "low": low[0], "high": high[0]}
        rows.append({"setting": setting.name, **row, "interval": words, **setting.counts})
    return rows


def _without_scores(study: StudyRecord, words: str) -> list[Row]:
    return [
        {"setting": setting.name, "measure": number, "statistic": statistic, "interval": words}
        for number, setting, statistic in product(RETURNS, _complete(study), aggregates.STATISTICS)
    ]


def _curves(study: StudyRecord, settings: Sequence[ScoredSetting], steps: NDArray[np.int64]) -> list[Row]:
    rows = []
    for setting in settings:
        scores = setting.scores["curve"]
        resample = partial(aggregates.bootstrap, scores, "iqm", CURVE_RESAMPLES)
        low, high, words = _interval(study, f"curve {setting.name}", resample, steps.size)
        for step, value, *ends in zip(steps, aggregates.iqm(scores), low, high, strict=True):
            row = {"step": step, "iqm": value, "low": ends[0], "high": ends[1], "interval": words}
            rows.append({"setting": setting.name, **row, **setting.counts})
    return rows


def _profiles(study: StudyRecord, settings: Sequence[ScoredSetting]) -> list[Row]:
    """All settings on one grid of taus, from the lowest score (or 0) to the highest (or 1)."""
    rows = []
    for number in RETURNS if settings else ():
        everything = np.stack([setting.scores[number] for setting in settings])
        taus = np.union1d(np.linspace(min(0.0, everything.min()), max(1.0, everything.max()), TAUS), HALFWAY)
        for setting in settings:
            scores = setting.scores[number]
            resample = partial(profiles.resampled_profile, scores, taus, RESAMPLES)
            low, high, words = _interval(study, f"profile {number} {setting.name}", resample, taus.size)
            for tau, share, *ends in zip(taus, profiles.profile(scores, taus), low, high, strict=True):
                row = {"measure": number, "tau": tau, "fraction": share, "low": ends[0], "high": ends[1]}
                rows.append({"setting": setting.name, **row, "interval": words, **setting.counts})
    return rows


def _improvements(study: StudyRecord, settings: Sequence[ScoredSetting]) -> list[Row]:
    baseline = next((scored for scored in settings if scored.setting.is_baseline), None)
    rows = []
    for number, setting in product(RETURNS, settings):
        if baseline is None or setting is baseline:
            continue
        sides = setting.scores[number], baseline.scores[number]
        resample = partial(profiles.resampled_improvement, *sides, RESAMPLES)
        low, high, words = _interval(study, f"improvement {number} {setting.name}", resample)
        row = {"probability": profiles.probability_of_improvement(*sides), "low": low[0], "high": high[0]}
        names = {"setting": setting.name, "baseline": baseline.name, "measure": number}
        rows.append({**names, **row, "interval": words, **setting.counts})
    return rows


def _sensitivities(study: StudyRecord, settings: Sequence[ScoredSetting]) -> list[Row]:
    rows = []
    for number in RETURNS if len(settings) > 1 else ():
        scores = np.stack([setting.scores[number] for setting in settings])
        performance = scores.mean(axis=1)
        best = sensitivity.best_for_all(performance)
        resample = partial(sensitivity.resampled_sensitivity, scores, RESAMPLES)
        low, high, words = _interval(study, f"sensitivity {number}", resample)
        points = [scored.setting.point for scored in settings]
        dimensionality, tuned = sensitivity.effective_dimensionality(performance, points)
        rows.append(
            {
                "measure": number,
                "best_for_all": settings[best].name,
                "score_for_all": performance[best].mean(),
                "score_tuned": performance.max(axis=0).mean(),
                "sensitivity": sensitivity.sensitivity(performance),
                "low": low[0],
                "high": high[0],
                "interval": words,
                "dimensionality": dimensionality,
                "tuned_axes": ", ".join(tuned),
                "n_environments": scores.shape[2],
                "n_runs": scores.size,
                "n_failed": sum(setting.n_failed for setting in settings),
            }
        )
    return rows
