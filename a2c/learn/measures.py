"""What is measured of a rollout and of an update, by lane. Rows are [lanes, rows]; `valid` is false on reset rows."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from a2c.learn.distributions import Distribution
from a2c.learn.loss import moments

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


def explained_variance(values: Floats, returns: Floats, valid: Bools) -> Floats:
    """1 - variance(returns - values) / variance(returns) of each lane, [lanes]; NaN where all returns are equal."""
    spread = moments(returns, valid)[1]
    share = moments(returns - values, valid)[1] / np.where(spread > 0, spread, np.nan)
    return 1 - np.square(share[:, 0])


def value_max(values: Floats, valid: Bools) -> Floats:
    """The largest value of each lane, [lanes]."""
    largest: Floats = np.where(valid, values, -np.inf).max(axis=1)
    return np.where(valid.any(axis=1), largest, np.float32(np.nan))


def terminal_share(terminal: Bools, valid: Bools) -> Floats:
    """Share of the rows after which no value counts, [lanes]."""
    return ((terminal & valid).sum(axis=1) / valid.sum(axis=1)).astype(np.float32)


def observation_distance(observations: NDArray[np.generic], valid: Bools) -> Floats:
    """Root mean squared distance between two of a lane's observations, [lanes, rows, ...]; result [lanes].

    The mean of the squared distance over all pairs is twice the sum of the variances (n - 1) of the numbers, which
    takes one pass over the rows, not one over the pairs. NaN where there is no pair.
    """
    distances = np.full(len(observations), np.nan, dtype=np.float32)
    for lane, (rows, of_lane) in enumerate(zip(observations, valid, strict=True)):
        if of_lane.sum() > 1:
            variances = rows[of_lane].reshape(of_lane.sum(), -1).var(axis=0, ddof=1, dtype=np.float64)
            distances[lane] = np.sqrt(2 * variances.sum())
    return distances


def value_max_of(values: Tensor, valid: Tensor) -> Tensor:
    """As `value_max`, on the device."""
    return values.masked_fill(valid == 0, -torch.inf).amax(dim=1)


def observation_distance_of(observations: Tensor, valid: Tensor) -> Tensor:
    """As `observation_distance`, on the device."""
    count, weights = valid.sum(dim=1), valid[..., None]
    rows = observations.flatten(2).float()
    mean = (rows * weights).sum(dim=1, keepdim=True) / count[:, None, None]
    squares = ((rows - mean).square() * weights).sum(dim=(1, 2))
    return (2 * squares / (count - 1)).sqrt()


def policy_kl(distribution: Distribution, old: Tensor, new: Tensor, valid: Tensor) -> Tensor:
    """Mean of KL(old || new) over the rows, [lanes], of two policies' outputs [lanes, rows, width]."""
    return (distribution.divergence(old, new) * valid).sum(dim=1) / valid.sum(dim=1)
