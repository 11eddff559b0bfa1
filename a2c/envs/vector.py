"""The environments of all lanes, stepped together: arrays are [lanes, environments, ...]."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from a2c import streams
from a2c.config import Configuration
from a2c.envs.atari import LIFE_LOST, Atari, is_atari
from a2c.envs.cartpole import StreamedCartPole
from a2c.envs.sequential import Sequential

Observations = NDArray[np.float32] | NDArray[np.uint8]  # numbers, or the grey levels of images


class Row(NamedTuple):
    """One step of every environment, arrays [lanes, environments, ...]."""

    observations: Observations
    rewards: NDArray[np.float64]  # as the environment gave them; a learner may compute with less
    terminated: NDArray[np.bool_]  # no reward follows: the game's end, or a lost life under the classic protocol
    truncated: NDArray[np.bool_]  # stopped by the time limit
    done: NDArray[np.bool_]  # the episode is over: the next row is a reset row


class Environments:
    """`n_envs` environments in each of `len(seeds)` lanes, in Gymnasium's NEXT_STEP autoreset.

    Environment i of a lane draws from the random stream (seed, purpose, i) alone, so lanes are independent.
    """

    def __init__(
        self, configuration: Configuration, seeds: Sequence[int], n_envs: int, purpose: str, first: int = 0
    ) -> None:
        """`first`: the number of each lane's first environment."""
        self.shape = (len(seeds), n_envs)
        self._seeds = [streams.environment_seed(seed, purpose, first + i) for seed in seeds for i in range(n_envs)]
        self._vector = _vector(configuration, len(self._seeds))

    def reset(self) -> Observations:
        """Seed and reset all environments; return their first observations, [lanes, environments, ...]."""
        observations, _ = self._vector.reset(seed=self._seeds)
        return self._by_lane(observations)

    def step(self, actions: NDArray[Any]) -> Row:
        """Step all environments by `actions`, [lanes, environments, ...], as an action space draws them.

        The row after an episode's end is a reset row: the environment resets and ignores the action.
        """
        flat = actions.reshape(-1, *actions.shape[2:])
        observations, rewards, terminated, truncated, infos = self._vector.step(flat)
        done = terminated | truncated
        if LIFE_LOST in infos:
            terminated = terminated | infos[LIFE_LOST]
        return Row(
            self._by_lane(observations),
            rewards.astype(np.float64, copy=False).reshape(self.shape),
            terminated.reshape(self.shape),
            truncated.reshape(self.shape),
            done.reshape(self.shape),
        )

    def close(self) -> None:
        self._vector.close()

    def _by_lane(self, observations: NDArray[Any]) -> Observations:
        if observations.dtype != np.uint8:
            observations = observations.astype(np.float32, copy=False)
        return observations.reshape(*self.shape, *observations.shape[1:])


def _vector(configuration: Configuration, number: int) -> StreamedCartPole | Sequential | Atari:
    kwargs: dict[str, Any] = configuration.env_kwargs
    if is_atari(configuration.env_id):
        return Atari(configuration.env_id, configuration.atari_protocol, kwargs, number)
    spec = gym.spec(configuration.env_id)
    if "CartPoleVectorEnv" in str(spec.vector_entry_point) and set(kwargs) <= {"sutton_barto_reward"}:
        limit = configuration.max_episode_steps or spec.max_episode_steps
        assert limit is not None  # registered with both CartPoles
        return StreamedCartPole(number, max_episode_steps=limit, **kwargs)
    return Sequential(configuration, number)
