"""From the estimates of single runs of a gradient study to its summary over seeds."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis.stats.intervals import MIN_SEEDS, TOO_FEW
from a2c.streams import generator

Array = NDArray[np.float64]

KEYS = ["snapshot", "estimator", "n_envs"]
SUMMARISED = (
    "bias", "relative_bias", "mean_cosine", "trace", "trace_per_step", "relative_noise", "snr", "cosine",
    "reference_norm", "reference_error",
)  # fmt: skip
BOUND = "relative_bias_bound"  # what a bias that is not resolved does not exceed: the upper end of its interval
RESAMPLES = 1_999
INTERVAL = "bootstrap 95 % of the median"


def summarise(estimates: pd.DataFrame, n_seeds: int) -> pd.DataFrame:
    """A row for each snapshot, estimator and number of environments, in the order of the estimates.

    `n_seeds`: of the study. Columns: snapshot, step, estimator, n_envs, batch_steps (median), n_seeds, n_runs (that
    reached the snapshot), n_resolved, and for each measure the median over the runs in which it is known, with _low,
    _high and _n (their number); `interval` names the kind of interval, or says why there is none.
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
    return pd.DataFrame(rows)


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
