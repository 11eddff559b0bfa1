"""The A2C loss of each lane, and its derivatives by the network's outputs."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from a2c.learn.distributions import Distribution
from a2c.learn.shapes import expect_rank, expect_shape

Array = NDArray[np.float32]
TINY = 1e-8  # keeps normalised advantages finite where all are equal, as in the article


class Losses(NamedTuple):
    """One number per lane, [lanes], and the derivatives of the total."""

    policy: Tensor
    value: Tensor
    entropy: Tensor
    d_logits: Tensor  # [lanes, rows, width of the policy's outputs]
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
    distribution: Distribution,
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
        entropy = mean(H),   H the entropy of pi(. | s)
        total   = policy + value_loss_coef * value - entropy_coef * entropy

    A and R are constants here; the derivatives by the policy's outputs are those of `distribution`, and

        d total / d values = value_loss_coef 2 (v - R) / rows

    `logits`, the policy's outputs: [lanes, rows, width]; `actions`: [lanes, rows, numbers of an action]; the others
    [lanes, rows]. `valid` is 0.0 on reset rows, which no mean includes.
    """
    expect_rank("logits", logits, "lanes rows width")
    rows = logits.shape[:2]
    arrays = {"values": values, "advantages": advantages, "returns": returns, "valid": valid}
    for name, array in arrays.items():
        expect_shape(name, array, *rows)
    weights = valid / valid.sum(dim=1, keepdim=True).clamp(min=1)
    judged = distribution.judge(logits, actions)
    errors = values - returns
    weighted = advantages * weights
    return Losses(
        policy=(-judged.log_prob * weighted).sum(dim=1),
        value=(errors.square() * weights).sum(dim=1),
        entropy=(judged.entropy * weights).sum(dim=1),
        d_logits=distribution.derive(judged, actions, weighted, entropy_coef * weights),
        d_values=errors * weights * (2 * value_loss_coef),
    )
