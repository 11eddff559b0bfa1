"""The best score so far as a function of what was spent, with simultaneous bands over repeats."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis.stats.bands import band
from a2c.runs.tuning_study import COMPLETE
from a2c.streams import generator

Array = NDArray[np.float64]

COLUMNS = ["tuner", "cost", "mean", "pointwise_low", "pointwise_high", "band_low", "band_high", "n_repeats"]


def anytime(trials: pd.DataFrame, budget: int, seeds_per_trial: int) -> pd.DataFrame:
    """The best tuning score after the cost of 1, 2, ..., `budget` whole trials, for each tuner.

    `trials` as `a2c.tuning.records` has them; `cost` is in whole runs, and a whole trial costs `seeds_per_trial`. A
    trial that was stopped early costs what it used, and its score counts for nothing.

    Columns: tuner, cost (whole trials), mean (over repeats; missing where a repeat has no complete trial yet),
    pointwise_low, pointwise_high, band_low, band_high, n_repeats.
    """
    parts = []
    for tuner, of_tuner in trials.groupby("tuner", sort=True):
        curves = np.array([_best_so_far(one, budget, seeds_per_trial) for _, one in of_tuner.groupby("repeat")])
        found = band(curves, generator(0, f"analysis anytime {tuner}"))
        part = pd.DataFrame(vars(found)).assign(tuner=tuner, cost=range(1, budget + 1), n_repeats=len(curves))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)


def _best_so_far(trials: pd.DataFrame, budget: int, seeds_per_trial: int) -> Array:
    """The best score of the complete trials of one repeat within each cost; missing before the first."""
    each = trials.groupby("trial", sort=True).agg(
        cost=("cost", "sum"), score=("trial_score", "first"), status=("status", "first")
    )
    spent = each["cost"].to_numpy(float).cumsum() / seeds_per_trial
    complete = (each["status"] == COMPLETE).to_numpy()
    scores = np.where(complete, each["score"].to_numpy(float), -np.inf)
    best = np.maximum.accumulate(scores)
    # Costs are sums of shares: a cost that is a whole number up to rounding is that number.
    done = np.searchsorted(spent, np.arange(1, budget + 1) + 1e-9, side="right")
    reached = np.where(done > 0, best[np.maximum(done, 1) - 1], -np.inf)
    return np.where(np.isfinite(reached), reached, np.nan)
