"""Training in PyTorch: a seed block, whatever its algorithm, network and device."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.config.metrics import MOST_ROWS, close_rows, passes_grid
from a2c.envs import Ended, Facts, Logged
from a2c.learn.actors import Actors
from a2c.learn.algorithms import Rollout, Update, algorithm_of
from a2c.learn.evaluation import evaluate
from a2c.learn.policy import Model
from a2c.learn.snapshots import Snapshots
from a2c.learn.stopped import StoppedLanes
from a2c.learn.trainer import ENVIRONMENTS, Evaluated, Interrupted, Progress, finite, not_finite, same_kinds

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
        self.kept = Snapshots(configuration, [self.model.weights(lane) for lane in range(len(seeds))])
        self.diverged: dict[int, tuple[int, str]] = {}  # lane: agent steps and reason
        self._grids = grids(configuration)
        self._stopped = StoppedLanes(configuration.stop_return, self.model.lasting())

    @property
    def stopped(self) -> dict[int, int]:
        """Agent steps of each lane that ended on purpose before the budget."""
        return self._stopped.steps

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
            record(Progress(logged, finite(rollout.ended), measured))

    def iterate(self) -> Iteration:
        """Collect a rollout, estimate, update, and measure where the grid of metrics has a step."""
        actors, model, algorithm = self.actors, self.model, self.algorithm
        before = actors.rows
        with np.errstate(over="ignore", invalid="ignore"):  # a diverged lane is computed on
            rollout = algorithm.collect(actors, model)
            estimates = algorithm.estimate(rollout)
            model.optimizer.learning_rate = scheduled(self.configuration, before / actors.total_rows)
            on_grid, closely = (passes_grid(before, actors.rows, actors.total_rows, n) for n in self._grids)
            update = algorithm.update(model, rollout, estimates, closely)
            self._note_divergence(update, rollout.ended)
            gone = self.diverged.keys() | self.stopped.keys()
            living = [lane for lane in range(len(self.seeds)) if lane not in gone]
            self.kept.keep(living, actors.steps, model.weights)
            metrics = algorithm.measure(model, rollout, estimates, update) if on_grid else None
            self._stopped.note(rollout.ended, actors.steps, self.diverged)
        self._rest()
        return Iteration(rollout, metrics)

    def _rest(self) -> None:
        """Step the environments of lanes that have ended no more: they may raise, and take time."""
        for lane in self.diverged.keys() | self.stopped.keys():
            self.actors.environments.rest(lane)

    def state(self) -> dict[str, NDArray[Any]]:
        """The arrays from which `restore` goes on, those of the environments if they can give them."""
        held = {f"{ENVIRONMENTS}{name}": array for name, array in self.actors.state().items()}
        return {**self.model.state(), **self.kept.state(), **self._stopped.state(), **held}

    def accepts(self, state: Mapping[str, NDArray[Any]]) -> bool:
        """Whether `state` has the names, types and shapes of this trainer's. Strings of bytes have any length."""
        return same_kinds(state, self.state())

    def restore(self, before: Interrupted) -> list[Ended] | None:
        """Go on from where another stopped; the episodes that ended before if the action log was replayed."""
        state = before.state
        self.model.restore(state)
        named = ((name, array) for name, array in state.items() if name.startswith(ENVIRONMENTS))
        environments = {name.removeprefix(ENVIRONMENTS): array for name, array in named}
        ended = self.actors.restore(environments, before.log.taken, before.last_rows)
        self.kept.restore(state)
        self.diverged = dict(before.diverged)
        self._stopped.restore(state, before.stopped)
        self._rest()
        return None if ended is None else finite(ended)

    def weights(self, lane: int) -> dict[str, Floats]:
        """Copies of one lane's parameters by name."""
        return self.model.weights(lane)

    def snapshots(self, lane: int) -> dict[float, dict[str, Floats]]:
        """Copies of the parameters that a lane had during the run, by share of the budget and name."""
        return self.kept.of_lane(lane)

    def evaluate(self) -> list[Evaluated]:
        """`eval_episodes` episodes of the policy of each lane that has not diverged, in each mode."""
        return evaluate(self.model, self.configuration, self.seeds, self.diverged)

    def _note_divergence(self, update: Update, ended: Sequence[Ended]) -> None:
        """End the lanes with a gradient or a return that is not finite.

        They are computed on, and their later results are ignored.
        """
        for lane, reason in {**without_gradient(update), **not_finite(ended)}.items():
            if lane not in self.stopped:
                self.diverged.setdefault(lane, (self.actors.steps, reason))


def without_gradient(update: Update) -> dict[int, str]:
    """The lanes whose gradient is not finite, each with what is not."""
    named = {**update.losses, "gradient norm": update.grad_norm}
    return {
        lane: next(f"{name} is {float(x[lane])}" for name, x in named.items() if not x[lane].isfinite())
        for lane in np.flatnonzero(~np.isfinite(update.grad_norm.cpu().numpy())).tolist()
    }


def scheduled(configuration: Configuration, progress: float) -> float:
    """The learning rate after a share `progress` of the budget."""
    if configuration.lr_schedule == "linear":
        return configuration.learning_rate * (1 - progress)
    return configuration.learning_rate


def grids(configuration: Configuration) -> tuple[int, int]:
    """Equal steps of the budget at which metrics are recorded, and those at which the close ones are, too."""
    passes = configuration.n_epochs if configuration.algorithm == "ppo" else 1
    return MOST_ROWS, close_rows(configuration.total_steps // configuration.n_envs, configuration.n_steps, passes)
