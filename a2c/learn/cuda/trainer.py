"""Training of lanes on a GPU: two groups of emulators, of which one plays while the device works for the other.

A lane's networks are computed by kernels of its own, never in a product with other lanes, so that its bits are the same
alone and beside others. The algorithm is `a2c.learn.algorithms.a2c`. On the CPU the same code runs without graphs.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from a2c.config import ConfigError, Configuration
from a2c.config.metrics import metrics_of, passes_grid
from a2c.envs import Ended, Facts, Logged, Observations
from a2c.learn import evaluation
from a2c.learn.cuda.group import Group, Part
from a2c.learn.learner import grids, scheduled
from a2c.learn.policy import Model
from a2c.learn.snapshots import Snapshots
from a2c.learn.stopped import StoppedLanes
from a2c.learn.trainer import Actor, Evaluated, Interrupted, Progress, finite, not_finite, same_kinds

Array = NDArray[Any]
N_GROUPS = 2
LOSSES = {"policy_loss": "policy loss", "value_loss": "value loss", "grad_norm": "gradient norm"}  # name: in a reason


class CudaTrainer:
    """A seed block in training, a lane for each seed."""

    def __init__(self, configuration: Configuration, seeds: Sequence[int], facts: Facts, threads: int = 1) -> None:
        """`threads` of each group's emulators change no bits. ConfigError if the lanes do not fit on the GPU."""
        self.configuration = configuration
        self.seeds = list(seeds)
        self.facts = facts
        self.diverged: dict[int, tuple[int, str]] = {}
        self.rows = 0
        self.total_rows = configuration.total_steps // configuration.n_envs
        size = math.ceil(len(self.seeds) / N_GROUPS)
        self._first = range(0, len(self.seeds), size)  # lane of each group
        with _fitting(len(self.seeds)):
            self.groups = [Group(configuration, self.seeds[at : at + size], facts, threads) for at in self._first]
        self._threads = threads
        self.kept = Snapshots(configuration, [model.weights(0) for model in self._models()])
        self._grids = grids(configuration)
        lasting = [tensors for model in self._models() for tensors in model.lasting()]
        self._stopped = StoppedLanes(configuration.stop_return, lasting)

    @property
    def stopped(self) -> dict[int, int]:
        """Agent steps of each lane that ended on purpose before the budget."""
        return self._stopped.steps

    def train(self, record: Callable[[Progress], None]) -> None:
        """Train until the budget is used or every lane has ended; `record` gets each iteration."""
        with _fitting(len(self.seeds)):
            for group in self.groups:
                group.capture()
        while self.rows < self.total_rows and len(self.diverged) + len(self.stopped) < len(self.seeds):
            with np.errstate(over="ignore", invalid="ignore"):  # a diverged lane is computed on
                parts = self._iterate()
            progress = self._progress(parts)
            self._rest()
            record(progress)

    def _rest(self) -> None:
        """Step the environments of lanes that have ended no more: they may raise, and take time.

        A group whose next rollout has begun rests in its first row: environments without threads step in `receive`.
        """
        for first, group in zip(self._first, self.groups, strict=True):
            for lane in range(len(group.models)):
                if first + lane in self.diverged or first + lane in self.stopped:
                    group.actors.environments.rest(lane)

    def state(self) -> dict[str, Array]:
        """Parameters and the state of optimiser and clipping of every lane, [lanes, ...], and of the stopping rule."""
        states = [state for group in self.groups for state in group.state()]
        of_lanes = {name: np.stack([state[name] for state in states]) for name in states[0]}
        return of_lanes | self.kept.state() | self._stopped.state()

    def accepts(self, state: Mapping[str, Array]) -> bool:
        """Whether `state` has the names, types and shapes of this trainer's."""
        return same_kinds(state, self.state())

    def restore(self, before: Interrupted) -> list[Ended]:
        """Go on from where another stopped; returns the episodes that ended before: the action log is replayed."""
        log = before.log.taken
        self.rows = log.shape[1]
        self.diverged = dict(before.diverged)
        self.kept.restore(before.state)
        states = before.of_lanes(others=self.kept.state())
        ended: list[Ended] = []
        for first, group in zip(self._first, self.groups, strict=True):
            lanes = range(first, first + len(group.models))
            own = slice(lanes.start, lanes.stop)
            last = {lane - first: rows for lane, rows in before.last_rows.items() if lane in lanes}
            ended += _from(first, group.restore(states[own], log[own], last))
        self._stopped.restore(before.state, before.stopped)
        self._rest()
        return finite(ended)

    def weights(self, lane: int) -> dict[str, NDArray[np.float32]]:
        """Copies of one lane's parameters by name."""
        return self._models()[lane].weights(0)

    def snapshots(self, lane: int) -> dict[float, dict[str, NDArray[np.float32]]]:
        """Copies of the parameters that a lane had during the run, by share of the budget and name."""
        return self.kept.of_lane(lane)

    def evaluate(self) -> list[Evaluated]:
        """`eval_episodes` episodes of the policy of each lane that has not diverged, in each mode."""
        policy = LanePolicies(self._models())
        return evaluation.evaluate(policy, self.configuration, self.seeds, self.diverged, self._threads)

    def _models(self) -> list[Model]:
        return [model for group in self.groups for model in group.models]

    def _iterate(self) -> list[Part]:
        """A rollout and an update of every lane.

        A group that has updated begins its next rollout at once, so that its emulators do not wait for other groups.
        """
        n_steps, parts = self._steps_after(self.rows), []
        rate = scheduled(self.configuration, self.rows / self.total_rows)
        _, closely = (passes_grid(self.rows, self.rows + n_steps, self.total_rows, n) for n in self._grids)
        for group in self.groups:
            group.begin(n_steps)
        for t in range(n_steps):
            for group in self.groups:
                group.receive(t)
                if t + 1 < n_steps:
                    group.act(t + 1)
                    continue
                parts.append(group.update(n_steps, rate, closely))
                if next_steps := self._steps_after(self.rows + n_steps):
                    group.begin(next_steps)
        self.rows += n_steps
        return parts

    def _steps_after(self, rows: int) -> int:
        """Steps of the rollout that begins after `rows`: fewer where the budget ends, 0 behind its end."""
        return min(self.configuration.n_steps, self.total_rows - rows)

    def _progress(self, parts: Sequence[Part]) -> Progress:
        """What the parts tell, by lanes of the whole block."""
        actions = np.concatenate([part.actions for part in parts])
        ended = [one for first, part in zip(self._first, parts, strict=True) for one in _from(first, part.ended)]
        metrics = np.concatenate([part.metrics for part in parts])
        steps = self.rows * self.configuration.n_envs
        had_stopped = set(self.stopped)
        self._note_divergence(metrics, ended, steps)
        gone = self.diverged.keys() | had_stopped
        self.kept.keep((lane for lane in range(len(self.seeds)) if lane not in gone), steps, self.weights)
        self._stopped.note(ended, steps, self.diverged)
        on_grid = passes_grid(self.rows - actions.shape[1], self.rows, self.total_rows, self._grids[0])
        measured = [(lane, steps, row) for lane, row in enumerate(metrics) if on_grid and lane not in gone]
        return Progress([Logged(lane, None, rows) for lane, rows in enumerate(actions)], finite(ended), measured)

    def _note_divergence(self, metrics: NDArray[np.float32], ended: Sequence[Ended], steps: int) -> None:
        """End the lanes with a gradient or a return that is not finite.

        They are computed on, and their later results are ignored.
        """
        for lane, reason in {**self._without_gradient(metrics), **not_finite(ended)}.items():
            if lane not in self.stopped:
                self.diverged.setdefault(lane, (steps, reason))

    def _without_gradient(self, metrics: NDArray[np.float32]) -> dict[int, str]:
        """The lanes whose gradient is not finite, each with what is not."""
        columns = metrics_of(self.configuration.algorithm)
        reasons = {}
        for lane, row in enumerate(metrics):
            numbers = dict(zip(columns, row.tolist(), strict=True))
            if not np.isfinite(numbers["grad_norm"]):
                name = next(name for name in LOSSES if not np.isfinite(numbers[name]))
                reasons[lane] = f"{LOSSES[name]} is {numbers[name]}"
        return reasons


class LanePolicies:
    """The policies of some lanes in an evaluation, each computed as if it were alone."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._models = models

    def actor(self, mode: str) -> Actor:
        """How actions follow observations, [lanes, environments, ...], sampled from the start of each lane's stream."""
        actors = [model.actor(mode) for model in self._models]

        def act(observations: Observations) -> Array:
            return np.concatenate([actor(rows[None]) for actor, rows in zip(actors, observations, strict=True)])

        return act


@contextmanager
def _fitting(n_lanes: int) -> Iterator[None]:
    """ConfigError in place of PyTorch's error if the memory of the GPU is too small for so many lanes."""
    try:
        yield
    except torch.OutOfMemoryError:
        told = "fewer seeds in one process, or a smaller configuration; these do not fit into the GPU's memory"
        raise ConfigError(f"seeds: {n_lanes} are too many; allowed: {told}") from None


def _from(first: int, ended: Sequence[Ended]) -> Iterator[Ended]:
    """A group's episodes with the lanes of the whole block; `first` is the group's first lane."""
    return (one._replace(lane=one.lane + first) for one in ended)
