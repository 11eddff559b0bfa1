"""The gradient of a loss, clipped whole or in part, by its norm or by a running mean of it."""

from typing import NamedTuple

import torch
from torch import Tensor

from a2c.config import Configuration
from a2c.learn.loss import Losses
from a2c.learn.networks import Kept, Network
from a2c.learn.parameters import Parameters

DECAY = 0.99  # of the running mean of the norm


class Parts(NamedTuple):
    """The policy's (with the entropy bonus) and the value's part of a gradient before clipping, each [lanes].

    They are taken on the layers before the heads that both share, or on each one's own column.
    """

    policy: Tensor  # norm
    value: Tensor  # norm
    cosine: Tensor  # 0 where they share no layer; missing where a norm is 0


class Clipped(NamedTuple):
    """A clipped gradient in numbers, each [lanes]."""

    norm: Tensor  # of the whole gradient before clipping
    coefficient: Tensor  # what the part that is clipped is multiplied with
    parts: Parts | None  # where they were asked for


class Clipping:
    """How the gradients of all lanes are clipped, and the state that takes."""

    def __init__(self, configuration: Configuration, network: Network, gradients: Parameters) -> None:
        self.network, self.gradients = network, gradients
        self.bound, self.part = configuration.max_grad_norm, configuration.clip_part
        self.state: dict[str, Tensor] = {}
        if configuration.clip_by == "running":
            n_lanes, device = len(gradients.by_lane), gradients.flat.device
            self.state["norm"] = torch.full((n_lanes, 1), -1.0, dtype=torch.float64, device=device)  # none yet

    def differentiate(self, parameters: Parameters, kept: Kept, losses: Losses, closely: bool) -> Clipped:
        """Fill `gradients` with the clipped gradient of the losses; `closely`: look at its parts, too."""
        if self.part != "all":
            return self._apart(parameters, kept, losses, closely)
        self.network.backward(parameters, self.gradients, kept, losses.d_logits, losses.d_values)
        parts = self._parts_of_whole(parameters, kept, losses) if closely else None
        norms = self.gradients.norms()
        coefficient = self._coefficient(norms)
        if self.bound is not None:
            self.gradients.scale(coefficient)
        return Clipped(norms, coefficient, parts)

    def _coefficient(self, norms: Tensor) -> Tensor:
        """What gradients of these norms, [lanes], are multiplied with."""
        if self.bound is None:
            return torch.ones_like(norms)
        if "norm" in self.state:
            mean = self.state["norm"][:, 0]
            mean.copy_(torch.where(mean < 0, norms.double(), DECAY * mean + (1 - DECAY) * norms))
            norms = mean.float()
        return (self.bound / (norms + 1e-6)).clamp(max=1.0)

    def _apart(self, parameters: Parameters, kept: Kept, losses: Losses, closely: bool) -> Clipped:
        """The policy's and the value's gradient, one of them clipped by its own norm, added."""
        policy, value = self._empty(), self.gradients
        self.network.backward(parameters, policy, kept, losses.d_logits, torch.zeros_like(losses.d_values))
        self.network.backward(parameters, value, kept, torch.zeros_like(losses.d_logits), losses.d_values)
        parts = self._parts(policy, value) if closely else None
        coefficient = self._coefficient((policy if self.part == "policy" else value).norms())
        whole = torch.linalg.vector_norm(policy.by_lane + value.by_lane, dim=1)
        (policy if self.part == "policy" else value).scale(coefficient)
        value.by_lane.add_(policy.by_lane)
        return Clipped(whole, coefficient, parts)

    def _parts_of_whole(self, parameters: Parameters, kept: Kept, losses: Losses) -> Parts:
        """Of the gradient in `gradients`: the policy's by itself, the value's as what is left."""
        if not self.network.trunk:
            return self._parts(self.gradients, self.gradients)
        policy, value = self._empty(), self._empty()
        self.network.backward(parameters, policy, kept, losses.d_logits, torch.zeros_like(losses.d_values))
        torch.sub(self.gradients.by_lane, policy.by_lane, out=value.by_lane)
        return self._parts(policy, value)

    def _empty(self) -> Parameters:
        """Room for another gradient."""
        return Parameters(self.network.shapes, len(self.gradients.by_lane), self.gradients.flat.device)

    def _parts(self, policy: Parameters, value: Parameters) -> Parts:
        trunk = self.network.trunk
        if not trunk:  # a column each
            columns = {name: name.startswith("value.") for name in self.network.shapes}
            of_policy, of_value = ([name for name in columns if columns[name] == which] for which in (False, True))
            norm = _dot(policy, policy, of_policy).sqrt().float()
            return Parts(norm, _dot(value, value, of_value).sqrt().float(), torch.zeros_like(norm))
        norms = _dot(policy, policy, trunk).sqrt(), _dot(value, value, trunk).sqrt()
        cosine = _dot(policy, value, trunk) / (norms[0] * norms[1])
        return Parts(norms[0].float(), norms[1].float(), cosine.float())


def _dot(a: Parameters, b: Parameters, names: list[str]) -> Tensor:
    """Inner products of the named parameters of each lane, [lanes], in float64."""
    products = [(a.named[name].double() * b.named[name]).flatten(1).sum(dim=1) for name in names]
    return torch.stack(products).sum(dim=0)
