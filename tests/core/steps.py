"""One step of many states: in the core and by Gymnasium itself, and how far apart they are."""

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv
from numpy.typing import NDArray

from tests.core.builds import Batch, Stream

IDS = ["CartPole-v1", "Acrobot-v1", "MountainCar-v0", "Pendulum-v1"]  # in the core's order

Doubles = NDArray[np.float64]


class Row(NamedTuple):
    """What a step gives; `state` is [numbers, environments]."""

    state: Doubles
    observations: NDArray[np.float32]
    rewards: Doubles
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]


class Native:
    """n environments of the core."""

    def __init__(
        self,
        core: ctypes.CDLL,
        env_id: str,
        n: int,
        seeds: Sequence[int] = (),
        time_limit: int | None = None,
        option: float | None = None,
    ) -> None:
        self._core = core
        kind = core.a2c_kind(IDS.index(env_id))
        self.kind = kind.contents
        self.state = np.zeros((self.kind.n_state, n))
        self.steps, self.over = np.zeros(n, np.int32), np.zeros(n, np.uint8)
        self.streams = (Stream * n)(*(Stream.like(np.random.PCG64(np.random.SeedSequence(seed))) for seed in seeds))
        time_limit = self.kind.time_limit if time_limit is None else time_limit
        option = self.kind.option_default if option is None else option
        pointers = (array.ctypes.data for array in (self.state, self.steps, self.over))
        self._batch = Batch(kind, n, time_limit, option, *pointers, self.streams)
        self._observations = np.zeros((n, self.kind.n_observation), np.float32)

    def reset(self) -> NDArray[np.float32]:
        self._core.a2c_environments_reset(ctypes.byref(self._batch), _at(self._observations))
        return self._observations.copy()

    def step(self, actions: NDArray[Any]) -> Row:
        n = self.steps.size
        rewards, terminated, truncated = np.empty(n), np.empty(n, np.uint8), np.empty(n, np.uint8)
        floats = actions.astype(np.float32)
        arrays = (floats, self._observations, rewards, terminated, truncated)
        self._core.a2c_environments_step(ctypes.byref(self._batch), *map(_at, arrays))
        observations, ends = self._observations.copy(), (terminated.astype(bool), truncated.astype(bool))
        return Row(self.state.copy(), observations, rewards, *ends)


def step_native(core: ctypes.CDLL, env_id: str, state: Doubles, actions: NDArray[Any]) -> Row:
    environments = Native(core, env_id, state.shape[1])
    environments.state[:] = state
    return environments.step(actions)


def step_gymnasium(env_id: str, state: Doubles, actions: NDArray[Any]) -> Row:
    """The same by Gymnasium: CartPole by its vector environment, the others one state after the other."""
    n = state.shape[1]
    if env_id == "CartPole-v1":
        many = CartPoleVectorEnv(n)
        many.reset(seed=0)
        many.state = state.copy()
        observations, rewards, terminated, truncated, _ = many.step(actions)
        return Row(np.asarray(many.state), observations, rewards.astype(np.float64), terminated, truncated)
    one: Any = gym.make(env_id).unwrapped
    one.reset(seed=0)
    row = Row(np.empty_like(state), np.empty((n, *one.observation_space.shape), np.float32), *np.empty((3, n)))
    for i, action in enumerate(actions.reshape(n, -1) if env_id == "Pendulum-v1" else actions.tolist()):
        one.state = state[:, i]
        row.observations[i], row.rewards[i], row.terminated[i], row.truncated[i], _ = one.step(action)
        row.state[:, i] = one.state
    return row._replace(terminated=row.terminated.astype(bool), truncated=row.truncated.astype(bool))


def draw_states(env_id: str, n: int, seed: int) -> tuple[Doubles, NDArray[Any]]:
    """States that cover what an environment can reach, and actions."""
    random = np.random.default_rng(seed)
    bounds = {
        "CartPole-v1": [2.4, 3.0, 0.2095, 3.5],
        "Acrobot-v1": [np.pi, np.pi, 4 * np.pi, 9 * np.pi],
        "MountainCar-v0": [0.9, 0.07],
        "Pendulum-v1": [30.0, 8.0],
    }[env_id]
    state = np.array([random.uniform(-bound, bound, n) for bound in bounds])
    if env_id == "MountainCar-v0":
        state[0] -= 0.3  # -1.2 to 0.6
    if env_id == "Pendulum-v1":
        return state, random.uniform(-2.5, 2.5, n).astype(np.float32)
    return state, random.integers(0, {"CartPole-v1": 2}.get(env_id, 3), n)


def apart(ours: Doubles, theirs: Doubles, before: Doubles | None = None) -> Doubles:
    """How far two results are apart, in units of the last place of the result or, if larger, of the number before.

    A sum that nearly cancels has a last place far below those of its terms: an angle that passes 0 is told by the
    place of the angle before.
    """
    size = np.abs(theirs) if before is None else np.maximum(np.abs(theirs), np.abs(before))
    return np.abs(ours - theirs) / np.spacing(np.maximum(size, np.finfo(np.float64).tiny))


def _at(array: NDArray[Any]) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)
