"""How likely an action is by a policy's outputs, and the derivatives of that: a distribution for each kind of action.

Every loss here is a sum over rows of -weight log pi(action) - bonus H, where H is the policy's entropy and the weights
are constants. `judge` gives log pi and H of every row, `derive` the derivatives of such a sum by the outputs. Where an
action has several numbers, each is drawn by itself, so that both are sums over the numbers.

Arrays are [lanes, rows, ...]; actions [lanes, rows, numbers of an action].
"""

import math
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from a2c.envs import ActionSpace
from a2c.learn.shapes import expect_rank, expect_shape


class Judged(NamedTuple):
    """What a policy says of one action in each row."""

    log_prob: Tensor  # [lanes, rows]
    entropy: Tensor  # [lanes, rows]
    kept: list[Tensor]  # what `derive` needs


class Distribution(Protocol):
    """The distribution of the actions of one space."""

    width: int  # of the policy's outputs
    size: int  # numbers of an action

    def judge(self, outputs: Tensor, actions: Tensor) -> Judged:
        """log pi(action) and entropy by `outputs` [lanes, rows, width]."""

    def derive(self, judged: Judged, actions: Tensor, weight: Tensor, bonus: Tensor) -> Tensor:
        """Derivatives of -weight log pi(action) - bonus H by the outputs; `weight`, `bonus`: [lanes, rows]."""

    def divergence(self, old: Tensor, new: Tensor) -> Tensor:
        """KL(old || new), [lanes, rows], of the policies that `old` and `new` outputs give."""


class Softmax:
    """One of `choices[i]` values for number i of an action, by logits side by side.

    pi = softmax(logits),   H = -sum_a pi(a) log pi(a)
    d / d logits = (pi - onehot(action)) weight + pi (log pi + H) bonus
    """

    def __init__(self, choices: tuple[int, ...]) -> None:
        self.choices, self.width, self.size = list(choices), sum(choices), len(choices)

    def judge(self, outputs: Tensor, actions: Tensor) -> Judged:
        _expect(self, outputs, actions)
        log_pis = [torch.log_softmax(logits, dim=2) for logits in outputs.split(self.choices, dim=2)]
        chosen = [log_pi.gather(2, actions[..., i : i + 1].long())[..., 0] for i, log_pi in enumerate(log_pis)]
        entropies = [-(log_pi.exp() * log_pi).sum(dim=2) for log_pi in log_pis]
        return Judged(_sum(chosen), _sum(entropies), [*log_pis, *entropies])

    def derive(self, judged: Judged, actions: Tensor, weight: Tensor, bonus: Tensor) -> Tensor:
        derivatives = []
        for i, log_pi in enumerate(judged.kept[: self.size]):
            pi, entropy = log_pi.exp(), judged.kept[self.size + i]
            is_taken = actions[..., i : i + 1] == torch.arange(self.choices[i], device=actions.device)
            d = pi * weight[..., None] - is_taken * weight[..., None]
            d += pi * (log_pi + entropy[..., None]) * bonus[..., None]
            derivatives.append(d)
        return derivatives[0] if self.size == 1 else torch.cat(derivatives, dim=2)

    def divergence(self, old: Tensor, new: Tensor) -> Tensor:
        log_pis = (
            [torch.log_softmax(one, dim=2) for one in outputs.split(self.choices, dim=2)] for outputs in (old, new)
        )
        return _sum([(before.exp() * (before - after)).sum(dim=2) for before, after in zip(*log_pis, strict=True)])


class Bernoulli:
    """0 or 1 for each number, by a logit l each: p = 1 / (1 + exp(-l)) is the probability of 1.

    log pi(1) = -softplus(-l),   log pi(0) = -softplus(l),   H = softplus(l) - l p
    d / d l = (p - action) weight + l p (1 - p) bonus
    """

    def __init__(self, size: int) -> None:
        self.width = self.size = size

    def judge(self, outputs: Tensor, actions: Tensor) -> Judged:
        _expect(self, outputs, actions)
        softplus = torch.nn.functional.softplus
        log_prob = -softplus(torch.where(actions > 0, -outputs, outputs)).sum(dim=2)
        size = outputs.abs()  # by |l| nothing cancels
        entropy = (softplus(-size) + size * torch.sigmoid(-size)).sum(dim=2)
        return Judged(log_prob, entropy, [outputs])

    def derive(self, judged: Judged, actions: Tensor, weight: Tensor, bonus: Tensor) -> Tensor:
        (logits,) = judged.kept
        p = logits.sigmoid()
        return (p - actions) * weight[..., None] + logits * p * (1 - p) * bonus[..., None]

    def divergence(self, old: Tensor, new: Tensor) -> Tensor:
        softplus = torch.nn.functional.softplus
        return (old.sigmoid() * (old - new) + softplus(new) - softplus(old)).sum(dim=2)


class Gaussian:
    """A real number each, by a mean and a log deviation: all means, then all log deviations.

    With z = (action - mean) / deviation:
    log pi = -z^2 / 2 - log deviation - log(2 pi) / 2,   H = log deviation + 1 / 2 + log(2 pi) / 2
    d / d mean = -z / deviation weight,   d / d log deviation = (1 - z^2) weight - bonus
    """

    HALF_LOG_2_PI = math.log(2 * math.pi) / 2

    def __init__(self, size: int) -> None:
        self.width, self.size = 2 * size, size

    def judge(self, outputs: Tensor, actions: Tensor) -> Judged:
        _expect(self, outputs, actions)
        means, log_deviations = outputs.split(self.size, dim=2)
        inverses = (-log_deviations).exp()
        z = (actions - means) * inverses
        log_prob = (-z.square() / 2 - log_deviations - self.HALF_LOG_2_PI).sum(dim=2)
        entropy = (log_deviations + (0.5 + self.HALF_LOG_2_PI)).sum(dim=2)
        return Judged(log_prob, entropy, [z, inverses])

    def derive(self, judged: Judged, actions: Tensor, weight: Tensor, bonus: Tensor) -> Tensor:
        z, inverses = judged.kept
        d_means = -z * inverses * weight[..., None]
        return torch.cat([d_means, (1 - z.square()) * weight[..., None] - bonus[..., None]], dim=2)

    def divergence(self, old: Tensor, new: Tensor) -> Tensor:
        (old_means, old_logs), (new_means, new_logs) = (outputs.split(self.size, dim=2) for outputs in (old, new))
        ratios, z = (old_logs - new_logs).exp(), (old_means - new_means) * (-new_logs).exp()
        return (new_logs - old_logs + (ratios.square() + z.square() - 1) / 2).sum(dim=2)


def distribution_of(space: ActionSpace) -> Distribution:
    """The distribution of the actions of a space."""
    size = math.prod(space.shape)
    if space.kind == "softmax":
        return Softmax(space.choices)
    return Bernoulli(size) if space.kind == "bernoulli" else Gaussian(size)


def _expect(distribution: Distribution, outputs: Tensor, actions: Tensor) -> None:
    expect_rank("outputs", outputs, "lanes rows width")
    lanes, rows, _ = outputs.shape
    expect_shape("outputs", outputs, lanes, rows, distribution.width)
    expect_shape("actions", actions, lanes, rows, distribution.size)


def _sum(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.stack(parts).sum(dim=0)
