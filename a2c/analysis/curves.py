"""The learning curve of one run and the numbers taken from it.

Steps are agent steps; an episode belongs to the step at which it ended. All functions take a run's finished training
episodes as two arrays of one length, in any order: `step` and `returns` (undiscounted sums of true rewards).
Episodes that ended after the budget are left out, so that all runs of a study are judged on the same budget.
"""

import numpy as np
from numpy.typing import NDArray

from a2c.config.metrics import CURVE_POINTS

Array = NDArray[np.float64]

POINTS = CURVE_POINTS
WINDOW = 5  # steps that a point of the curve averages over
LAST = 50  # episodes that `last_returns` averages over
RECENT = 10  # episodes that the article's rule looks back on
FINAL = 10  # steps that the final return averages over


def budget_grid(total_steps: int) -> NDArray[np.int64]:
    """The steps 0, 1 %, ..., 100 % of the budget, shape (101,), rounded down.

    Rounding changes nothing: steps are whole numbers, so an episode lies between the same two points either way.
    """
    if total_steps < POINTS:
        raise ValueError(f"total_steps: {total_steps} is not allowed; allowed: at least {POINTS}")
    return np.arange(POINTS + 1, dtype=np.int64) * total_steps // POINTS


def learning_curve(step: NDArray[np.int64], returns: Array, total_steps: int) -> Array:
    """Mean return of the episodes that ended in the preceding 5 % of the budget, at 1 %, ..., 100 % of it.

    The window is open on the left and closed on the right; before 5 % it begins at the start. Where no episode ended in
    it, the last value is carried forward; before the first episode the value is NaN. Shape (100,).
    """
    order = np.lexsort((returns, step))
    sums = np.concatenate(([0.0], np.cumsum(returns[order])))
    ended = np.searchsorted(step[order], budget_grid(total_steps), side="right")
    last = ended[1:]
    first = ended[np.maximum(np.arange(1, POINTS + 1) - WINDOW, 0)]
    filled = np.maximum.accumulate(np.where(last > first, np.arange(POINTS), -1))
    at = np.maximum(filled, 0)
    means = (sums[last[at]] - sums[first[at]]) / np.maximum(last[at] - first[at], 1)
    return np.where(filled >= 0, means, np.nan)


def final_return(step: NDArray[np.int64], returns: Array, total_steps: int) -> float:
    """Mean return of the episodes that ended in the last 10 % of the budget.

    Where none did: that of the last finished one (the mean of those that ended at that step in several environments).
    Missing (NaN) where not one episode finished.
    """
    grid = budget_grid(total_steps)
    within = step <= grid[-1]
    if not within.any():
        return float("nan")
    recent = within & (step > grid[POINTS - FINAL])
    if not recent.any():
        recent = step == step[within].max()
    return float(np.mean(np.sort(returns[recent])))


def last_returns(step: NDArray[np.int64], returns: Array, total_steps: int) -> float:
    """Mean return of the last 50 episodes of the budget, which is what the article's loop of 300 episodes prints."""
    within = step <= total_steps
    latest = np.lexsort((returns[within], step[within]))[-LAST:]
    return float(np.mean(np.sort(returns[within][latest]))) if len(latest) else float("nan")


def solved_at(step: NDArray[np.int64], env: NDArray[np.int64], returns: Array, threshold: float | None) -> float:
    """The step at which the mean return of the last ten episodes first reached the threshold: the article's rule.

    Looked at after each episode, in the order of their ends and, of several that end together, of their environments.
    Infinite if it never did; missing without a threshold.
    """
    if threshold is None:
        return float("nan")
    order = np.lexsort((env, step))
    if len(order) < RECENT:
        return float("inf")
    means = np.lib.stride_tricks.sliding_window_view(returns[order], RECENT).sum(axis=1) / RECENT
    met = np.flatnonzero(means >= threshold)
    return float(step[order][RECENT - 1 :][met[0]]) if met.size else float("inf")


def auc(curve: Array) -> float:
    """Area under the learning curve, as a mean over the budget; points before the first episode are left out."""
    known = curve[~np.isnan(curve)]
    return float(np.mean(known)) if known.size else float("nan")


def peak(curve: Array) -> float:
    """The highest point of the learning curve."""
    known = curve[~np.isnan(curve)]
    return float(known.max()) if known.size else float("nan")


def drawdown(curve: Array) -> float:
    """The largest fall of the learning curve below an earlier peak.

    Chan et al. 2020, Measuring the Reliability of Reinforcement Learning Algorithms (risk across time).
    """
    known = curve[~np.isnan(curve)]
    return float(np.max(np.maximum.accumulate(known) - known)) if known.size else float("nan")


def eval_return(returns: Array) -> float:
    """Mean return of a run's sampled evaluation episodes; missing where there are none."""
    return float(np.mean(np.sort(returns))) if returns.size else float("nan")


def solved(final: float, reward_threshold: float | None) -> float:
    """1 where the final return is at or above the environment's registered threshold, else 0.

    A run without a final return has not solved anything; without a threshold the answer is missing.
    """
    return float("nan") if reward_threshold is None else float(final >= reward_threshold)
