"""Training by the native core: each lane acts, estimates, updates and is measured in C, see `a2c.core`.

Environments that the core has are stepped in C as well, many updates at a call. Others are stepped in Python, a row at
a time. `a2c.learn.algorithms` holds the same algorithms in PyTorch, which tests compare the core with.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from a2c.config import Configuration
from a2c.config.metrics import metrics_of
from a2c.core import layout
from a2c.core.choose import load
from a2c.core.face import Lane
from a2c.core.settings import settings_of
from a2c.envs import ActionSpace, Ended, Environments, Facts, Logged, Observations
from a2c.learn import evaluation
from a2c.learn.trainer import (
    MODES,
    Actor,
    Array,
    Evaluated,
    Interrupted,
    Progress,
    finite,
    not_finite,
    same_kinds,
)

PART = 4096  # agent steps that native environments take between two reports, at most, but for a longer rollout
REPORTS = 45  # of a run in them, at least, so that tuners meet the steps at which they may end it
STEPPED_PART = 128  # rows that others take where a rollout ends with an episode


class NativeTrainer:
    """A seed block in training by the core. Lanes share nothing and are computed one after the other."""

    def __init__(self, configuration: Configuration, seeds: Sequence[int], facts: Facts) -> None:
        self.configuration = configuration
        self.seeds = list(seeds)
        self.facts = facts
        self.diverged: dict[int, tuple[int, str]] = {}
        self.stopped: dict[int, int] = {}
        self.metrics = metrics_of(configuration.algorithm)
        settings = settings_of(configuration, facts)
        core = load()
        self.lanes = [core.lane(settings, seed) for seed in self.seeds]
        self.is_native = settings.env_id is not None
        self.rows = 0
        self.total_rows = settings.total_rows
        self.part_rows = part_rows(configuration, self.is_native)
        if not self.is_native:
            self.environments = Environments(configuration, seeds, configuration.n_envs, "environments")
            self.observations = self.environments.reset()

    def train(self, record: Callable[[Progress], None]) -> None:
        """Train until the budget is used or every lane has ended; `record` gets what was done, part by part."""
        step = self._native_part if self.is_native else self._stepped_part
        while self.rows < self.total_rows and len(self.diverged) + len(self.stopped) < len(self.lanes):
            record(step())

    def state(self) -> dict[str, Array]:
        """Parameters and optimiser of every lane, [lanes, ...]."""
        states = [lane.state() for lane in self.lanes]
        return {name: np.stack([state[name] for state in states]) for name in states[0]}

    def accepts(self, state: Mapping[str, Array]) -> bool:
        """Whether `state` has the names, types and shapes of this trainer's."""
        return same_kinds(state, self.state())

    def restore(self, before: Interrupted) -> list[Ended]:
        """Go on from where another stopped; returns the episodes that ended before."""
        for lane, state in zip(self.lanes, before.of_lanes(), strict=True):
            lane.restore(state)
        log = before.log.taken
        self.rows = log.shape[1]
        self.diverged, self.stopped = dict(before.diverged), dict(before.stopped)
        return finite(self._replay_native(log) if self.is_native else self._replay(log))

    def weights(self, lane: int) -> dict[str, Array]:
        """Copies of one lane's parameters by name."""
        return self.lanes[lane].weights()

    def snapshots(self, lane: int) -> dict[float, dict[str, Array]]:
        """Copies of the parameters that a lane had during the run, by share of the budget and name."""
        return self.lanes[lane].snapshots()

    def evaluate(self) -> list[Evaluated]:
        """`eval_episodes` episodes of the policy of each lane that has not diverged, in each mode."""
        n_episodes = self.configuration.eval_episodes
        if self.is_native:
            return [
                episode
                for number, lane in enumerate(self.lanes)
                if number not in self.diverged
                for episode in native_evaluation(number, lane, n_episodes)
            ]
        policy = NativePolicy(self.lanes, n_episodes, self.facts.action_space)
        return evaluation.evaluate(policy, self.configuration, self.seeds, self.diverged)

    def _in_training(self) -> Iterator[tuple[int, Lane]]:
        """The lanes that have not ended, with their numbers."""
        ended = self.diverged.keys() | self.stopped.keys()
        return ((number, lane) for number, lane in enumerate(self.lanes) if number not in ended)

    # ------------------------------------------------------------------------------------------ native environments

    def _native_part(self) -> Progress:
        """Some rows of every lane and the updates on the way, in C from end to end."""
        n_rows, actions = self._next_actions()
        space = self.facts.action_space
        ended: list[Ended] = []
        metrics = []
        for number, lane in list(self._in_training()):
            trained = lane.train_rows(n_rows)
            actions[number, : len(trained.actions)] = as_logged(trained.actions, space)
            ended += _episodes(number, trained.ended)
            metrics += [(number, int(row["step"]), self._values(row)) for row in trained.metrics]
            self._note_end(number, lane)
        self.rows += n_rows
        return Progress(_logged(actions), finite(ended), metrics)

    def _next_actions(self) -> tuple[int, Array]:
        """The number of rows of the next part, and an array for their actions, [lanes, rows, environments, ...]."""
        n_rows = min(self.part_rows, self.total_rows - self.rows)
        space = self.facts.action_space
        return n_rows, np.zeros((len(self.lanes), n_rows, self.configuration.n_envs, *space.shape), dtype=space.dtype)

    def _replay_native(self, log: Array) -> list[Ended]:
        """Step the environments by the logged actions, those of a lane that has ended as far as it came."""
        ended: list[Ended] = []
        for number, lane in enumerate(self.lanes):
            ended += _episodes(number, lane.replay(log[number, : self._rows_of(number)]))
        return sorted(ended, key=lambda episode: episode.step)

    # --------------------------------------------------------------------------------- environments stepped in Python

    def _stepped_part(self) -> Progress:
        """Some rows of every lane, and an update where a rollout is over."""
        n_rows, actions = self._next_actions()
        space = self.facts.action_space
        ended: list[Ended] = []
        metrics: list[tuple[int, int, Array]] = []
        for t in range(n_rows):
            for number, lane in self._in_training():
                actions[number, t] = as_logged(lane.act(self.observations[number]), space)
            row = self.environments.step(space.from_log(actions[:, t]))
            self.observations = row.observations
            for number, lane in list(self._in_training()):
                record = lane.record(row.rewards[number], row.terminated[number], row.truncated[number])
                finished = _episodes(number, record)
                ended += finished
                if reason := not_finite(finished).get(number):
                    self.diverged[number] = lane.rows * self.configuration.n_envs, reason
                    self._rest([number])
                elif lane.rollout_is_over:
                    metrics += self._learn(number, lane)
        self.rows += n_rows
        return Progress(_logged(actions), finite(ended), metrics)

    def _learn(self, number: int, lane: Lane) -> list[tuple[int, int, Array]]:
        """Update a lane from its rollout; returns the metrics if they are recorded."""
        rows = lane.learn(self.observations[number])
        self._note_end(number, lane)
        self._rest({number} & (self.diverged.keys() | self.stopped.keys()))
        return [(number, int(row["step"]), self._values(row)) for row in rows]

    def _replay(self, log: Array) -> list[Ended]:
        """Step the environments by the logged actions, and take every lane to where they lead."""
        ended: list[Ended] = []
        last = [self._rows_of(number) for number in range(len(self.lanes))]
        self.observations = self.environments.reset()
        final: dict[int, Array] = {number: self.observations[number] for number in range(len(self.lanes))}
        for t in range(self.rows):
            self._rest(number for number, end in enumerate(last) if t == end)
            acting = [(number, lane) for number, lane in enumerate(self.lanes) if t < last[number]]
            for number, lane in acting:
                lane.retake(self.observations[number], log[number, t])
            row = self.environments.step(self.facts.action_space.from_log(log[:, t]))
            self.observations = row.observations
            for number, lane in acting:
                final[number] = row.observations[number]
                ended += _episodes(
                    number, lane.record(row.rewards[number], row.terminated[number], row.truncated[number])
                )
        for number, lane in enumerate(self.lanes):
            lane.go_on(final[number])
        self._rest(self.diverged.keys() | self.stopped.keys())
        return ended

    def _rest(self, lanes: Iterable[int]) -> None:
        """Step the environments of lanes that have ended no more: they may raise, and take time."""
        for number in lanes:
            self.environments.rest(number)

    def _rows_of(self, number: int) -> int:
        """The rows that a lane has taken: fewer than the others' where it has ended."""
        ended = {**{lane: steps for lane, (steps, _) in self.diverged.items()}, **self.stopped}
        return ended.get(number, self.rows * self.configuration.n_envs) // self.configuration.n_envs

    # --------------------------------------------------------------------------------------------------------- records

    def _values(self, row: np.void) -> Array:
        """A row of the core's metrics in the order of `metrics_of`."""
        return np.array([row[name] for name in self.metrics], dtype=np.float32)

    def _note_end(self, number: int, lane: Lane) -> None:
        """End a lane whose gradient is not finite, or that has stopped on purpose."""
        if (diverged := lane.diverged) is not None:
            self.diverged[number] = diverged
        if (stopped := lane.stopped) is not None:
            self.stopped[number] = stopped


def part_rows(configuration: Configuration, is_native: bool) -> int:
    """Rows of every environment between two reports; whole rollouts where these have a fixed length."""
    if configuration.algorithm == "reinforce":
        return PART if is_native else STEPPED_PART
    if not is_native:
        return configuration.n_steps
    rollout = configuration.n_envs * configuration.n_steps
    n_rollouts = min(PART // rollout, math.ceil(configuration.total_steps / (REPORTS * rollout)))
    return max(1, n_rollouts) * configuration.n_steps


def native_evaluation(number: int, lane: Lane, n_episodes: int) -> list[Evaluated]:
    """Episodes of a lane's policy in each mode, in native environments."""
    return [
        Evaluated(number, mode, episode, float(total_reward), int(length))
        for mode in MODES
        for episode, (total_reward, length) in enumerate(
            zip(*lane.evaluate(n_episodes, greedy=mode == "greedy"), strict=True)
        )
    ]


def as_logged(actions: Array, space: ActionSpace) -> Array:
    """Actions of the core, [..., action_size], as the log has them."""
    return actions.astype(space.dtype).reshape(*actions.shape[:-1], *space.shape)


def _logged(actions: Array) -> list[Logged]:
    """Actions [lanes, rows, environments, ...] of all lanes for the log."""
    return [Logged(lane, None, rows) for lane, rows in enumerate(actions)]


class NativePolicy:
    """The policies of some lanes as they act in the evaluation's environments."""

    def __init__(self, lanes: Sequence[Lane], n_envs: int, space: ActionSpace) -> None:
        self._lanes, self._n_envs, self._space = lanes, n_envs, space

    def actor(self, mode: str) -> Actor:
        """How actions follow observations, [lanes, environments, ...], sampled from the start of each lane's stream."""
        lanes, space = [lane.evaluator(self._n_envs) for lane in self._lanes], self._space

        def act(observations: Observations) -> Array:
            chosen = [
                as_logged(lane.act(rows, greedy=mode == "greedy"), space)
                for lane, rows in zip(lanes, observations, strict=True)
            ]
            return space.from_log(np.stack(chosen))

        return act


def policy_of(configuration: Configuration, facts: Facts, seed: int, weights: Mapping[str, Array]) -> NativePolicy:
    """The policy of one seed from its weights by name."""
    lane = load().lane(replace(settings_of(configuration, facts), env_id=None), seed)
    lane.set_weights(dict(weights))
    return NativePolicy([lane], configuration.eval_episodes, facts.action_space)


def weight_shapes(configuration: Configuration, facts: Facts) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights that a seed's policy has, by name."""
    return layout.shapes(settings_of(configuration, facts))


def _episodes(lane: int, ended: Array) -> list[Ended]:
    """The core's records of finished episodes as `Ended`."""
    return [Ended(lane, *record) for record in ended.tolist()]
