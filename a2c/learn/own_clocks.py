"""Training where every lane has its own clock: it learns when its episodes end, or one of its workers is ready.

Lanes are computed one after the other: those of `a2c.learn.algorithms` by PyTorch, that of `a2c.learn.native_a3c` by
the core.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.envs import Ended, Facts, Logged
from a2c.learn.snapshots import Snapshots
from a2c.learn.trainer import Array, Evaluated, Interrupted, Progress, finite, not_finite, same_kinds

Floats = NDArray[np.float32]


class Part(NamedTuple):
    """What a lane has done at a time."""

    actions: list[tuple[int | None, Array]]  # an environment and its [rows, ...], or None and [rows, environments, ...]
    ended: list[Ended]  # as of lane 0
    metrics: list[tuple[int, Floats]]  # agent steps and values, on the fixed grid of steps only
    has_learnt: bool = True  # it ends with an update


class LaneTrainer(Protocol):
    """One lane in training."""

    @property
    def diverged(self) -> tuple[int, str] | None:
        """Agent steps and reason, where the gradient was not finite. `OwnClocks` ends lanes by their returns, too."""

    @property
    def stopped(self) -> int | None:
        """Agent steps, where it ended on purpose before the budget."""

    @property
    def steps(self) -> int:
        """Agent steps so far."""

    @property
    def common_steps(self) -> int:
        """Agent steps that every environment has taken its share of: where a run that diverges ends."""

    def advance(self) -> Part:
        """Act for a while, and learn where there is something to learn from."""

    def weights(self) -> dict[str, Floats]:
        """Copies of the parameters by name."""

    def evaluate(self) -> list[Evaluated]:
        """`eval_episodes` episodes of the policy in each mode, as of lane 0."""

    def state(self) -> dict[str, Array]:
        """Copies of the arrays from which `restore` goes on."""

    def restore(self, state: Mapping[str, Array], actions: Array, rows: NDArray[np.int64]) -> list[Ended]:
        """Go on from `state` after logged actions, [rows, environments, ...], of which each environment took `rows`.

        Returns the episodes that ended before.
        """


class OwnClocks:
    """A seed block in training, a lane for each seed."""

    def __init__(
        self,
        configuration: Configuration,
        seeds: Sequence[int],
        facts: Facts,
        make_lane: Callable[[Configuration, int, Facts], LaneTrainer],
    ) -> None:
        self.configuration = configuration
        self.seeds = list(seeds)
        self.facts = facts
        self.lanes = [make_lane(configuration, seed, facts) for seed in seeds]
        self.diverged: dict[int, tuple[int, str]] = {}  # lane: agent steps and reason
        self.stopped: dict[int, int] = {}  # lane: agent steps
        self.total_rows = configuration.total_steps // configuration.n_envs
        self.kept = Snapshots(configuration, [lane.weights() for lane in self.lanes])

    @property
    def rows(self) -> int:
        """Steps of every environment so far, in the lane that is the least far."""
        steps = [lane.steps for number, lane in enumerate(self.lanes) if not self._has_ended(number)]
        return min(steps) // self.configuration.n_envs if steps else self.total_rows

    def train(self, record: Callable[[Progress], None]) -> None:
        """Train until the budget is used or every lane has ended; `record` gets what was done, part by part."""
        while unfinished := list(self._unfinished()):
            for number, lane in unfinished:
                record(self._advance(number, lane))

    def _advance(self, number: int, lane: LaneTrainer) -> Progress:
        with np.errstate(over="ignore", invalid="ignore"):  # of a lane that diverges
            part = lane.advance()
        if lane.diverged is not None:
            self.diverged[number] = lane.diverged
        elif reasons := not_finite(part.ended):
            self.diverged[number] = lane.common_steps, reasons[0]  # as of lane 0
        elif lane.stopped is not None:
            self.stopped[number] = lane.stopped
        if number not in self.diverged and (
            part.has_learnt or lane.steps == self.total_rows * self.configuration.n_envs
        ):
            self.kept.keep([number], lane.steps, lambda _: lane.weights())
        return Progress(
            actions=[Logged(number, env, actions) for env, actions in part.actions],
            ended=[episode._replace(lane=number) for episode in finite(part.ended)],
            metrics=[(number, step, values) for step, values in part.metrics],
        )

    def _unfinished(self) -> Iterator[tuple[int, LaneTrainer]]:
        total = self.total_rows * self.configuration.n_envs
        lanes = enumerate(self.lanes)
        return ((number, lane) for number, lane in lanes if lane.steps < total and not self._has_ended(number))

    def _has_ended(self, number: int) -> bool:
        return number in self.diverged or number in self.stopped

    def state(self) -> dict[str, Array]:
        """Copies of the arrays from which `restore` goes on, [lanes, ...]."""
        states = [lane.state() for lane in self.lanes]
        return {name: np.stack([state[name] for state in states]) for name in states[0]} | self.kept.state()

    def accepts(self, state: Mapping[str, Array]) -> bool:
        """Whether `state` has the names, types and shapes of this trainer's."""
        return same_kinds(state, self.state())

    def restore(self, before: Interrupted) -> list[Ended]:
        """Go on from where another stopped; returns the episodes that ended before."""
        self.diverged, self.stopped = dict(before.diverged), dict(before.stopped)
        self.kept.restore(before.state)
        states = before.of_lanes(others=self.kept.state())
        ended: list[Ended] = []
        for number, (lane, state) in enumerate(zip(self.lanes, states, strict=True)):
            finished = lane.restore(state, before.log.actions[number], before.log.rows[number])
            ended += [episode._replace(lane=number) for episode in finite(finished)]
        return ended

    def weights(self, lane: int) -> dict[str, Floats]:
        """Copies of one lane's parameters by name."""
        return self.lanes[lane].weights()

    def snapshots(self, lane: int) -> dict[float, dict[str, Floats]]:
        """Copies of the parameters that a lane had during the run, by share of the budget and name."""
        return self.kept.of_lane(lane)

    def evaluate(self) -> list[Evaluated]:
        """`eval_episodes` episodes of the policy of each lane that has not diverged, in each mode."""
        evaluated: list[Evaluated] = []
        for number, lane in enumerate(self.lanes):
            if number not in self.diverged:
                evaluated += [episode._replace(lane=number) for episode in lane.evaluate()]
        return evaluated
