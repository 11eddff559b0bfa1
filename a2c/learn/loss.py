"""The A2C loss of each lane, and its derivatives by the network's outputs."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from a2c.learn.shapes import expect_rank, expect_shape

Array = NDArray[np.float32]
TINY = 1e-8  # keeps normalised advantages finite where all are equal, as in the article


class Losses(NamedTuple):
    """One number per lane, [lanes], and the derivatives of the total."""

    policy: Tensor
    value: Tensor
    entropy: Tensor
    d_logits: Tensor  # [lanes, rows, actions]
    d_values: Tensor  # [lanes, rows]


def moments(x: Array, valid: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Mean and deviation (n - 1) of each lane's valid rows; `x`, `valid`: [lanes, rows], both results [lanes, 1].

    The deviation of fewer than two valid rows is 0.
    """
    expect_rank("x", x, "lanes rows")
    expect_shape("valid", valid, *x.shape)
    count = valid.sum(axis=1, keepdims=True, dtype=np.float32)
    mean = (x * valid).sum(axis=1, keepdims=True) / np.maximum(count, 1)
    squares = (np.square(x - mean) * valid).sum(axis=1, keepdims=True)
    return mean, np.sqrt(squares / np.maximum(count - 1, 1))


def a2c_losses(
    logits: Tensor,
    values: Tensor,
    actions: Tensor,
    advantages: Tensor,
    returns: Tensor,
    valid: Tensor,
    value_loss_coef: float,
    entropy_coef: float,
) -> Losses:
    """Policy gradient with the advantage as weight, squared value error, entropy bonus (Mnih et al. 2016, section 4).

        policy  = mean(-log pi(a | s) A)
        value   = mean((v - R)^2)
        entropy = mean(H),   H = -sum_a pi(a | s) log pi(a | s)
        total   = policy + value_loss_coef * value - entropy_coef * entropy

    A and R are constants here. With pi = softmax(logits), row by row:

        d total / d logits = ((pi - onehot(a)) A + entropy_coef pi (log pi + H)) / rows
        d total / d values = value_loss_coef 2 (v - R) / rows

    `logits`: [lanes, rows, actions]; the others [lanes, rows]. `valid` is 0.0 on reset rows, which no mean includes.
    """
    expect_rank("logits", logits, "lanes rows actions")
    rows = logits.shape[:2]
    arrays = {"values": values, "actions": actions, "advantages": advantages, "returns": returns, "valid": valid}
    for name, array in arrays.items():
        expect_shape(name, array, *rows)
    weights = valid / valid.sum(dim=1, keepdim=True).clamp(min=1)
    log_pi = torch.log_softmax(logits, dim=2)
    pi = log_pi.exp()
    entropies = -(pi * log_pi).sum(dim=2)
    errors = values - returns
    weighted = advantages * weights
    surprise = -log_pi.gather(2, actions[..., None])[..., 0]

    is_taken = actions[..., None] == torch.arange(logits.shape[2], device=logits.device)
    d_logits = pi * weighted[..., None] - is_taken * weighted[..., None]
    d_logits += pi * (log_pi + entropies[..., None]) * (entropy_coef * weights)[..., None]
    return Losses(
        policy=(surprise * weighted).sum(dim=1),
        value=(errors.square() * weights).sum(dim=1),
        entropy=(entropies * weights).sum(dim=1),
        d_logits=d_logits,
        d_values=errors * weights * (2 * value_loss_coef),
    )
