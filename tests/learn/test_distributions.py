"""Log-probabilities, entropies and derivatives, compared with PyTorch's distributions and autograd; literals."""

import math

import pytest
import torch
from torch import Tensor

from a2c.envs import BoxActions, DiscreteActions, MultiBinaryActions, MultiDiscreteActions
from a2c.learn.distributions import Bernoulli, Distribution, Gaussian, Softmax, distribution_of

KINDS: dict[str, Distribution] = {
    "softmax": Softmax((4,)),
    "softmaxes": Softmax((2, 5, 1, 3)),
    "bernoulli": Bernoulli(3),
    "gaussian": Gaussian(2),
}
each_kind = pytest.mark.parametrize("distribution", KINDS.values(), ids=KINDS)


def batch(distribution: Distribution) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Outputs, actions, weights and bonuses of two lanes of seven rows, in float64."""
    random = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    actions = normal(2, 7, distribution.size)
    if isinstance(distribution, Softmax):
        actions = torch.stack([torch.randint(0, n, (2, 7), generator=random) for n in distribution.choices], dim=2)
    elif isinstance(distribution, Bernoulli):
        actions = (actions > 0).long()
    return 2 * normal(2, 7, distribution.width), actions, normal(2, 7), normal(2, 7)


def parts_of(distribution: Distribution, outputs: Tensor) -> list[torch.distributions.Distribution]:
    """PyTorch's distribution of each number of an action."""
    if isinstance(distribution, Softmax):
        return [torch.distributions.Categorical(logits=one) for one in outputs.split(distribution.choices, dim=2)]
    if isinstance(distribution, Bernoulli):
        return [torch.distributions.Bernoulli(logits=one) for one in outputs.unbind(dim=2)]
    means, log_deviations = outputs.split(distribution.size, dim=2)
    pairs = zip(means.unbind(dim=2), log_deviations.exp().unbind(dim=2), strict=True)
    return [torch.distributions.Normal(*pair) for pair in pairs]


def torchs(distribution: Distribution, outputs: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
    """log pi and entropy by PyTorch's distributions."""
    parts = parts_of(distribution, outputs)
    taken = actions.double().unbind(dim=2)
    log_probs = [part.log_prob(action) for part, action in zip(parts, taken, strict=True)]
    return torch.stack(log_probs).sum(dim=0), torch.stack([part.entropy() for part in parts]).sum(dim=0)


@each_kind
def test_log_probabilities_and_entropies_equal_pytorchs(distribution: Distribution) -> None:
    outputs, actions, *_ = batch(distribution)
    judged = distribution.judge(outputs, actions)
    log_prob, entropy = torchs(distribution, outputs, actions)
    torch.testing.assert_close(judged.log_prob, log_prob, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(judged.entropy, entropy, rtol=1e-12, atol=1e-12)


@each_kind
def test_derivatives_equal_autograd(distribution: Distribution) -> None:
    outputs, actions, weight, bonus = batch(distribution)
    leaf = outputs.clone().requires_grad_()
    log_prob, entropy = torchs(distribution, leaf, actions)
    (expected,) = torch.autograd.grad((-weight * log_prob - bonus * entropy).sum(), [leaf])
    derived = distribution.derive(distribution.judge(outputs, actions), actions, weight, bonus)
    torch.testing.assert_close(derived, expected, rtol=1e-11, atol=1e-12)


@each_kind
def test_divergences_equal_pytorchs(distribution: Distribution) -> None:
    old, new = batch(distribution)[0], batch(distribution)[0].flip(1)
    pairs = zip(parts_of(distribution, old), parts_of(distribution, new), strict=True)
    expected = torch.stack([torch.distributions.kl_divergence(*pair) for pair in pairs]).sum(dim=0)
    torch.testing.assert_close(distribution.divergence(old, new), expected, rtol=1e-12, atol=1e-12)
    assert not distribution.divergence(old, old).any()


def test_hand_computed_probabilities() -> None:
    """softmax of (log 1, log 3) and of equal logits; p = 3/4 by the logit log 3; a deviation of 2."""
    outputs = torch.tensor([[[0, math.log(3), 5, 5]]])
    judged = Softmax((2, 2)).judge(outputs, torch.tensor([[[1, 0]]]))
    assert judged.log_prob.item() == pytest.approx(math.log(3 / 4 * 1 / 2))
    judged = Bernoulli(2).judge(torch.tensor([[[math.log(3), math.log(3)]]]), torch.tensor([[[1, 0]]]))
    assert judged.log_prob.item() == pytest.approx(math.log(3 / 4 * 1 / 4))
    assert judged.entropy.item() == pytest.approx(-2 * (3 / 4 * math.log(3 / 4) + 1 / 4 * math.log(1 / 4)))
    judged = Gaussian(1).judge(torch.tensor([[[1, math.log(2)]]]), torch.tensor([[[5.0]]]))
    assert judged.log_prob.item() == pytest.approx(-(2**2) / 2 - math.log(2 * math.sqrt(2 * math.pi)))
    assert judged.entropy.item() == pytest.approx(math.log(2 * math.sqrt(2 * math.pi * math.e)))


@each_kind
def test_a_wrong_shape_is_refused(distribution: Distribution) -> None:
    outputs, actions, *_ = batch(distribution)
    with pytest.raises(ValueError, match=r"^outputs: shape "):
        distribution.judge(torch.cat([outputs, outputs], dim=2), actions)
    with pytest.raises(ValueError, match=r"^actions: shape "):
        distribution.judge(outputs, actions[..., 0])


def test_each_space_has_its_distribution() -> None:
    spaces = [
        (DiscreteActions(3), Softmax, 3, 1),
        (MultiDiscreteActions((2, 3, 4, 5), (2, 2), (0,) * 4), Softmax, 14, 4),
        (MultiBinaryActions((2, 3)), Bernoulli, 6, 6),
        (BoxActions((-1.0, -1.0), (1.0, 1.0), (2,), "float32"), Gaussian, 4, 2),
    ]
    for space, kind, width, size in spaces:
        distribution = distribution_of(space)
        assert (type(distribution), distribution.width, distribution.size) == (kind, width, size)
        assert space.width == width
