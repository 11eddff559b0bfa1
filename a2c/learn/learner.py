"""Training in PyTorch: a seed block, whatever its algorithm, network and device."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from a2c.config import Configuration
from a2c.config.metrics import MOST_ROWS
from a2c.envs import ActionLog, Ended, Facts, Logged
from a2c.learn.actors import Actors
from a2c.learn.algorithms import Rollout, Update, algorithm_of
from a2c.learn.evaluation import evaluate
from a2c.learn.policy import Model
from a2c.learn.stopping import StoppingRule
from a2c.learn.trainer import Evaluated, Progress

Floats = NDArray[np.float32]


class Iteration(NamedTuple):
    """What one iteration of training gives to be recorded."""

    rollout: Rollout
    metrics: Floats | None  # [lanes, metrics], on the fixed grid of steps only


class Learner:
    """The state of a seed block in training, a lane for each seed."""

    def __init__(self, configuration: Configuration, seeds: Sequence[int], facts: Facts) -> None:
        self.configuration = configuration
        self.seeds = list(seeds)
        self.facts = facts
        self.algorithm = algorithm_of(configuration)
        self.model = Model(configuration, seeds, facts)
        self.actors = Actors(configuration, seeds, facts, self.model.normalizer)
        self.diverged: dict[int, tuple[int, str]] = {}  # lane: agent steps and reason
        self.stopped: dict[int, int] = {}  # lane: agent steps
        self._rule = StoppingRule(configuration.stop_return, len(self.seeds))
        self._final: dict[int, tuple[Tensor, NDArray[np.float64]]] = {}  # parameters and moments of lanes that stopped

    @property
    def rows(self) -> int:
        """Steps of every environment so far."""
        return self.actors.rows

    @property
    def total_rows(self) -> int:
        """Steps of every environment in the budget."""
        return self.actors.total_rows

    def train(self, record: Callable[[Progress], None]) -> None:
        """Train until the budget is used or every lane has ended; `record` gets each iteration."""
        while self.rows < self.total_rows and len(self.diverged) + len(self.stopped) < len(self.seeds):
            stopped_before = set(self.stopped)
            rollout, metrics = self.iterate()
            unmeasured = self.diverged.keys() | stopped_before
            measured = (
                []
                if metrics is None
                else [(lane, self.actors.steps, row) for lane, row in enumerate(metrics) if lane not in unmeasured]
            )
            logged = [Logged(lane, None, actions) for lane, actions in enumerate(rollout.actions)]
            record(Progress(logged, rollout.ended, measured))

    def iterate(self) -> Iteration:
        """Collect a rollout, estimate, update, and measure where the grid of metrics has a step."""
        actors, model, algorithm = self.actors, self.model, self.algorithm
        before = actors.rows
        with np.errstate(over="ignore", invalid="ignore"):  # a diverged lane is computed on
            rollout = algorithm.collect(actors, model)
            estimates = algorithm.estimate(rollout)
            model.optimizer.learning_rate = scheduled(self.configuration, before / actors.total_rows)
            update = algorithm.update(model, rollout, estimates)
            self._note_divergence(update)
            self._note_stops(rollout)
            on_grid = passes_grid(before, actors.rows, actors.total_rows)
            metrics = algorithm.measure(rollout, estimates, update) if on_grid else None
        return Iteration(rollout, metrics)

    def state(self) -> dict[str, Floats]:
        """Copies of the arrays from which `restore` goes on; environments are replayed from the action log."""
        return self.model.state()

    def accepts(self, state: Mapping[str, NDArray[Any]]) -> bool:
        """Whether `state` has the names, types and shapes of this trainer's."""
        own = self.model.state()
        return {name: (array.dtype, array.shape) for name, array in state.items()} == {
            name: (array.dtype, array.shape) for name, array in own.items()
        }

    def restore(
        self,
        state: Mapping[str, Floats],
        log: ActionLog,
        diverged: Mapping[int, tuple[int, str]],
        stopped: Mapping[int, int],
    ) -> list[Ended]:
        """Go on from `state` after the logged actions; returns the episodes that ended before."""
        self.model.restore(state)
        ended = self.actors.replay(log.taken)
        self.diverged, self.stopped = dict(diverged), dict(stopped)
        self._final = {lane: self._parameters_and_moments(lane) for lane in stopped}
        self._rule.watch(ended)
        return ended

    def weights(self, lane: int) -> dict[str, Floats]:
        """Copies of one lane's parameters by name."""
        return self.model.weights(lane)

    def evaluate(self) -> list[Evaluated]:
        """`eval_episodes` episodes of the policy of each lane that has not diverged, in each mode."""
        return evaluate(self.model, self.configuration, self.seeds, self.diverged)

    def _note_divergence(self, update: Update) -> None:
        """End the lanes whose gradient is not finite. They are computed on, and their later results are ignored."""
        finite = np.isfinite(update.grad_norm.cpu().numpy())
        if finite.all():
            return
        for lane in np.flatnonzero(~finite).tolist():
            if lane not in self.diverged and lane not in self.stopped:
                named = {**update.losses, "gradient norm": update.grad_norm}
                reason = next(f"{name} is {float(x[lane])}" for name, x in named.items() if not x[lane].isfinite())
                self.diverged[lane] = (self.actors.steps, reason)

    def _note_stops(self, rollout: Rollout) -> None:
        """End the lanes that the stopping rule tells to. They are computed on, but their parameters stay."""
        self._rule.watch(rollout.ended)
        for lane in sorted(self._rule.reached - self.diverged.keys() - self.stopped.keys()):
            self.stopped[lane] = self.actors.steps
            self._final[lane] = self._parameters_and_moments(lane)
        for lane, (parameters, moments) in self._final.items():
            self.model.parameters.by_lane[lane] = parameters
            self.model.normalizer.state[lane] = moments

    def _parameters_and_moments(self, lane: int) -> tuple[Tensor, NDArray[np.float64]]:
        return self.model.parameters.by_lane[lane].clone(), self.model.normalizer.state[lane].copy()


def scheduled(configuration: Configuration, progress: float) -> float:
    """The learning rate after a share `progress` of the budget."""
    if configuration.lr_schedule == "linear":
        return configuration.learning_rate * (1 - progress)
    return configuration.learning_rate


def passes_grid(before: int, after: int, total: int) -> bool:
    """Whether one of the (at most) 500 equal steps of the budget lies in the rows after `before`, up to `after`."""
    return after * MOST_ROWS // total > before * MOST_ROWS // total
