"""A3C, asynchronous advantage actor-critic (Mnih et al. 2016, algorithm S3), for one lane.

The workers do not run side by side here. They take turns in a seeded order (`a2c.learn.schedule`), so that the same
seed gives the same run:

    for each worker that is ready:
        collect    act for `n_steps` rows with the worker's copy of the weights
        estimate   advantages and returns, as A2C
        update     move the shared weights along the gradient by the copy, and renew the copy

While a worker acts, others move the shared weights: its gradient is late. `benchmarks/asynchrony.py` has real ones.
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from a2c import streams
from a2c.config import Configuration
from a2c.config.metrics import passes_grid
from a2c.envs import Ended, Facts
from a2c.learn.actors import Actors
from a2c.learn.algorithms.a2c import A2C, Update
from a2c.learn.clipping import Clipped
from a2c.learn.evaluation import evaluate
from a2c.learn.learner import grids, scheduled, without_gradient
from a2c.learn.loss import Losses
from a2c.learn.networks import Kept
from a2c.learn.own_clocks import Part
from a2c.learn.policy import Model
from a2c.learn.schedule import turns
from a2c.learn.trainer import Evaluated

Floats = NDArray[np.float32]


class Local(Model):
    """A worker's copy of the weights. Its step moves the shared weights by the copy's gradient, and renews it."""

    def __init__(self, configuration: Configuration, seed: int, facts: Facts, shared: Model) -> None:
        super().__init__(configuration, [seed], facts)
        self.shared = shared

    def step(self, kept: Kept, losses: Losses, closely: bool) -> Clipped:
        """One step of the shared optimiser."""
        clipped = self.clipping.differentiate(self.parameters, kept, losses, closely)
        self.shared.gradients.flat.copy_(self.gradients.flat)
        self.shared.optimizer.step()
        self.parameters.flat.copy_(self.shared.parameters.flat)
        return clipped


class A3C:
    """The shared weights and optimiser of a lane, and its workers: an environment and a copy of the weights each."""

    def __init__(self, configuration: Configuration, seed: int, facts: Facts) -> None:
        self.configuration, self.facts = configuration, facts
        self.n_workers = configuration.n_envs
        self.shared = Model(configuration, [seed], facts)
        self.local = Local(configuration, seed, facts, self.shared)  # of the worker whose turn it is
        self.copies = self.shared.parameters.flat.repeat(self.n_workers, 1)
        self.workers = [
            Actors(configuration, [seed], facts, self.local.normalizer, only=number) for number in range(self.n_workers)
        ]
        self.generator = streams.generator(seed, "actions")  # of all workers, in the order of their turns
        for worker in self.workers:
            worker.generators = [self.generator]
        n_turns = -(-self.workers[0].total_rows // configuration.n_steps)
        self.order = turns(seed, self.n_workers, n_turns, configuration.asynchrony)
        self.learning = A2C(configuration)
        self.grids = grids(configuration)
        self.steps = 0  # agent steps of all workers
        self.total_steps = self.workers[0].total_rows * self.n_workers
        self.diverged: tuple[int, str] | None = None
        self.stopped: int | None = None

    @property
    def common_steps(self) -> int:
        """Agent steps that every worker has taken its share of."""
        return min(worker.rows for worker in self.workers) * self.n_workers

    def advance(self) -> Part:
        """The turn of one worker."""
        number = next(self.order)
        worker, before = self.workers[number], self.steps
        self.local.parameters.flat.copy_(self.copies[number])
        rollout = self.learning.collect(worker, self.local)
        self.steps += rollout.actions.shape[1]
        estimates = self.learning.estimate(rollout)
        on_grid, closely = (passes_grid(before, self.steps, self.total_steps, n) for n in self.grids)
        self.shared.optimizer.learning_rate = scheduled(self.configuration, before / self.total_steps)
        update = self.learning.update(self.local, rollout, estimates, closely)
        self.copies[number].copy_(self.local.parameters.flat)
        self._note_divergence(update)
        metrics = []
        if on_grid and not self.diverged:
            metrics = [(self.steps, self.learning.measure(self.local, rollout, estimates, update)[0])]
        return Part([(number, rollout.actions[0, :, 0])], self._of_worker(number, rollout.ended), metrics)

    def _of_worker(self, number: int, ended: list[Ended]) -> list[Ended]:
        """Episodes of a worker, which counts its own rows."""
        return [episode._replace(env=number, step=episode.step * self.n_workers) for episode in ended]

    def _note_divergence(self, update: Update) -> None:
        """End the run if the gradient is not finite."""
        for reason in without_gradient(update).values():
            self.diverged = (self.common_steps, reason)

    def weights(self) -> dict[str, Floats]:
        """Copies of the shared parameters by name."""
        return self.shared.weights(0)

    def evaluate(self) -> list[Evaluated]:
        """`eval_episodes` episodes of the shared policy in each mode."""
        return evaluate(self.shared, self.configuration, self.shared.seeds, ())

    def state(self) -> dict[str, NDArray[Any]]:
        """Copies of the shared parameters, the optimiser's state and the workers' copies."""
        return {**self.shared.state(), "workers": self.copies.cpu().numpy().copy()}

    def restore(self, state: Mapping[str, NDArray[Any]], actions: NDArray[Any], rows: NDArray[np.int64]) -> list[Ended]:
        """Go on from `state` after logged actions, [rows, environments, ...], of which each worker took `rows`."""
        self.shared.restore(state)
        self.copies.copy_(torch.from_numpy(state["workers"]))
        ended: list[Ended] = []
        for number, worker in enumerate(self.workers):
            own = actions[None, : int(rows[number]), number, None]
            ended += self._of_worker(number, worker.restore({}, own) or [])
        self.steps = int(rows.sum())
        n_taken = int((-(-rows // self.configuration.n_steps)).sum())
        next(islice(self.order, n_taken, n_taken), None)  # those turns are over
        return ended
