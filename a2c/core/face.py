"""The core's Python face: what the C functions take and give, as NumPy arrays.

core = choose.load()
lane = core.lane(settings, seed)
trained = lane.train(100)
"""

from ctypes import byref, c_int64
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.core.library import ENDED, METRICS, Floats, Library, Trained, pointer
from a2c.core.settings import Settings
from a2c.core.state import LaneState


class Core(Library):
    """One build of the core, loaded."""

    def lane(self, settings: Settings, seed: int) -> "Lane":
        """A new lane: a run of `settings` with this seed, before its first step."""
        return Lane(self, settings, seed)


class Lane(LaneState):
    """A run that acts and learns."""

    def __init__(
        self, core: Library, settings: Settings, seed: int, purpose: str = "environments", first: int = 0
    ) -> None:
        """`first`: the number of its first environment, which its random streams go by."""
        super().__init__(core, settings, seed, purpose, first)
        self._actions = np.empty((settings.n_envs, settings.action_size), dtype=np.float32)
        self._ended = np.empty(settings.n_envs, dtype=ENDED)
        self._metrics = np.empty(1, dtype=METRICS)
        self._is_empty = True  # the rollout that the caller steps

    # ------------------------------------------------------------------------------------------- native environments

    def train(self, updates: int) -> Trained:
        """At most `updates` rollouts of n_steps rows, and their updates; fewer where the budget or the lane ends."""
        return self.train_rows(updates * self.settings.n_steps)

    def train_rows(self, rows: int) -> Trained:
        """At most `rows` rows and the updates on the way; the last rollout goes on with the next call."""
        self._check(native=True)
        before, shape = self.rows, self.settings
        rows = max(0, min(rows, shape.total_rows - before))
        actions = np.empty((rows, shape.n_envs, shape.action_size), dtype=np.float32)
        if len(self._ended) < rows * shape.n_envs:  # kept from call to call: the system has to clear new memory
            self._ended = np.empty(rows * shape.n_envs, dtype=ENDED)
        if len(self._metrics) < rows:
            self._metrics = np.empty(rows, dtype=METRICS)
        n_ended, n_metrics = c_int64(), c_int64()
        self.core.c.a2c_train(
            self._lane, rows, pointer(actions), pointer(self._ended), byref(n_ended), pointer(self._metrics),
            byref(n_metrics),
        )  # fmt: skip
        ended, metrics = self._ended[: n_ended.value].copy(), self._metrics[: n_metrics.value].copy()
        return Trained(actions[: self.rows - before], ended, metrics)

    def replay(self, actions: NDArray[Any]) -> NDArray[Any]:
        """Step a new lane's environments by actions [rows, environments, ...]; gives the episodes that ended."""
        self._check(native=True)
        shape = (-1, self.settings.n_envs, self.settings.action_size)
        actions = np.ascontiguousarray(actions, dtype=np.float32).reshape(shape)
        ended = np.empty(len(actions) * self.settings.n_envs, dtype=ENDED)
        return ended[: self.core.c.a2c_replay(self._lane, len(actions), pointer(actions), pointer(ended))].copy()

    def evaluate(self, n_episodes: int, greedy: bool) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Returns and lengths of `n_episodes` fresh episodes, one in each of as many environments."""
        self._check(native=True)
        lane = self.evaluator(n_episodes)
        total_rewards, lengths = np.empty(n_episodes), np.empty(n_episodes, dtype=np.int64)
        self.core.c.a2c_evaluate(lane._lane, greedy, pointer(total_rewards), pointer(lengths), pointer(lane._ended))
        return total_rewards, lengths

    def evaluator(self, n_episodes: int) -> "Lane":
        """A lane with this one's weights and fresh evaluation streams, which acts in `n_episodes` environments.

        Running moments of observations stay as they are here, rounded as `weights` gives them.
        """
        held = {field.name: getattr(self.settings, field.name) for field in fields(Settings)}
        changed = {"n_envs": n_episodes, "n_steps": 1, "total_steps": n_episodes, "init": "torch", "algorithm": "a2c"}
        lane = Lane(self.core, Settings(**{**held, **changed}), self.seed, "evaluation")
        lane._flat[0][:] = self._flat[0]
        if self.settings.normalize_observations:
            lane._observed[:] = self._observed.astype(np.float32)
        self.core.c.a2c_freeze(lane._lane)
        return lane

    # ------------------------------------------------------------------------- environments that the caller steps

    @property
    def rollout_rows(self) -> int:
        """Rows of the rollout that the lane is in: n_steps, or what is left of the budget. With REINFORCE the most."""
        return int(self.core.c.a2c_rollout_rows(self._lane))

    @property
    def rollout_is_over(self) -> bool:
        """Whether the rollout is complete, or the budget used: `learn` comes next."""
        return bool(self.core.c.a2c_rollout_is_over(self._lane))

    def act(self, observations: Floats, greedy: bool = False) -> Floats:
        """Actions [environments, action_size] on observations [environments, numbers].

        The array is used again by the next call.
        """
        self._check(native=False)
        observations = self._rows(observations, np.float32, self.settings.n_observation)
        self.core.c.a2c_act(self._lane, pointer(observations), greedy, pointer(self._actions))
        return self._actions

    def record(
        self, rewards: NDArray[np.float64], terminated: NDArray[np.bool_], truncated: NDArray[np.bool_]
    ) -> NDArray[Any]:
        """Take in what a row of environments gave, [environments] each; gives the episodes that ended."""
        self._check(native=False)
        rewards, terminated, truncated = (
            self._rows(array, dtype)
            for array, dtype in ((rewards, np.float64), (terminated, np.bool_), (truncated, np.bool_))
        )
        if self.rollout_is_over:
            raise ValueError("the rollout is over: `learn` is next")
        self._is_empty = False
        number = self.core.c.a2c_record(
            self._lane, pointer(rewards), pointer(terminated), pointer(truncated), pointer(self._ended)
        )
        return self._ended[:number].copy()

    def learn(self, observations: Floats) -> NDArray[Any]:
        """One update from the rollout, after whose last row stand `observations`; metrics, of one row or none."""
        self._check(native=False)
        observations = self._rows(observations, np.float32, self.settings.n_observation)
        if self._is_empty:
            raise ValueError("the rollout is empty: `act` and `record` come before `learn`")
        self._is_empty = True
        number = self.core.c.a2c_update(self._lane, pointer(observations), pointer(self._metrics))
        return self._metrics[:number].copy()

    def retake(self, observations: Floats, actions: Floats) -> None:
        """Take in a row that was acted before: observations, and actions [environments, ...]. `record` comes next."""
        self._check(native=False)
        observations = self._rows(observations, np.float32, self.settings.n_observation)
        actions = self._rows(actions, np.float32, self.settings.action_size)
        self.core.c.a2c_retake(self._lane, pointer(observations), pointer(actions))

    def go_on(self, observations: Floats) -> None:
        """After the last row that was taken in again: act from there, on these observations."""
        self._check(native=False)
        observations = self._rows(observations, np.float32, self.settings.n_observation)
        self.core.c.a2c_go_on(self._lane, pointer(observations))

    def _check(self, native: bool) -> None:
        if native != (self.settings.env_id is not None):
            raise ValueError(f"only with {'native environments' if native else 'environments that the caller steps'}")

    def _rows(self, array: NDArray[Any], dtype: Any, *columns: int) -> NDArray[Any]:
        """The array as C reads it: one row for each environment. ValueError if it has another size."""
        return np.ascontiguousarray(array, dtype=dtype).reshape(self.settings.n_envs, *columns)

    def forward(self, observations: Floats) -> tuple[Floats, Floats]:
        """Outputs [environments, n_outputs] and values [environments] of observations [environments, numbers].

        The observations are what the network sees: normalised ones, where they are.
        """
        observations = self._rows(observations, np.float32, self.settings.n_observation)
        n_envs, n_outputs = self.settings.n_envs, self.settings.n_outputs
        logits, values = np.empty((n_envs, n_outputs), np.float32), np.empty(n_envs, np.float32)
        self.core.c.a2c_forward(self._lane, pointer(observations), pointer(logits), pointer(values))
        return logits, values
