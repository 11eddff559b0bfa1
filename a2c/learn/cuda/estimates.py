"""Advantages and returns of one lane, and their moments, on the device. Nothing here waits for the device.

The formulas are those of `a2c.learn.returns` and `a2c.learn.loss.moments`, which compute them with NumPy.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from a2c.config import Configuration
from a2c.learn.shapes import expect_shape


class Rollout(NamedTuple):
    """One lane's rollout, float32 where nothing else is said; time is the first dimension of the last four."""

    observations: Tensor  # [1, (steps + 1) * environments, ...], the final ones last
    actions: Tensor  # [1, steps * environments, numbers of an action]
    rewards: Tensor  # [steps, environments]
    terminal: Tensor  # 1 where no value follows
    cuts: Tensor  # 1 where the episode ended, for whatever reason
    valid: Tensor  # 0 on reset rows


class Estimates(NamedTuple):
    """Advantages, and the returns that the values are fitted to, each [steps, environments]."""

    advantages: Tensor
    returns: Tensor


def estimate(configuration: Configuration, rollout: Rollout, values: Tensor) -> Estimates:
    """Estimates from the rollout and `values`, [steps + 1, environments], as `A2C.estimate` makes them."""
    steps, n_envs = rollout.rewards.shape
    expect_shape("values", values, steps + 1, n_envs)
    clip = configuration.reward_clip
    rewards = rollout.rewards if clip is None else rollout.rewards.clamp(-clip, clip)
    discounts = configuration.gamma * (1 - rollout.terminal)
    if configuration.advantage_estimator == "gae":
        advantages = gae(rewards, discounts, values, rollout.cuts, configuration.gae_lambda)
        return Estimates(advantages, advantages + values[:-1])
    returns = n_step_returns(rewards, discounts, values, rollout.cuts)
    return Estimates(returns - values[:-1], returns)


def n_step_returns(rewards: Tensor, discounts: Tensor, values: Tensor, cuts: Tensor) -> Tensor:
    """As `a2c.learn.returns.n_step_returns`."""
    returns = torch.empty_like(rewards)
    following = values[-1]
    for t in reversed(range(len(rewards))):
        following = rewards[t] + discounts[t] * torch.where(cuts[t] > 0, values[t + 1], following)
        returns[t] = following
    return returns


def gae(rewards: Tensor, discounts: Tensor, values: Tensor, cuts: Tensor, lambda_: float) -> Tensor:
    """As `a2c.learn.returns.gae`."""
    deltas = rewards + discounts * values[1:] - values[:-1]
    decays = lambda_ * discounts * (1 - cuts)
    advantages = torch.empty_like(rewards)
    following = torch.zeros_like(rewards[0])
    for t in reversed(range(len(rewards))):
        following = deltas[t] + decays[t] * following
        advantages[t] = following
    return advantages


def moments(x: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation (n - 1) of the valid rows; `x`, `valid`: [1, rows], both results [1, 1]."""
    expect_shape("valid", valid, *x.shape)
    count = valid.sum(dim=1, keepdim=True)
    mean = (x * valid).sum(dim=1, keepdim=True) / count.clamp(min=1)
    squares = ((x - mean).square() * valid).sum(dim=1, keepdim=True)
    return mean, (squares / (count - 1).clamp(min=1)).sqrt()


def explained_variance(values: Tensor, returns: Tensor, valid: Tensor) -> Tensor:
    """1 - variance(returns - values) / variance(returns), [1, 1]; NaN where all returns are equal."""
    spread = moments(returns, valid)[1]
    return 1 - (moments(returns - values, valid)[1] / spread.masked_fill(spread == 0, torch.nan)).square()
