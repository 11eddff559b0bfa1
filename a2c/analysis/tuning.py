"""Tuning seeds choose, reporting seeds report; what the winner loses in between is the luck it was chosen for."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from a2c.analysis.stats.comparisons import untestable, welch
from a2c.analysis.stats.intervals import t_interval

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


def winners(study: Mapping[str, Any], tuning_runs: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The best point of each environment by its mean final return over the tuning seeds, and what others say of it.

    Both tables as `runs` of `a2c.analysis.study.aggregate`, of the tuning and of the reporting seeds. A failed run has
    no final return; a point with one is not chosen, as its mean would be that of its lucky seeds.

    Columns: env_id, configuration, a column per axis, choice (in words: of settings that tie the first stands here),
    n_tuning, tuning_mean, n_reporting, reporting_mean, reporting_low, reporting_high, interval (words), shrinkage
    (tuning - reporting), shrinkage_low, shrinkage_high (Welch, 95 %), shrinkage_interval (words).
    """
    rows = []
    points = {entry["configuration"]: entry for entry in study["configurations"]}
    for env_id in dict.fromkeys(entry["env_id"] for entry in study["configurations"]):
        names = [name for name, entry in points.items() if entry["env_id"] == env_id]
        of_environment = tuning_runs[tuning_runs["configuration"].isin(names)]
        means = of_environment.groupby("configuration", sort=False)["final_return"].agg(lambda x: x.mean(skipna=False))
        if means.isna().all():
            continue
        best = str(means.idxmax())
        tuning, reporting = (
            table.loc[table["configuration"] == best, "final_return"].dropna().to_numpy(float)
            for table in (tuning_runs, runs)
        )
        interval, lost = t_interval(reporting), welch(tuning, reporting)
        words = untestable(tuning, reporting)
        low, high = (float("nan"), float("nan")) if words else lost.interval()
        n_tied = int((means == means.max()).sum())
        rows.append(
            {
                "env_id": env_id,
                "configuration": best,
                **{axis: value for axis, value in points[best]["point"].items() if axis != "env_id"},
                "choice": "highest" if n_tied == 1 else f"{n_tied} of {len(means)} settings tie",
                "n_tuning": len(tuning),
                "tuning_mean": tuning.mean(),
                "n_reporting": len(reporting),
                "reporting_mean": interval.estimate,
                "reporting_low": interval.low,
                "reporting_high": interval.high,
                "interval": interval.words,
                "shrinkage": lost.value,
                "shrinkage_low": low,
                "shrinkage_high": high,
                "shrinkage_interval": words or "Welch 95 %",
            }
        )
    axes = [axis for axis in study["axes"] if axis != "env_id"]
    return pd.DataFrame(rows, columns=["env_id", "configuration", *axes, *NUMBERS])
