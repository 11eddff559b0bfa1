"""The networks of all lanes as a policy, in PyTorch: observations in, outputs or actions out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from a2c import streams
from a2c.config import Configuration
from a2c.envs import Facts, Observations
from a2c.learn import optimizers
from a2c.learn.clipping import Clipped, Clipping
from a2c.learn.distributions import distribution_of
from a2c.learn.loss import Losses
from a2c.learn.networks import Kept, Network, Output, build
from a2c.learn.normalization import Normalizer
from a2c.learn.parameters import Parameters
from a2c.learn.trainer import Actor

Floats = NDArray[np.float32]


class Policy:
    """A network with the parameters of each lane."""

    def __init__(self, configuration: Configuration, seeds: Sequence[int], facts: Facts) -> None:
        self.seeds = seeds
        self.action_space = facts.action_space
        self.distribution = distribution_of(facts.action_space)
        self.network: Network = build(configuration, facts)
        self.normalizer = Normalizer(configuration, len(seeds), facts)
        self.device = torch.device(configuration.device)
        self.parameters = Parameters(self.network.shapes, len(seeds), self.device)

    def forward(self, observations: Observations) -> Output:
        """The network's outputs for `observations`, [lanes, rows, ...], normalised where they are."""
        return self.network.forward(self.parameters, to_tensor(observations, self.device))

    def actor(self, mode: str) -> Actor:
        """How actions follow observations in an evaluation, see `a2c.learn.evaluation`."""
        space = self.action_space
        generators = [streams.generator(seed, "evaluation actions") for seed in self.seeds]
        moments = self.normalizer.rounded()

        @torch.inference_mode()
        def act(observations: Observations) -> NDArray[Any]:
            seen = moments.observations(observations, count=False)
            logits = self.forward(seen).logits.cpu().numpy()
            if mode == "greedy":
                return space.greedy(logits)
            return space.sample(logits, space.noise(generators, logits.shape[1:-1]))

        return act


class Model(Policy):
    """A policy in training: its gradients, how they are clipped, and its optimiser beside its parameters."""

    def __init__(self, configuration: Configuration, seeds: Sequence[int], facts: Facts) -> None:
        super().__init__(configuration, seeds, facts)
        self.gradients = Parameters(self.network.shapes, len(seeds), self.device)
        self.clipping = Clipping(configuration, self.network, self.gradients)
        self.network.initialise(self.parameters, seeds)
        self.optimizer = optimizers.make(configuration, self.parameters.flat, self.gradients.flat)

    def state(self) -> dict[str, Floats]:
        """Copies of the parameters, the running moments, and the state of optimiser and clipping, for `restore`."""
        optimizer = {f"optimizer.{key}": value for key, value in self.optimizer.state.items()}
        clipping = {f"clipping.{key}": value for key, value in self.clipping.state.items()}
        tensors = {"parameters": self.parameters.flat, **optimizer, **clipping}
        moments = {"normalizer": self.normalizer.state.copy()} if self.normalizer.state.size else {}
        return {name: tensor.detach().cpu().numpy().copy() for name, tensor in tensors.items()} | moments

    def restore(self, state: Mapping[str, Floats]) -> None:
        """Set all to what `state` returned, where it is in memory: CUDA graphs look there."""
        if self.normalizer.state.size:
            self.normalizer.state[:] = state["normalizer"]
        self.parameters.flat.copy_(torch.from_numpy(state["parameters"]))
        for part, tensors in (("optimizer", self.optimizer.state), ("clipping", self.clipping.state)):
            for name, tensor in tensors.items():
                tensor.copy_(torch.from_numpy(np.array(state[f"{part}.{name}"])))

    def lasting(self) -> list[list[Tensor]]:
        """Of each lane, where it stays in memory, what its policy is made of: parameters and running moments."""
        moments = torch.from_numpy(self.normalizer.state)
        return [list(lane) for lane in zip(self.parameters.by_lane, moments, strict=True)]

    def step(self, kept: Kept, losses: Losses, closely: bool) -> Clipped:
        """One step of the optimiser along the clipped gradient of the losses; `closely`: look at its parts, too."""
        clipped = self.clipping.differentiate(self.parameters, kept, losses, closely)
        self.optimizer.step()
        return clipped

    def weights(self, lane: int) -> dict[str, Floats]:
        """Copies of one lane's parameters by name, and of the moments of its observations where they are normalised."""
        named = {name: tensor[lane].cpu().numpy().copy() for name, tensor in self.parameters.named.items()}
        return named | self.normalizer.weights(lane)


def policy_of(configuration: Configuration, facts: Facts, seed: int, weights: Mapping[str, Floats]) -> Policy:
    """The policy of one seed from its weights by name, on the configured device if it is here, else on the CPU."""
    if not torch.cuda.is_available():
        configuration = configuration.model_copy(update={"device": "cpu"})
    policy = Policy(configuration, [seed], facts)
    for name, tensor in policy.parameters.named.items():
        tensor[0] = torch.from_numpy(weights[name])
    policy.normalizer.set_weights(0, weights)
    return policy


def to_tensor(array: NDArray[np.generic], device: torch.device) -> Tensor:
    """The array on the device; on the CPU without a copy where it is contiguous."""
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor
