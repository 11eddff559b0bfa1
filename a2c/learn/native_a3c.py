"""A lane of A3C by the native core, see `a2c.core.workers`. `a2c.learn.algorithms.a3c` has the same in PyTorch."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.config.configuration import snapshot_rows
from a2c.config.metrics import metrics_of
from a2c.core.choose import load
from a2c.core.library import ENDED, Trained
from a2c.core.settings import settings_of
from a2c.core.workers import Workers
from a2c.envs import Ended, Environments, Facts
from a2c.learn import evaluation
from a2c.learn.native import PART, NativePolicy, as_logged, native_evaluation
from a2c.learn.own_clocks import Part
from a2c.learn.schedule import turns
from a2c.learn.trainer import Array, Evaluated

Floats = NDArray[np.float32]


class NativeA3C:
    """Workers that take turns. Native environments are stepped in C, many turns at a call; others a turn at a time."""

    def __init__(self, configuration: Configuration, seed: int, facts: Facts) -> None:
        self.configuration, self.seed, self.facts = configuration, seed, facts
        self.metrics = metrics_of(configuration.algorithm)
        settings = settings_of(configuration, facts)
        self.is_native = settings.env_id is not None
        self.run = Workers(load(), settings, seed)
        self.n_turns = -(-settings.total_rows // settings.n_steps)
        self.order = turns(seed, settings.n_envs, self.n_turns, configuration.asynchrony)
        self.stopped: int | None = None
        if not self.is_native:
            numbers = range(configuration.n_envs)
            self.environments = [
                Environments(configuration, [seed], 1, "environments", first=number) for number in numbers
            ]
            self.observations = [environments.reset()[0] for environments in self.environments]

    @property
    def steps(self) -> int:
        """Agent steps of all workers so far."""
        return self.run.shared.rows

    @property
    def common_steps(self) -> int:
        """Agent steps that every worker has taken its share of."""
        return min(worker.rows for worker in self.run.workers) * self.configuration.n_envs

    @property
    def diverged(self) -> tuple[int, str] | None:
        """The common steps when the gradient was not finite, and the reason."""
        diverged = self.run.shared.diverged
        return None if diverged is None else (self.common_steps, diverged[1])

    def advance(self) -> Part:
        """Some turns."""
        if not self.is_native:
            return self._turn(next(self.order))
        order = list(islice(self.order, self._turns_of_part()))
        trained, owners = self.run.take_turns(order)
        return self._part(trained, owners)

    def _turns_of_part(self) -> int:
        """Turns of a part: its last one is the first that passes the next share at which the weights are kept."""
        n_steps = self.configuration.n_steps
        total = self.configuration.total_steps // self.configuration.n_envs * self.configuration.n_envs
        ahead = [step - self.steps for step in snapshot_rows(self.configuration.snapshots, total) if step > self.steps]
        return max(1, min([PART // n_steps, *(-(-steps // n_steps) for steps in ahead)]))

    def _turn(self, number: int) -> Part:
        """A turn of a worker whose environment is stepped in Python."""
        worker, environments = self.run.workers[number], self.environments[number]
        actions, ended = [], []
        while not worker.rollout_is_over:
            actions.append(worker.act(self.observations[number]).copy())
            taken = as_logged(actions[-1], self.facts.action_space)
            row = environments.step(self.facts.action_space.from_log(taken[None]))
            self.observations[number] = row.observations[0]
            ended.append(worker.record(row.rewards[0], row.terminated[0], row.truncated[0]))
        metrics = self.run.learn(number, self.observations[number])
        finished = np.concatenate(ended)
        finished["env"] = number
        return self._part(Trained(np.stack(actions), finished, metrics), np.full(len(actions), number))

    def _part(self, trained: Trained, owners: NDArray[np.int64]) -> Part:
        """`owners`: the worker of each row."""
        actions = as_logged(trained.actions, self.facts.action_space)[:, 0]
        return Part(
            actions=[(int(number), actions[owners == number]) for number in np.unique(owners)],
            ended=self._episodes(trained.ended),
            metrics=[(int(row["step"]), self._values(row)) for row in trained.metrics],
        )

    def _episodes(self, ended: NDArray[Any]) -> list[Ended]:
        """Episodes of the workers, which count their own rows."""
        n_envs = self.configuration.n_envs
        return [Ended(0, env, rows * n_envs, *rest) for env, rows, *rest in ended.tolist()]

    def _values(self, row: np.void) -> Floats:
        return np.array([row[name] for name in self.metrics], dtype=np.float32)

    def weights(self) -> dict[str, Floats]:
        """Copies of the shared parameters by name."""
        return self.run.shared.weights()

    def evaluate(self) -> list[Evaluated]:
        """`eval_episodes` episodes of the shared policy in each mode."""
        if self.is_native:
            return native_evaluation(0, self.run.shared, self.configuration.eval_episodes)
        policy = NativePolicy([self.run.shared], self.configuration.eval_episodes, self.facts.action_space)
        return evaluation.evaluate(policy, self.configuration, [self.seed], ())

    def state(self) -> dict[str, Array]:
        """Shared weights and optimiser, and the workers' copies."""
        return self.run.state()

    def restore(self, state: Mapping[str, Array], actions: Array, rows: NDArray[np.int64]) -> list[Ended]:
        """Go on from `state` after logged actions, [rows, environments, ...], of which each worker took `rows`."""
        self.run.restore(dict(state))
        ended: list[Ended] = []
        for number in range(self.configuration.n_envs):
            own = actions[: int(rows[number]), number]
            finished = self.run.workers[number].replay(own) if self.is_native else self._replay(number, own)
            finished["env"] = number
            ended += self._episodes(finished)
        self.run.stand()
        n_taken = int((-(-rows // self.configuration.n_steps)).sum())
        next(islice(self.order, n_taken, n_taken), None)  # those turns are over
        return ended

    def _replay(self, number: int, actions: Array) -> NDArray[Any]:
        """Step a worker's environment by logged actions; gives the episodes that ended."""
        worker, environments = self.run.workers[number], self.environments[number]
        ended = [np.empty(0, dtype=ENDED)]
        for taken in actions:
            worker.retake(self.observations[number], taken)
            row = environments.step(self.facts.action_space.from_log(taken[None, None]))
            self.observations[number] = row.observations[0]
            ended.append(worker.record(row.rewards[0], row.terminated[0], row.truncated[0]))
        worker.go_on(self.observations[number])
        return np.concatenate(ended)
