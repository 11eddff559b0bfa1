"""Lanes whose emulators play together. While one group plays, the device works for another."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.envs import Ended, Facts
from a2c.learn.actors import Actors
from a2c.learn.cuda.buffers import CUTS, REWARDS, TERMINAL, VALID, Buffers
from a2c.learn.cuda.graphs import captured
from a2c.learn.cuda.update import update
from a2c.learn.normalization import Normalizer
from a2c.learn.policy import Model

Array = NDArray[Any]


class Part(NamedTuple):
    """What a group has done in one iteration."""

    actions: Array  # [lanes, steps, environments, ...]
    ended: list[Ended]
    metrics: NDArray[np.float32]  # [lanes, metrics]


class Group:
    """Environments and models of some lanes. Each lane has a model, and kernels, of its own."""

    def __init__(self, configuration: Configuration, seeds: Sequence[int], facts: Facts, threads: int) -> None:
        self.configuration = configuration
        self.space = facts.action_space
        moments = Normalizer(configuration, len(seeds), facts)
        self.actors = Actors(configuration, seeds, facts, moments, threads)
        self.models = [Model(configuration, [seed], facts) for seed in seeds]
        for lane, model in enumerate(self.models):
            model.normalizer.state = moments.state[lane : lane + 1]
        self.n_steps = min(configuration.n_steps, self.actors.total_rows)
        self.buffers = Buffers(configuration, facts, len(seeds), self.n_steps)
        for model in self.models:
            model.optimizer.learning_rate = self.buffers.learning_rate
        self._plays = False  # have the environments been sent a step that was not received?

    def capture(self) -> None:
        """Make graphs of acting and of the update of a whole rollout. Models stay as they are."""
        device = self.models[0].device
        states = [model.state() for model in self.models]
        lanes = range(len(self.models))
        self._forward = captured([partial(self._forward_lane, lane) for lane in lanes], device)
        self._update_whole = captured([partial(self._update_lane, lane, self.n_steps, False) for lane in lanes], device)
        for model, state in zip(self.models, states, strict=True):
            model.restore(state)
        self._observe()

    def begin(self, n_steps: int) -> None:
        """Begin a rollout, unless that has been done: act in its first row. Noise is drawn for the rollout at once."""
        if self._plays:
            return
        self._noise = self.space.noise(self.actors.generators, (n_steps, self.actors.n_envs))
        self._ended: list[Ended] = []
        self.act(0)

    def act(self, t: int) -> None:
        """Act on the latest observations; the environments begin to play step `t`."""
        buffers, actors = self.buffers, self.actors
        buffers.keep_row(t)
        self._forward()
        buffers.logits.to_host()
        buffers.numbers.host[VALID, :, t] = ~actors.episodes.reset_row | self.configuration.train_on_reset_rows
        buffers.wait()
        actions = self.space.sample(buffers.logits.host, self._noise[:, t])
        buffers.actions.host[:, t] = actions
        actors.environments.send(actions)
        self._plays = True

    def receive(self, t: int) -> None:
        """Wait for step `t` of the environments, and begin to copy what they show now."""
        row, ended = self.actors.receive()
        self._plays = False
        self._ended += ended
        numbers = self.buffers.numbers.host
        numbers[REWARDS, :, t] = row.rewards
        numbers[CUTS, :, t] = row.terminated | row.truncated
        numbers[TERMINAL, :, t] = numbers[CUTS, :, t] if self.configuration.time_limit == "terminal" else row.terminated
        self._observe()

    def update(self, n_steps: int, learning_rate: float, closely: bool) -> Part:
        """Update every lane from its rollout of `n_steps` steps; `closely`: measure what is costly, too."""
        buffers = self.buffers
        buffers.keep_row(n_steps)
        buffers.actions.to_device()
        buffers.numbers.to_device()
        buffers.learning_rate.fill_(learning_rate)
        if n_steps == self.n_steps and not closely:
            self._update_whole()
        else:
            for lane in range(len(self.models)):
                self._update_lane(lane, n_steps, closely)
        buffers.metrics.to_host()
        buffers.wait()
        return Part(buffers.actions.host[:, :n_steps].copy(), self._ended, buffers.metrics.host.copy())

    def state(self) -> list[dict[str, Array]]:
        """The state of each lane's model."""
        return [model.state() for model in self.models]

    def restore(self, states: Sequence[Mapping[str, Array]], log: Array, last: Mapping[int, int]) -> list[Ended]:
        """Go on from the models' `states` after the logged actions; returns the episodes that ended before.

        `last`: the rows of the group's lanes that have ended.
        """
        for model, state in zip(self.models, states, strict=True):
            model.restore(state)
        ended = self.actors.restore({}, log, last)
        assert ended is not None  # without a state of the environments the log is replayed
        return ended

    def _observe(self) -> None:
        self.buffers.row.host[:] = self.actors.observations
        self.buffers.row.to_device()

    @torch.inference_mode()
    def _forward_lane(self, lane: int) -> None:
        """The policy's outputs for a lane's latest observations."""
        model = self.models[lane]
        output = model.network.forward(model.parameters, self.buffers.row.device[lane][None])
        self.buffers.logits.device[lane].copy_(output.logits[0])

    @torch.inference_mode()
    def _update_lane(self, lane: int, n_steps: int, closely: bool) -> None:
        metrics = update(self.configuration, self.models[lane], self.buffers.rollout(lane, n_steps), closely)
        self.buffers.metrics.device[lane].copy_(metrics)
