"""From the estimates of single runs of a gradient study to its summary over seeds, and to verdicts on claims."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis.claims.tables import BOUNDS, MEASURED
from a2c.analysis.claims.verdicts import judged
from a2c.analysis.stats.intervals import MIN_SEEDS, TOO_FEW
from a2c.config.claims import Untested
from a2c.config.measures import LEAST_BIAS
from a2c.runs.gradient_study import GradientRecord
from a2c.streams import generator

Array = NDArray[np.float64]

KEYS = ["snapshot", "estimator", "n_envs"]
SUMMARISED = (
    "bias", "relative_bias", "mean_cosine", "trace", "trace_per_step", "relative_noise", "snr", "cosine",
    "reference_norm", "reference_error",
)  # fmt: skip
BOUND = "relative_bias_bound"  # what a bias that is not resolved does not exceed: the upper end of its interval
SUMMARY = [
    *KEYS, "step", "batch_steps", "n_seeds", "n_runs", "n_resolved",
    *(f"{name}{end}" for name in (*SUMMARISED, BOUND) for end in ("", "_low", "_high", "_n")), "interval",
]  # fmt: skip
# Of each measure that claims name, its column among the estimates.
OF_MEASURES = {
    "gradient_variance": "trace",
    "gradient_variance_per_step": "trace_per_step",
    "gradient_noise": "relative_noise",
    "gradient_bias": "relative_bias",
    "gradient_cosine": "cosine",
}
BIAS = "gradient_bias"
RESAMPLES = 1_999
INTERVAL = "bootstrap 95 % of the median"


def summarise(estimates: pd.DataFrame, n_seeds: int) -> pd.DataFrame:
    """A row for each snapshot, estimator and number of environments, in the order of the estimates.

    `n_seeds`: of the study. Columns `SUMMARY`: snapshot, estimator, n_envs, step, batch_steps (median), n_seeds, n_runs
    (that reached the snapshot), n_resolved, and for each measure the median over the runs in which it is known, with
    _low, _high and _n (their number); `interval` names the kind of interval, or says why there is none. No row for a
    snapshot that no run reached.
    """
    rows = []
    for place, runs in estimates.groupby(KEYS, sort=False):
        row: dict[str, object] = {
            **dict(zip(KEYS, place, strict=True)),
            "step": int(runs["step"].iloc[0]),
            "batch_steps": float(np.median(np.sort(runs["batch_steps"]))),
            "n_seeds": n_seeds,
            "n_runs": len(runs),
            "n_resolved": int(runs["resolved"].sum()),
        }
        for name in SUMMARISED:
            row |= _median(name, runs[name].to_numpy(float), f"{name} {' '.join(map(str, place))}")
        row |= _median(BOUND, runs["relative_bias_high"].to_numpy(float), f"{BOUND} {' '.join(map(str, place))}")
        row["interval"] = INTERVAL if len(runs) >= MIN_SEEDS else TOO_FEW
        rows.append(row)
    return pd.DataFrame(rows, columns=SUMMARY)


def _median(name: str, values: Array, purpose: str) -> dict[str, float]:
    """The median of the known values with its percentile bootstrap interval; the order of the runs does not matter."""
    known = np.sort(values[np.isfinite(values)])
    low = high = float("nan")
    if len(known) >= MIN_SEEDS:
        drawn = generator(0, f"analysis gradients {purpose}").integers(0, len(known), (RESAMPLES, len(known)))
        medians = np.sort(np.median(np.sort(known[drawn], axis=1), axis=1))
        low, high = float(medians[RESAMPLES // 40]), float(medians[-1 - RESAMPLES // 40])
    center = float(np.median(known)) if len(known) else float("nan")
    return {name: center, f"{name}_low": low, f"{name}_high": high, f"{name}_n": len(known)}


def measured(record: GradientRecord, estimates: pd.DataFrame) -> pd.DataFrame:
    """`measures.csv`: a row for each run, point and measure that a claim names, columns `MEASURED` and `BOUNDS`.

    `configuration` is the name of a point. Values that are not known are left out: those relative to a true gradient
    that cannot be told from 0. A bias is at least `LEAST_BIAS`. One that is not resolved lies within its interval: the
    bounds are its ends. Of all else they are the value.
    """
    names = dict.fromkeys(claim.measure for claim in record.claims if not isinstance(claim, Untested))
    tables = [_values(name, record, estimates) for name in names]
    columns = [*MEASURED, *BOUNDS]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def verdicts(
    record: GradientRecord, estimates: pd.DataFrame, measures: pd.DataFrame, registered: Collection[str]
) -> pd.DataFrame:
    """`claims.csv`: see `a2c.analysis.claims.verdicts.judged`.

    `measures`: see `measured`; `registered`: the registrations that the runs were trained under.
    """
    at_points = estimates.assign(configuration=_points(record, estimates))

    def left_out(measure: str, name: str) -> str:
        runs = at_points[at_points["configuration"] == name]
        known = np.isfinite(runs[OF_MEASURES[measure]].to_numpy(float))
        unresolved = int((known & ~runs["resolved"].to_numpy(bool)).sum()) if measure == BIAS else 0
        counts = {
            "did not reach it": len(record.seeds) - len(runs),
            "left out, as the true gradient cannot be told from 0": int((~known).sum()),
            "count by the ends of their intervals, as the bias is not resolved": unresolved,
        }
        told = [f"{count} of {len(record.seeds)} runs {words}" for words, count in counts.items() if count]
        return f"{record.point_words[name]}: {', '.join(told)}" if told else ""

    return judged(record, measures, left_out, dict.fromkeys(record.point_names, registered))


def _values(name: str, record: GradientRecord, estimates: pd.DataFrame) -> pd.DataFrame:
    """The values of one measure with their bounds, of the runs and points at which it is known."""
    column = OF_MEASURES[name]
    table = pd.DataFrame(
        {
            "measure": name,
            "configuration": _points(record, estimates),
            "seed": estimates["seed"].to_numpy(),
            **{key: estimates[column].to_numpy(float) for key in ("value", *BOUNDS)},
        }
    )
    if name == BIAS:
        open_ones = ~estimates["resolved"].to_numpy(bool)
        ends = estimates[[f"{column}_low", f"{column}_high"]].to_numpy(float)[open_ones]
        values = table.loc[open_ones, "value"].to_numpy()
        table.loc[open_ones, "low"] = np.fmin(ends[:, 0], values)
        table.loc[open_ones, "high"] = np.fmax(ends[:, 1], values)
        table[["value", *BOUNDS]] = table[["value", *BOUNDS]].clip(lower=LEAST_BIAS)
    return table[np.isfinite(table["value"])]


def _points(record: GradientRecord, estimates: pd.DataFrame) -> list[str]:
    """The name of each row's point."""
    names = {tuple(place.values()): name for place, name in zip(record.places, record.point_names, strict=True)}
    return [names[place] for place in zip(*(estimates[key] for key in KEYS), strict=True)]
