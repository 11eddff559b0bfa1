"""Selection on tuning seeds, evaluation on fresh reporting seeds, and the difference between the two (shrinkage)."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis.points import with_points
from a2c.analysis.stats.comparisons import untestable, welch
from a2c.analysis.stats.intervals import t_interval
from a2c.runs.study import StudyRecord

Array = NDArray[np.float64]

NUMBERS = [
    "choice",
    "n_tuning",
    "tuning_mean",
    "n_reporting",
    "reporting_mean",
    "reporting_low",
    "reporting_high",
    "interval",
    "shrinkage",
    "shrinkage_low",
    "shrinkage_high",
    "shrinkage_interval",
]


def winners(study: StudyRecord, tuning_runs: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The best point of each environment by mean final return over the tuning seeds, and its reporting seeds.

    Both tables as `runs` of `a2c.analysis.study.aggregate`, of the tuning and of the reporting seeds. A failed run has
    no final return; a point with a failed tuning run is not chosen, as its mean would leave out the failure.

    Columns: env_id, configuration, a column per axis, choice (in words; of settings that tie, the first),
    n_tuning, tuning_mean, n_reporting, reporting_mean, reporting_low, reporting_high, interval (words), shrinkage
    (tuning - reporting), shrinkage_low, shrinkage_high (Welch, 95 %), shrinkage_interval (words).
    """
    rows = []
    for env_id in study.environments:
        names = [one.name for one in study.configurations if one.env_id == env_id]
        of_environment = tuning_runs[tuning_runs["configuration"].isin(names)]
        means = of_environment.groupby("configuration", sort=False)["final_return"].agg(lambda x: x.mean(skipna=False))
        if means.isna().all():
            continue
        best = str(means.idxmax())
        n_tied = int((means == means.max()).sum())
        choice = "highest" if n_tied == 1 else f"{n_tied} of {len(means)} settings tie"
        names_of_best = {"env_id": env_id, "configuration": best, "choice": choice}
        rows.append({**names_of_best, **_numbers(*(_returns(table, best) for table in (tuning_runs, runs)))})
    table = pd.DataFrame(rows, columns=["env_id", "configuration", *NUMBERS])
    points = {name: setting.point for name, (setting, _) in study.placed.items()}
    return with_points(table, points, study.setting_axes, key="configuration", after="configuration")


def _returns(runs: pd.DataFrame, configuration: str) -> Array:
    """The final returns of a configuration's finished runs."""
    return runs.loc[runs["configuration"] == configuration, "final_return"].dropna().to_numpy(float)


def _numbers(tuning: Array, reporting: Array) -> dict[str, Any]:
    """Means, interval and shrinkage of the chosen setting's final returns."""
    interval, shrinkage = t_interval(reporting), welch(tuning, reporting)
    words = untestable(tuning, reporting)
    low, high = (float("nan"), float("nan")) if words else shrinkage.interval()
    return {
        "n_tuning": len(tuning),
        "tuning_mean": tuning.mean(),
        "n_reporting": len(reporting),
        "reporting_mean": interval.estimate,
        "reporting_low": interval.low,
        "reporting_high": interval.high,
        "interval": interval.words,
        "shrinkage": shrinkage.value,
        "shrinkage_low": low,
        "shrinkage_high": high,
        "shrinkage_interval": words or "Welch 95 %",
    }
