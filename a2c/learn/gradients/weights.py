"""The weight of each -log pi by each estimator, on windows of a frozen policy's play."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.config.gradients import Estimator
from a2c.learn.gradients.sampling import Bools, Floats, Window
from a2c.learn.returns import gae, n_step_returns

Whole = NDArray[np.int64]


def monte_carlo(window: Window) -> Floats:
    """Returns to go of whole episodes less the critic's values, [rows, environments]: what the reference uses."""
    return window.returns - window.values[:-1]


def rollout_weights(window: Window, estimator: Estimator) -> Floats:
    """Advantages by rollouts of `estimator.n_steps` rows that begin at the window's first row, [rows, environments].

    At the end of each rollout the value of the next observation stands for what follows, as in training. The window's
    rows are a multiple of `n_steps`.
    """
    n = estimator.n_steps
    rewards, discounts, cuts = (_rollouts(array, n) for array in (window.rewards, window.discounts, window.ended))
    values = np.concatenate([_rollouts(window.values[:-1], n), _rollouts(window.values[1:], n)[-1:]])
    advantages: Floats = (
        gae(rewards, discounts, values, cuts, estimator.gae_lambda)
        if estimator.kind == "gae"
        else n_step_returns(rewards, discounts, values, cuts) - values[:-1]
    )
    return np.moveaxis(advantages, 0, 1).reshape(window.ended.shape)


def _rollouts(array: NDArray[Any], n: int) -> NDArray[Any]:
    """[rows, environments] as [rows of a rollout, rollouts, environments]."""
    return np.moveaxis(array.reshape(-1, n, array.shape[1]), 1, 0)


def episode_weights(window: Window, estimator: Estimator, mean_return: float) -> Floats:
    """REINFORCE's returns to go less its baseline, [rows, environments].

    Without a critic nothing is known of what follows a time limit, so the return is cut there, as in training.
    """
    if estimator.baseline == "value":
        return monte_carlo(window)
    return window.cut_returns - np.float32(mean_return if estimator.baseline == "mean" else 0.0)


def mean_return(window: Window) -> float:
    """The mean of the returns to go that REINFORCE sees without a critic: what its running mean tends to."""
    returns = window.cut_returns[window.valid].astype(np.float64)
    return math.fsum(returns) / max(1, returns.size)


def starts(valid: Bools) -> Whole:
    """The row on which each step's episode began, [rows, environments]; -1 where that was before the first row."""
    rows = np.arange(len(valid))[:, None]
    first = np.where(np.concatenate([np.zeros_like(valid[:1]), ~valid[:-1]]), rows, -1)
    return np.maximum.accumulate(first, axis=0)
