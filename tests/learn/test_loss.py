"""The loss and its derivatives, compared with PyTorch's distributions, autograd and finite differences; the mask."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from a2c.learn.distributions import Softmax
from a2c.learn.loss import Losses, Old, a2c_losses, moments, ppo_losses

VALUE_COEF, ENTROPY_COEF = 0.7, 0.3


class Batch(NamedTuple):
    logits: Tensor
    values: Tensor
    actions: Tensor
    advantages: Tensor
    returns: Tensor
    valid: Tensor


@pytest.fixture
def batch() -> Batch:
    """Three lanes of eleven rows and four actions in double precision; each lane has different reset rows."""
    random = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    valid = torch.ones(3, 11, dtype=torch.float64)
    valid[0, [2, 5]] = valid[1, 0] = 0
    return Batch(
        logits=2 * normal(3, 11, 4),
        values=normal(3, 11),
        actions=torch.randint(0, 4, (3, 11, 1), generator=random),
        advantages=normal(3, 11),
        returns=normal(3, 11),
        valid=valid,
    )


def losses_of(batch: Batch) -> Losses:
    return a2c_losses(Softmax((4,)), *batch, VALUE_COEF, ENTROPY_COEF)


def total(losses: Losses) -> Tensor:
    return losses.policy + VALUE_COEF * losses.value - ENTROPY_COEF * losses.entropy


def assert_near(ours: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(ours, expected, rtol=1e-12, atol=1e-14)


def test_losses_equal_pytorchs_on_the_valid_rows(batch: Batch) -> None:
    losses = losses_of(batch)
    for lane in range(3):
        rows = batch.valid[lane].bool()
        policy = torch.distributions.Categorical(logits=batch.logits[lane, rows])
        surprise = -policy.log_prob(batch.actions[lane, rows, 0])
        assert_near(losses.policy[lane], (surprise * batch.advantages[lane, rows]).mean())
        assert_near(
            losses.value[lane], torch.nn.functional.mse_loss(batch.values[lane, rows], batch.returns[lane, rows])
        )
        assert_near(losses.entropy[lane], policy.entropy().mean())


def test_derivatives_equal_autograd(batch: Batch) -> None:
    logits, values = batch.logits.clone().requires_grad_(), batch.values.clone().requires_grad_()
    losses = total(losses_of(batch._replace(logits=logits, values=values)))
    d_logits, d_values = torch.autograd.grad(losses.sum(), [logits, values])
    ours = losses_of(batch)
    assert_near(ours.d_logits, d_logits)
    assert_near(ours.d_values, d_values)


def finite_differences(f: Callable[[Tensor], Tensor], x: Tensor, h: float = 1e-6) -> Tensor:
    slopes = torch.empty_like(x)
    for i in range(x.numel()):
        step = torch.zeros_like(x)
        step.view(-1)[i] = h
        slopes.view(-1)[i] = ((f(x + step) - f(x - step)) / (2 * h)).sum()
    return slopes


def test_derivatives_equal_finite_differences(batch: Batch) -> None:
    ours = losses_of(batch)
    d_logits = finite_differences(lambda x: total(losses_of(batch._replace(logits=x))), batch.logits)
    d_values = finite_differences(lambda x: total(losses_of(batch._replace(values=x))), batch.values)
    torch.testing.assert_close(ours.d_logits, d_logits, rtol=1e-7, atol=1e-9)
    torch.testing.assert_close(ours.d_values, d_values, rtol=1e-7, atol=1e-9)


def test_masked_rows_do_not_change_a_bit(batch: Batch) -> None:
    hole = batch.valid == 0
    other = batch._replace(**{name: getattr(batch, name).clone() for name in Batch._fields})
    other.logits[hole] = torch.tensor([9.0, -3, 0, 1], dtype=torch.float64)
    other.actions[hole] = 3
    for tensor in (other.values, other.advantages, other.returns):
        tensor[hole] = -50
    for name, before, after in zip(Losses._fields, losses_of(batch), losses_of(other), strict=True):
        assert torch.equal(before, after), name


def test_masked_rows_have_no_derivative(batch: Batch) -> None:
    losses = losses_of(batch)
    assert (losses.d_logits[batch.valid == 0] == 0).all()
    assert (losses.d_values[batch.valid == 0] == 0).all()


def test_a_lane_without_valid_rows_is_finite(batch: Batch) -> None:
    batch.valid[1] = 0
    assert all(tensor.isfinite().all() for tensor in losses_of(batch))


def test_descent_makes_a_good_action_likelier_and_raises_the_entropy() -> None:
    logits, zero = torch.tensor([[[1.0, 0.0]]]), torch.zeros(1, 1)
    pair, first, one = Softmax((2,)), torch.tensor([[[0]]]), torch.ones(1, 1)
    for_action = a2c_losses(pair, logits, zero, first, one, zero, one, VALUE_COEF, entropy_coef=0.0)
    assert for_action.d_logits[0, 0, 0] < 0 < for_action.d_logits[0, 0, 1]  # descent raises the first logit
    for_entropy = a2c_losses(pair, logits, zero, first, zero, zero, one, VALUE_COEF, entropy_coef=1.0)
    assert for_entropy.d_logits[0, 0, 0] > 0 > for_entropy.d_logits[0, 0, 1]  # descent lowers it


def test_moments_equal_numpys_on_the_valid_rows() -> None:
    random = np.random.default_rng(0)
    x = random.normal(3, 2, (4, 30)).astype(np.float32)
    valid = random.random((4, 30)) < 0.7
    mean, std = moments(x, valid)
    for lane in range(4):
        np.testing.assert_allclose(mean[lane, 0], x[lane, valid[lane]].mean(dtype=np.float64), rtol=1e-6)
        np.testing.assert_allclose(std[lane, 0], x[lane, valid[lane]].std(ddof=1, dtype=np.float64), rtol=1e-6)


def test_moments_of_one_row_and_of_none() -> None:
    mean, std = moments(np.array([[7, 1], [7, 1]], dtype=np.float32), np.array([[True, False], [False, False]]))
    np.testing.assert_array_equal(mean, [[7], [0]])
    np.testing.assert_array_equal(std, [[0], [0]])


# ----------------------------------------------------------------------------------------------------------------- PPO


def old_of(batch: Batch) -> Old:
    """Another policy and critic, so far away that some rows are clipped."""
    random = torch.Generator().manual_seed(1)
    logits = batch.logits + 0.3 * torch.randn(3, 11, 4, generator=random, dtype=torch.float64)
    values = batch.values + 0.3 * torch.randn(3, 11, generator=random, dtype=torch.float64)
    return Old(logits.log_softmax(dim=2).gather(2, batch.actions)[..., 0], values)


RANGES = [(None, None), (0.2, None), (None, 0.2), (0.1, 0.1)]


@pytest.mark.parametrize(("clip_range", "clip_range_value"), RANGES)
def test_ppos_losses_and_derivatives_are_those_of_its_definition(
    batch: Batch, clip_range: float | None, clip_range_value: float | None
) -> None:
    """Written out with torch.min, torch.max and clamp, and differentiated by autograd."""
    logits, values = batch.logits.clone().requires_grad_(), batch.values.clone().requires_grad_()
    old, near = old_of(batch), clip_range_value or 1e9
    ours = ppo_losses(Softmax((4,)), *batch, old, VALUE_COEF, ENTROPY_COEF, clip_range, clip_range_value)
    policy = torch.distributions.Categorical(logits=logits)
    ratio = (policy.log_prob(batch.actions[..., 0]) - old.log_probs).exp()
    low, high = (1 - clip_range, 1 + clip_range) if clip_range else (0, 1e9)
    surrogate = -torch.min(ratio * batch.advantages, ratio.clamp(low, high) * batch.advantages)
    bounded = old.values + (values - old.values).clamp(-near, near)
    errors = torch.max((values - batch.returns).square(), (bounded - batch.returns).square())
    rows = batch.valid / batch.valid.sum(dim=1, keepdim=True)
    expected = [(term * rows).sum(dim=1) for term in (surrogate, errors, policy.entropy())]
    for mine, theirs in zip((ours.policy, ours.value, ours.entropy), expected, strict=True):
        assert_near(mine, theirs.detach())
    whole = (expected[0] + VALUE_COEF * expected[1] - ENTROPY_COEF * expected[2]).sum()
    d_logits, d_values = torch.autograd.grad(whole, [logits, values])
    assert_near(ours.d_logits, d_logits)
    assert_near(ours.d_values, d_values)
    outside = ((ratio < low) | (ratio > high)).double()
    assert_near(ours.clipped, (outside * rows).sum(dim=1).detach())
    assert (clip_range is None) == (ours.clipped == 0).all()


def test_ppos_loss_by_hand() -> None:
    """Probability 1/2 of each action; it was 1/4. The ratio 2 is bounded by 1.2 where the advantage is 3, not -3."""
    old = Old(torch.full((1, 2), 0.25).log(), torch.tensor([[1.0, 0.0]]))
    values, returns, advantages = torch.tensor([[2.0, 2.0]]), torch.tensor([[0.0, 5.0]]), torch.tensor([[3.0, -3.0]])
    losses = ppo_losses(
        Softmax((2,)), torch.zeros(1, 2, 2), values, torch.zeros(1, 2, 1, dtype=torch.int64), advantages, returns,
        torch.ones(1, 2), old, 1.0, 0.0, 0.2, 0.5,
    )  # fmt: skip
    assert losses.policy.item() == pytest.approx((-1.2 * 3 + 2 * 3) / 2)
    # v = 2, R = 0: the clipped 1.5 errs less, so that 4 counts; v = 2, R = 5: the clipped 0.5 errs more, 20.25 counts.
    assert losses.value.item() == pytest.approx((4 + 20.25) / 2)
    assert losses.d_values.tolist() == [[2.0, 0.0]]
    assert losses.d_logits[0, 0].tolist() == [0, 0]
    assert losses.d_logits[0, 1].tolist() == pytest.approx([1.5, -1.5])
    assert losses.clipped.item() == 1
