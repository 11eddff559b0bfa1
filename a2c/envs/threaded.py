"""Many Atari games of one kind that play in threads of their own, while the caller does something else."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.envs.atari import PROTOCOLS, Screen, game_of
from a2c.envs.games import LIFE_LOST


class ThreadedGames:
    """The games of `Games`, with the same observations, rewards and ends, in ALE's vector environment.

    Their state cannot be saved.
    """

    def __init__(self, env_id: str, protocol: str, kwargs: dict[str, Any], number: int, threads: int) -> None:
        from ale_py.vector_env import AtariVectorEnv  # here, as CartPole needs no emulator

        self._games = AtariVectorEnv(
            game_of(env_id),
            number,
            num_threads=threads,  # they change no bits
            reward_clipping=False,
            episodic_life=False,  # would restart the whole game at a lost life
            **PROTOCOLS[protocol],
            **Screen(**kwargs).model_dump(),
        )
        self._tells_lives = protocol == "classic"

    def reset(self, seed: Sequence[int]) -> tuple[NDArray[np.uint8], dict[str, Any]]:
        """First observations, [number, frames, height, width]; `seed` has one seed per game."""
        observations, infos = self._games.reset(seed=np.array(seed, dtype=np.int32))
        self._lives = infos["lives"].copy()
        return observations, infos

    def send(self, actions: NDArray[np.int64]) -> None:
        """Let all games take a step."""
        self._games.send(actions)

    def receive(self) -> tuple[Any, ...]:
        """The step that was sent, as `Games.step` gives it."""
        observations, rewards, terminated, truncated, infos = self._games.recv()
        if self._tells_lives:
            infos[LIFE_LOST] = infos["lives"] < self._lives
            self._lives = infos["lives"].copy()
        return observations, rewards, terminated, truncated, infos

    def rest(self, numbers: Iterable[int]) -> None:
        """Nothing: all games are stepped together."""

    def state(self) -> dict[str, NDArray[Any]]:
        """Nothing: there is none."""
        return {}

    def close(self) -> None:
        """Nothing to do: the emulators' memory goes with the object."""
