"""The measures that claims name: for every configuration, one number of each run.

A run that diverged, or finished no episode, has no number and is left out here; the caller counts these.
"""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis.curves import drawdown, peak

Array = NDArray[np.float64]

SHARE = 0.1  # of the budget: the statistics "first" and "last" average over it
STATISTICS = ("mean", "min", "max", "first", "last")  # of a metric over a training; others follow from these
OF_CURVES: dict[str, Callable[[Array], float]] = {"peak": peak, "drawdown": drawdown}


def measure(name: str, runs: pd.DataFrame, numbers: pd.DataFrame) -> dict[str, Array]:
    """The values of `name` by configuration, one for each finished run of the table `runs`.

    `name` is a column of `runs`, a number of its learning curve (`OF_CURVES`), or METRIC:STATISTIC over its training.
    `numbers`: those of each run (`a2c.analysis.summary`).
    """
    finished = runs[runs["final_return"].notna()]
    if name in OF_CURVES:
        values = numbers.set_index(["configuration", "seed"])[name]
    elif ":" in name:
        metric, _, statistic = name.partition(":")
        values = _statistic(statistic, metric, numbers.set_index(["configuration", "seed"]))
    else:
        values = finished.set_index(["configuration", "seed"])[name]
    kept = values[values.index.isin(pd.MultiIndex.from_frame(finished[["configuration", "seed"]]))].dropna()
    return {str(key): np.asarray(group, float) for key, group in kept.groupby(level="configuration")}


def names_of_metric_numbers(metrics: Iterable[str]) -> list[str]:
    """METRIC:STATISTIC for each of these metrics and `STATISTICS`."""
    return [f"{metric}:{statistic}" for metric in metrics for statistic in STATISTICS]


def metric_numbers(metrics: pd.DataFrame, total_steps: int) -> pd.DataFrame:
    """The statistics of each metric over each training, indexed by configuration and seed.

    `metrics`: configuration, seed, step, and a column for each metric. Columns: `names_of_metric_numbers`, with the
    precision of the records (float32).
    """
    runs = ["configuration", "seed"]
    names = [name for name in metrics.columns if name not in (*runs, "step")]
    metrics = metrics.astype(dict.fromkeys(names, float))  # records are float32
    grouped = {
        "first": metrics[metrics["step"] <= SHARE * total_steps].groupby(runs)[names].mean(),
        "last": metrics[metrics["step"] > (1 - SHARE) * total_steps].groupby(runs)[names].mean(),
        **{statistic: metrics.groupby(runs)[names].agg(statistic) for statistic in ("mean", "min", "max")},
    }
    columns = [table.add_suffix(f":{statistic}") for statistic, table in grouped.items()]
    return pd.concat(columns, axis=1)[names_of_metric_numbers(names)].astype(np.float32).astype(float)


def _statistic(name: str, metric: str, numbers: pd.DataFrame) -> "pd.Series[float]":
    """One statistic over the training of one metric, indexed by configuration and seed."""
    if f"{metric}:first" not in numbers:  # results from before it was recorded
        return pd.Series(np.nan, numbers.index)
    if name in STATISTICS:
        return numbers[f"{metric}:{name}"]
    first, last = numbers[f"{metric}:first"], numbers[f"{metric}:last"]
    return {"change": last - first, "growth": last / first}[name]
