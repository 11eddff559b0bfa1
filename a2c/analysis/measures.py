"""The measures that claims name: one number of each run (`a2c.config.measures` declares them).

A run that diverged, or finished no episode, has no number and is left out, except in rates and in the time to solve,
where it counts as a run that never solved the task, whatever it reached before it diverged; the caller counts these.
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis.curves import drawdown, peak
from a2c.config.measures import MEDIANS

Array = NDArray[np.float64]

RUN = ["configuration", "seed"]
SHARE = 0.1  # of the budget: the statistics "first" and "last" are taken over it
STATISTICS = ("mean", "min", "max", "first", "last")  # of a metric over a training; others follow from these
OF_CURVES: dict[str, Callable[[Array], float]] = {"peak": peak, "drawdown": drawdown}
SOLVED_AT = "solved_at"  # agent steps, infinite if never; missing where the environment has no threshold
CLIPPING = ("clip_at_falls", "clip_elsewhere")


def measure(
    name: str, runs: pd.DataFrame, numbers: pd.DataFrame, lowest: Mapping[str, float] | None = None
) -> "pd.Series[float]":
    """The values of `name`, one for each run that has one, indexed by configuration and seed.

    `runs`: the study's table of this name; `numbers`: those of each run (`a2c.analysis.summary`); `lowest`: by
    configuration, the lowest return there is, for the relative fall.
    """
    runs, numbers = runs.set_index(RUN), numbers.set_index(RUN)
    if name in OF_ALL_RUNS:
        return OF_ALL_RUNS[name](runs, numbers).reindex(runs.index).dropna().astype(float)
    finished = runs.index[runs["final_return"].notna()]
    if name == "relative_drawdown":
        height = numbers["peak"] - numbers.index.get_level_values("configuration").map(lowest or {})
        values = numbers["drawdown"] / height
    elif name == "clip_ratio":
        values = _number("clip_at_falls", numbers) / _number("clip_elsewhere", numbers)
    elif ":" in name:
        metric, _, statistic = name.partition(":")
        values = _statistic(statistic, metric, numbers)
    else:
        values = runs[name] if name in runs else _number(name, numbers)
    return values.reindex(finished).dropna().astype(float)


OF_ALL_RUNS: dict[str, Callable[[pd.DataFrame, pd.DataFrame], "pd.Series[float]"]] = {
    "solved_rate": lambda runs, numbers: runs["solved"],
    "failure_rate": lambda runs, numbers: runs["final_return"].isna().astype(float),
    "time_to_solve": lambda runs, numbers: _time_to_solve(runs, numbers),
    "reached_rate": lambda runs, numbers: _time_to_solve(runs, numbers).map(np.isfinite, na_action="ignore"),
}


def _time_to_solve(runs: pd.DataFrame, numbers: pd.DataFrame) -> "pd.Series[float]":
    """When each run solved the task; infinite for one that failed, missing without a threshold."""
    times = _number(SOLVED_AT, numbers).reindex(runs.index)
    return times.mask(runs["final_return"].isna() & times.notna(), np.inf)


def names_of_metric_numbers(metrics: Iterable[str]) -> list[str]:
    """METRIC:STATISTIC for each of these metrics and `STATISTICS`."""
    return [f"{metric}:{statistic}" for metric in metrics for statistic in STATISTICS]


def names_of_medians(metrics: Iterable[str]) -> list[str]:
    """METRIC:STATISTIC for each of these metrics and `MEDIANS`, and the medians of clipping."""
    return [*(f"{metric}:{median}" for metric in metrics for median in MEDIANS), *CLIPPING]


def metric_numbers(metrics: pd.DataFrame, total_steps: int) -> pd.DataFrame:
    """The statistics of each metric over each training up to the budget, indexed by configuration and seed.

    `metrics`: configuration, seed, step, and a column for each metric; what was recorded after the budget
    `total_steps`, which a study may judge longer runs on, is left out. Columns: `names_of_metric_numbers` and
    `names_of_medians`, with the precision of the records (float32).
    """
    names = [name for name in metrics.columns if name not in (*RUN, "step")]
    metrics = metrics[metrics["step"] <= total_steps].astype(dict.fromkeys(names, float))  # records are float32
    early = metrics[metrics["step"] <= SHARE * total_steps].groupby(RUN)[names]
    late = metrics[metrics["step"] > (1 - SHARE) * total_steps].groupby(RUN)[names]
    grouped = {
        "first": early.mean(),
        "last": late.mean(),
        **{statistic: metrics.groupby(RUN)[names].agg(statistic) for statistic in ("mean", "min", "max")},
        "early_median": early.median(),
        "late_median": late.median(),
    }
    columns = [table.add_suffix(f":{statistic}") for statistic, table in grouped.items()]
    columns_of_runs = [*names_of_metric_numbers(names), *names_of_medians(names)]
    table = pd.concat([*columns, _clipping(metrics)], axis=1)[columns_of_runs]
    return pd.DataFrame(table.to_numpy(np.float32).astype(float), table.index, table.columns)


def _clipping(metrics: pd.DataFrame) -> pd.DataFrame:
    """Median clip coefficients on batches with and without a terminal row, by run; missing where not recorded."""
    runs = metrics.groupby(RUN).size().index
    if "clip_coefficient" not in metrics:
        return pd.DataFrame(np.nan, runs, list(CLIPPING))
    fell = metrics["terminal_share"] > 0
    medians = {
        name: metrics[rows].groupby(RUN)["clip_coefficient"].median()
        for name, rows in zip(CLIPPING, (fell, ~fell), strict=True)
    }
    return pd.DataFrame(medians, runs)


def _statistic(name: str, metric: str, numbers: pd.DataFrame) -> "pd.Series[float]":
    """One statistic over the training of one metric, indexed by configuration and seed."""
    if not name.endswith(("change", "growth")):
        return _number(f"{metric}:{name}", numbers)
    ends = MEDIANS if name.startswith("median") else ("first", "last")
    first, last = (_number(f"{metric}:{end}", numbers) for end in ends)
    return last - first if name.endswith("change") else last / first


def _number(name: str, numbers: pd.DataFrame) -> "pd.Series[float]":
    """A number of each run; missing in results from before it was recorded."""
    return numbers[name] if name in numbers else pd.Series(np.nan, numbers.index)
