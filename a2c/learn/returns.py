"""Returns and advantages as pure functions of rewards, discounts and values.

Time is the first dimension. At step t the action a_t was taken in s_t and gave r_t and s_{t+1}:

    discount_t = gamma * (1 - terminated_t)     termination lives in the discount
    cut_t      = the episode ended at t, for whatever reason: nothing after t belongs to it

In NEXT_STEP autoreset s_{t+1} is the final observation of an episode that ended at t, so v_{t+1} is what a time limit
has to be bootstrapped from. The reset row that follows gets values of no meaning; it is masked out of the loss.
"""

import numpy as np
from numpy.typing import NDArray

from a2c.learn.shapes import expect_shape

Array = NDArray[np.float32]


def n_step_returns(rewards: Array, discounts: Array, values: Array, cuts: NDArray[np.bool_]) -> Array:
    """Discounted sum of the rewards up to the rollout's end, then the value there (Mnih et al. 2016, section 4).

        G_t = r_t + discount_t * (v_{t+1} if cut_t else G_{t+1}),   G_T = v_T

    `rewards`, `discounts`, `cuts`: [steps, ...]; `values`: [steps + 1, ...]. Returns [steps, ...].
    """
    _expect_shapes(rewards, discounts, values, cuts)
    returns = np.empty_like(rewards)
    following = values[-1]
    for t in reversed(range(len(rewards))):
        following = rewards[t] + discounts[t] * np.where(cuts[t], values[t + 1], following)
        returns[t] = following
    return returns


def gae(rewards: Array, discounts: Array, values: Array, cuts: NDArray[np.bool_], lambda_: float) -> Array:
    """Generalised advantage estimates (Schulman et al. 2016, equation 16).

        delta_t = r_t + discount_t * v_{t+1} - v_t
        A_t     = delta_t + lambda * discount_t * (0 if cut_t else A_{t+1}),   A_T = 0

    `rewards`, `discounts`, `cuts`: [steps, ...]; `values`: [steps + 1, ...]. Returns [steps, ...].
    With lambda = 0 these are one-step TD errors, with lambda = 1 the n-step returns less the values.
    """
    _expect_shapes(rewards, discounts, values, cuts)
    deltas = rewards + discounts * values[1:] - values[:-1]
    decays = np.float32(lambda_) * discounts * ~cuts
    advantages = np.empty_like(rewards)
    following = np.zeros_like(rewards[0])
    for t in reversed(range(len(rewards))):
        following = deltas[t] + decays[t] * following
        advantages[t] = following
    return advantages


def _expect_shapes(rewards: Array, discounts: Array, values: Array, cuts: NDArray[np.bool_]) -> None:
    steps, *rest = rewards.shape
    expect_shape("discounts", discounts, steps, *rest)
    expect_shape("values", values, steps + 1, *rest)
    expect_shape("cuts", cuts, steps, *rest)
