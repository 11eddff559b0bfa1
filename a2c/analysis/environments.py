"""The tables of a study over three environments or more (their columns: `a2c.analysis.study.aggregate`).

Scores are normalised (`a2c.analysis.references`). A run that failed scores 0, as a random policy would: it is not left
out, and the tables say how many did.
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
from a2c.analysis.points import Study, point_name
from a2c.analysis.references import scale, unscaled
from a2c.analysis.stats import aggregates, profiles
from a2c.analysis.stats.intervals import MIN_SEEDS, TOO_FEW
from a2c.streams import generator

Array = NDArray[np.float64]
Row = dict[str, Any]

NUMBERS = ("final_return", "auc", "eval_return")
RESAMPLES = 10_000
CURVE_RESAMPLES = 2_000
TAUS = 100
HALFWAY = 0.5  # of the way from a random policy to the scale's other end: a tau of every profile

WORDS = "stratified percentile bootstrap 95 %"
TIE = "all resamples tie"
INTERVAL = ["low", "high", "interval"]
COUNTS = ["n_environments", "n_runs", "n_failed"]
SENSITIVITY = ["measure", "best_for_all", "score_for_all", "score_tuned", "sensitivity"]
DIMENSIONALITY = ["dimensionality", "tuned_axes"]


@dataclass(frozen=True)
class Setting:
    """A point without its environment, and the scores of its runs.

    `scores` has, for each number, the shape (seeds, environments); for "curve" (seeds, environments, steps).
    """

    name: str
    point: Mapping[str, Any]
    scores: Mapping[str, Array]
    n_failed: int

    @property
    def columns(self) -> Row:
        return {"setting": self.name, **self.point}

    @property
    def counts(self) -> Row:
        seeds, environments = self.scores["auc"].shape
        return {"n_environments": environments, "n_runs": seeds * environments, "n_failed": self.n_failed}


def across_environments(study: Study, runs: pd.DataFrame, seed_curves: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables aggregates, aggregate_curves, profiles, improvement and sensitivity.

    Where an environment has no reference return there are no scores: `aggregates` says so, the others are empty.
    """
    thresholds = {entry["env_id"]: entry["reward_threshold"] for entry in study["configurations"]}
    words = unscaled(thresholds.items())
    settings = [] if words else _settings(study, runs, seed_curves, thresholds)
    axes = [axis for axis in study["axes"] if axis != "env_id"]
    interval, setting = [*INTERVAL, *COUNTS], ["setting", *axes]
    steps = np.unique(seed_curves["step"].to_numpy())
    rows = _without_scores(study, words) if words else _aggregates(study, settings)
    tables = {
        "aggregates": (rows, [*setting, "measure", "statistic", "value", *interval]),
        "aggregate_curves": (_curves(study, settings, steps), [*setting, "step", "iqm", *interval]),
        "profiles": (_profiles(study, settings), [*setting, "measure", "tau", "fraction", *interval]),
        "improvement": (
            _improvements(study, settings),
            ["setting", "baseline", *axes, "measure", "probability", *interval],
        ),
        "sensitivity": (_sensitivities(study, settings), [*SENSITIVITY, *INTERVAL, *DIMENSIONALITY, *COUNTS]),
    }
    return {name: pd.DataFrame(rows, columns=columns) for name, (rows, columns) in tables.items()}


def _points(study: Study) -> dict[str, tuple[Row, dict[str, str]]]:
    """The settings run in all environments, by name: their place on the other axes, their configurations."""
    environments = {entry["env_id"] for entry in study["configurations"]}
    found: dict[str, tuple[Row, dict[str, str]]] = {}
    for entry in study["configurations"]:
        point = {axis: entry["point"].get(axis) for axis in study["axes"] if axis != "env_id"}
        _, configurations = found.setdefault(point_name(point) or str(study["title"]), (point, {}))
        configurations[entry["env_id"]] = entry["configuration"]
    return {name: ours for name, ours in found.items() if len(ours[1]) == len(environments)}


def _settings(
    study: Study, runs: pd.DataFrame, seed_curves: pd.DataFrame, thresholds: Mapping[str, float | None]
) -> list[Setting]:
    scales = {env_id: ends for env_id, threshold in thresholds.items() if (ends := scale(env_id, threshold))}
    by_run = runs.set_index(["configuration", "seed"])[list(NUMBERS)]
    curve = seed_curves.pivot(index=["configuration", "seed"], columns="step", values="value")
    settings = []
    for name, (point, configurations) in _points(study).items():
        numbers, curves = (
            np.stack(
                [
                    ends.normalise(table.loc[configurations[env_id]].loc[study["seeds"]].to_numpy(float))
                    for env_id, ends in scales.items()
                ],
                axis=1,
            )
            for table in (by_run, curve)
        )
        scores = {number: np.nan_to_num(numbers[..., i], nan=0.0) for i, number in enumerate(NUMBERS)}
        scores["curve"] = np.nan_to_num(curves, nan=0.0)
        settings.append(Setting(name, point, scores, int(np.isnan(numbers[..., 0]).sum())))
    return settings


def _interval(
    study: Study, purpose: str, resample: Callable[[np.random.Generator], Array], points: int = 1
) -> tuple[Array, Array, str]:
    """The percentile interval of resampled statistics, each end of shape (points,), and its words."""
    if len(study["seeds"]) < MIN_SEEDS:
        return np.full(points, np.nan), np.full(points, np.nan), TOO_FEW
    found = resample(generator(0, f"analysis {study['name']} {purpose}"))
    low, high = aggregates.percentile_interval(found.reshape(-1, points))
    if points == 1 and low == high:
        return np.array([np.nan]), np.array([np.nan]), TIE
    return low, high, WORDS


def _aggregates(study: Study, settings: Sequence[Setting]) -> list[Row]:
    rows = []
    for number, setting, statistic in product(NUMBERS, settings, aggregates.STATISTICS):
        scores = setting.scores[number][:, :, None]
        value = getattr(aggregates, statistic)(scores)
        purpose = f"{statistic} {number} {setting.name}"
        low, high, words = _interval(study, purpose, partial(aggregates.bootstrap, scores, statistic, RESAMPLES))
        found = {"measure": number, "statistic": statistic, "value": value[0], "low": low[0], "high": high[0]}
        rows.append(setting.columns | found | {"interval": words} | setting.counts)
    return rows


def _without_scores(study: Study, words: str) -> list[Row]:
    return [
        {"setting": name, **point, "measure": number, "statistic": statistic, "interval": words}
        for number, (name, (point, _)), statistic in product(NUMBERS, _points(study).items(), aggregates.STATISTICS)
    ]


def _curves(study: Study, settings: Sequence[Setting], steps: NDArray[np.int64]) -> list[Row]:
    rows = []
    for setting in settings:
        scores = setting.scores["curve"]
        resample = partial(aggregates.bootstrap, scores, "iqm", CURVE_RESAMPLES)
        low, high, words = _interval(study, f"curve {setting.name}", resample, steps.size)
        for step, value, *ends in zip(steps, aggregates.iqm(scores), low, high, strict=True):
            found = {"step": step, "iqm": value, "low": ends[0], "high": ends[1], "interval": words}
            rows.append(setting.columns | found | setting.counts)
    return rows


def _profiles(study: Study, settings: Sequence[Setting]) -> list[Row]:
    """On one grid of taus for all settings: from the lowest score or 0 to the highest or 1."""
    rows = []
    for number in NUMBERS if settings else ():
        everything = np.stack([setting.scores[number] for setting in settings])
        taus = np.union1d(np.linspace(min(0.0, everything.min()), max(1.0, everything.max()), TAUS), HALFWAY)
        for setting in settings:
            scores = setting.scores[number]
            resample = partial(profiles.resampled_profile, scores, taus, RESAMPLES)
            low, high, words = _interval(study, f"profile {number} {setting.name}", resample, taus.size)
            for tau, share, *ends in zip(taus, profiles.profile(scores, taus), low, high, strict=True):
                found = {"measure": number, "tau": tau, "fraction": share, "low": ends[0], "high": ends[1]}
                rows.append(setting.columns | found | {"interval": words} | setting.counts)
    return rows


def _improvements(study: Study, settings: Sequence[Setting]) -> list[Row]:
    baseline = next((setting for setting in settings if setting.point == study["baseline"]), None)
    rows = []
    for number, setting in product(NUMBERS, settings):
        if baseline is None or setting is baseline:
            continue
        sides = setting.scores[number], baseline.scores[number]
        resample = partial(profiles.resampled_improvement, *sides, RESAMPLES)
        low, high, words = _interval(study, f"improvement {number} {setting.name}", resample)
        found = {"probability": profiles.probability_of_improvement(*sides), "low": low[0], "high": high[0]}
        names = setting.columns | {"baseline": baseline.name, "measure": number}
        rows.append(names | found | {"interval": words} | setting.counts)
    return rows


def _sensitivities(study: Study, settings: Sequence[Setting]) -> list[Row]:
    rows = []
    for number in NUMBERS if len(settings) > 1 else ():
        scores = np.stack([setting.scores[number] for setting in settings])
        performance = scores.mean(axis=1)
        best = sensitivity.best_for_all(performance)
        resample = partial(sensitivity.resampled_sensitivity, scores, RESAMPLES)
        low, high, words = _interval(study, f"sensitivity {number}", resample)
        points = [setting.point for setting in settings]
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
