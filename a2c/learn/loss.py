"""The losses of A2C and PPO, by lane, and their derivatives by the network's outputs."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from a2c.learn.distributions import Distribution, Judged
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
    clipped: Tensor  # share of the rows whose ratio PPO's clipping bounds


class Term(NamedTuple):
    """What each row adds to a loss, and the factor of its derivative, [lanes, rows]."""

    loss: Tensor
    slope: Tensor  # by -log pi(a | s), or half of that by v


class Old(NamedTuple):
    """The logarithm of the action's probability and the value of each row before the update, [lanes, rows]."""

    log_probs: Tensor
    values: Tensor


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
    _expect_rows(logits, values=values, advantages=advantages, returns=returns, valid=valid)
    weights = _weights(valid)
    judged = distribution.judge(logits, actions)
    weighted = advantages * weights
    errors = values - returns
    actor, critic = Term(-judged.log_prob * weighted, weighted), Term(errors.square(), errors)
    return _total(distribution, judged, actions, actor, critic, weights, value_loss_coef, entropy_coef)


def ppo_losses(
    distribution: Distribution,
    logits: Tensor,
    values: Tensor,
    actions: Tensor,
    advantages: Tensor,
    returns: Tensor,
    valid: Tensor,
    old: Old,
    value_loss_coef: float,
    entropy_coef: float,
    clip_range: float | None,
    clip_range_value: float | None,
) -> Losses:
    """PPO's clipped surrogate (Schulman et al. 2017, equation 7) in the place of A2C's policy loss.

        ratio  = pi(a | s) / pi_old(a | s)
        policy = mean(-min(ratio A, clip(ratio, 1 - clip_range, 1 + clip_range) A))
        value  = mean(max((v - R)^2, (v' - R)^2)),   v' = v, but no further than clip_range_value from the old value

    Where the clipped one counts, a row has no derivative. Without a range nothing is clipped. The rest as `a2c_losses`.
    """
    _expect_rows(logits, values=values, advantages=advantages, returns=returns, valid=valid)
    _expect_rows(logits, old_log_probs=old.log_probs, old_values=old.values)
    weights = _weights(valid)
    judged = distribution.judge(logits, actions)
    actor, is_clipped = _surrogate(judged.log_prob, old.log_probs, advantages * weights, clip_range)
    critic = _value_error(values, returns, old.values, clip_range_value)
    losses = _total(distribution, judged, actions, actor, critic, weights, value_loss_coef, entropy_coef)
    return losses._replace(clipped=(is_clipped * weights).sum(dim=1))


def _surrogate(log_probs: Tensor, old: Tensor, weighted: Tensor, clip_range: float | None) -> tuple[Term, Tensor]:
    """PPO's policy loss, and which rows' ratios are out of the range."""
    ratio = (log_probs - old).exp()
    bounded = ratio if clip_range is None else ratio.clamp(1 - clip_range, 1 + clip_range)
    is_less = bounded * weighted < ratio * weighted
    loss = -torch.where(is_less, bounded, ratio) * weighted
    return Term(loss, torch.where(is_less, 0, ratio * weighted)), bounded != ratio


def _value_error(values: Tensor, returns: Tensor, old: Tensor, clip_range: float | None) -> Term:
    errors = values - returns
    if clip_range is None:
        return Term(errors.square(), errors)
    change = values - old
    near = (old + change.clamp(-clip_range, clip_range) - returns).square()
    is_more = (change.abs() > clip_range) & (near > errors.square())
    return Term(torch.where(is_more, near, errors.square()), torch.where(is_more, 0, errors))


def _total(
    distribution: Distribution,
    judged: Judged,
    actions: Tensor,
    actor: Term,
    critic: Term,
    weights: Tensor,
    value_loss_coef: float,
    entropy_coef: float,
) -> Losses:
    """The losses and the derivatives of their sum. The actor's term is weighted already."""
    return Losses(
        policy=actor.loss.sum(dim=1),
        value=(critic.loss * weights).sum(dim=1),
        entropy=(judged.entropy * weights).sum(dim=1),
        d_logits=distribution.derive(judged, actions, actor.slope, entropy_coef * weights),
        d_values=critic.slope * weights * (2 * value_loss_coef),
        clipped=torch.zeros_like(weights[:, 0]),
    )


def _weights(valid: Tensor) -> Tensor:
    """Each row's share of a mean."""
    return valid / valid.sum(dim=1, keepdim=True).clamp(min=1)


def _expect_rows(logits: Tensor, **arrays: Tensor) -> None:
    expect_rank("logits", logits, "lanes rows width")
    for name, array in arrays.items():
        expect_shape(name, array, *logits.shape[:2])
