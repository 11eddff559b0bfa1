"""The measures that claims name: for every configuration, one number of each run.

A run that diverged, or finished no episode, has no number and is left out here; the caller counts these.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis.curves import drawdown, peak

Array = NDArray[np.float64]

SHARE = 0.1  # of the budget: the statistics "first" and "last" average over it
OF_CURVES: dict[str, Callable[[Array], float]] = {"peak": peak, "drawdown": drawdown}


def measure(
    name: str, runs: pd.DataFrame, seed_curves: pd.DataFrame, metrics: pd.DataFrame, total_steps: int
) -> dict[str, Array]:
    """The values of `name` by configuration, one for each finished run.

    `name` is a column of `runs`, a number of its learning curve (`OF_CURVES`), or METRIC:STATISTIC over its training.
    """
    finished = runs[runs["final_return"].notna()]
    if name in OF_CURVES:
        function = OF_CURVES[name]
        grouped = seed_curves.groupby(["configuration", "seed"])["value"]
        values = grouped.agg(lambda curve: function(curve.to_numpy()))
    elif ":" in name:
        metric, _, statistic = name.partition(":")
        values = _statistic(statistic, metrics, metric, total_steps)
    else:
        values = finished.set_index(["configuration", "seed"])[name]
    kept = values[values.index.isin(pd.MultiIndex.from_frame(finished[["configuration", "seed"]]))].dropna()
    return {str(key): np.asarray(group, float) for key, group in kept.groupby(level="configuration")}


def _statistic(name: str, metrics: pd.DataFrame, metric: str, total_steps: int) -> "pd.Series[float]":
    """One statistic over the training of one metric, indexed by configuration and seed."""
    runs = ["configuration", "seed"]
    if metric not in metrics:  # results from before it was recorded
        metrics = metrics.assign(**{metric: np.nan})
    metrics = metrics.astype({metric: float})  # records are float32
    if name in ("mean", "min", "max"):
        return metrics.groupby(runs)[metric].agg(name)
    first = metrics[metrics["step"] <= SHARE * total_steps].groupby(runs)[metric].mean()
    last = metrics[metrics["step"] > (1 - SHARE) * total_steps].groupby(runs)[metric].mean()
    return {"first": first, "last": last, "change": last - first, "growth": last / first}[name]
