"""The environments of all lanes, stepped together: arrays are [lanes, environments, ...]."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2c import streams
from a2c.config import Configuration
from a2c.envs.atari import is_atari
from a2c.envs.cartpole import StreamedCartPole
from a2c.envs.games import LIFE_LOST, Games
from a2c.envs.registry import find_spec
from a2c.envs.sequential import Sequential
from a2c.envs.threaded import ThreadedGames

CARTPOLES = ("CartPole-v0", "CartPole-v1")
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
        self,
        configuration: Configuration,
        seeds: Sequence[int],
        n_envs: int,
        purpose: str,
        threads: int = 0,
        first: int = 0,
    ) -> None:
        """`threads` of the emulator, none at 0, play games beside the caller; they change no bits.

        `first`: the number of each lane's first environment.
        """
        self.shape = (len(seeds), n_envs)
        self._seeds = [streams.environment_seed(seed, purpose, first + i) for seed in seeds for i in range(n_envs)]
        self._vector = _vector(configuration, len(self._seeds), threads)

    def reset(self) -> Observations:
        """Seed and reset all environments; return their first observations, [lanes, environments, ...]."""
        observations, _ = self._vector.reset(seed=self._seeds)
        return self._by_lane(observations)

    def step(self, actions: NDArray[Any]) -> Row:
        """Step all environments by `actions`, [lanes, environments, ...], as an action space draws them.

        The row after an episode's end is a reset row: the environment resets and ignores the action.
        """
        self.send(actions)
        return self.receive()

    def send(self, actions: NDArray[Any]) -> None:
        """Begin a step. Games play it in threads of their own while the caller does something else."""
        self._vector.send(actions.reshape(-1, *actions.shape[2:]))

    def receive(self) -> Row:
        """The row of the step that was begun."""
        observations, rewards, terminated, truncated, infos = self._vector.receive()
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

    def rest(self, lane: int) -> None:
        """Step the environments of a lane no more, unless threads or a batch step them: its run has ended."""
        self._vector.rest(range(lane * self.shape[1], (lane + 1) * self.shape[1]))

    def state(self) -> dict[str, NDArray[Any]]:
        """Arrays from which `restore` goes on; none where the environments can only be replayed."""
        return self._vector.state()

    def restore(self, state: Mapping[str, NDArray[Any]]) -> Observations | None:
        """Go on from what `state` gave; the latest observations. None if that failed: then only `reset` helps."""
        assert isinstance(self._vector, _Unthreaded)
        assert isinstance(self._vector.vector, Games)
        observations = self._vector.vector.restore(self._seeds, state)
        return None if observations is None else self._by_lane(observations)

    def close(self) -> None:
        self._vector.close()

    def _by_lane(self, observations: NDArray[Any]) -> Observations:
        if observations.dtype != np.uint8:
            observations = observations.astype(np.float32, copy=False)
        return observations.reshape(*self.shape, *observations.shape[1:])


class _Unthreaded:
    """Environments without threads of their own: they take the step when it is asked for."""

    def __init__(self, vector: StreamedCartPole | Sequential | Games) -> None:
        self.vector = vector
        self.reset, self.close = vector.reset, vector.close

    def send(self, actions: NDArray[Any]) -> None:
        self._actions = actions

    def receive(self) -> tuple[Any, ...]:
        return self.vector.step(self._actions)

    def rest(self, numbers: Iterable[int]) -> None:
        if not isinstance(self.vector, StreamedCartPole):  # all of its environments are one computation
            self.vector.rest(numbers)

    def state(self) -> dict[str, NDArray[Any]]:
        return self.vector.state() if isinstance(self.vector, Games) else {}


def _vector(configuration: Configuration, number: int, threads: int) -> _Unthreaded | ThreadedGames:
    kwargs: dict[str, Any] = configuration.env_kwargs
    if is_atari(configuration.env_id):
        made = (configuration.env_id, configuration.atari_protocol, kwargs, number)
        return ThreadedGames(*made, threads) if threads else _Unthreaded(Games(*made))
    if configuration.env_id in CARTPOLES and set(kwargs) <= {"sutton_barto_reward"}:
        limit = configuration.max_episode_steps or find_spec(configuration.env_id).max_episode_steps
        assert limit is not None  # registered with both CartPoles
        return _Unthreaded(StreamedCartPole(number, max_episode_steps=limit, **kwargs))
    return _Unthreaded(Sequential(configuration, number))
