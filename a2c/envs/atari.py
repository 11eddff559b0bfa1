"""Atari games: many of one kind in ALE's vector environment, under a named protocol."""

import difflib
import os
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from a2c.config import Configuration
from a2c.config.errors import mistake, validate

PREFIX, SUFFIX = "ALE/", "-v5"
LIFE_LOST = "life_lost"  # the key in a step's infos
SMALLEST, LARGEST = 36, 210  # sides of an image in pixels: what the CNN's kernels need, and what the screen has

# What each protocol asks of the emulator; what a lost life means to the learner is up to `Atari.receive`.
PROTOCOLS: dict[str, dict[str, Any]] = {
    "machado": {"repeat_action_probability": 0.25, "noop_max": 0, "use_fire_reset": False},
    "classic": {"repeat_action_probability": 0.0, "noop_max": 30, "use_fire_reset": True},
}


class Screen(BaseModel):
    """The `env_kwargs` of an Atari game: what there is to choose beside the protocol."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    img_height: int = Field(84, ge=SMALLEST, le=LARGEST)
    img_width: int = Field(84, ge=SMALLEST, le=LARGEST)
    stack_num: int = Field(4, ge=1, le=64)
    frameskip: int = Field(4, ge=1, le=64)
    maxpool: bool = True
    full_action_space: bool = False
    max_num_frames_per_episode: int = Field(108_000, ge=120, le=2**30)  # half an hour of play

    @property
    def time_limit(self) -> int:
        """Agent steps of the longest episode."""
        return -(-self.max_num_frames_per_episode // self.frameskip)


class Atari:
    """`number` games of one kind. Rewards are the game's own; each game's random stream comes from its seed alone.

    An agent step is `frameskip` frames of the emulator; an observation is the last `stack_num` images. The protocol
    "machado" repeats the previous action with probability 0.25 in each frame and plays whole games. "classic" starts a
    game with up to 30 no-ops and FIRE, and tells of a lost life, which the learner takes for the end; the game goes on.
    """

    def __init__(self, env_id: str, protocol: str, kwargs: dict[str, Any], number: int, threads: int = 1) -> None:
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
        """Let all games take a step, in threads of their own."""
        self._games.send(actions)

    def receive(
        self,
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]:
        """The step that was sent, as from Gymnasium's vector environments; in the infos, under the classic protocol,
        who lost a life.
        """
        observations, rewards, terminated, truncated, infos = self._games.recv()
        if self._tells_lives:
            infos[LIFE_LOST] = infos["lives"] < self._lives
            self._lives = infos["lives"].copy()
        return observations, rewards, terminated, truncated, infos

    def close(self) -> None:
        """Nothing to do: the emulator's memory goes with the object."""


def is_atari(env_id: str) -> bool:
    return env_id.startswith(PREFIX)


def game_of(env_id: str) -> str:
    """ALE's name of a game: `ms_pacman` of ALE/MsPacman-v5. KeyError if there is none."""
    return _games()[env_id]


def screen(configuration: Configuration, source: str, prefix: str) -> Screen:
    """The checked `env_kwargs` of a game that exists; else a ConfigError. `prefix` is what stands before the keys."""
    if configuration.env_id not in _games():
        near = difflib.get_close_matches(configuration.env_id, _games(), n=3, cutoff=0.5)
        hint = f"such as {' or '.join(near)}" if near else "such as ALE/Pong-v5"
        raise mistake(source, f"{prefix}env_id", configuration.env_id, f"a game that ALE has, {hint}")
    if not os.path.exists(rom := rom_of(configuration.env_id)):
        raise mistake(source, f"{prefix}env_id", configuration.env_id, f"games whose ROM is here; {rom} is missing")
    return validate(Screen, configuration.env_kwargs, source, f"{prefix}env_kwargs")


def rom_of(env_id: str) -> str:
    """Where the package of the emulator has the game's ROM."""
    import ale_py

    return os.path.join(os.path.dirname(ale_py.__file__), "roms", f"{game_of(env_id)}.bin")


@cache
def n_actions(env_id: str, full: bool) -> int:
    """How many actions the game knows, or any game if `full`."""
    from ale_py.vector_env import AtariVectorEnv

    actions = AtariVectorEnv(game_of(env_id), 1, num_threads=1, full_action_space=full).single_action_space
    assert isinstance(actions, Discrete)
    return int(actions.n)


@cache
def _games() -> dict[str, str]:
    """Every game's name by its Gymnasium id."""
    from ale_py.registration import rom_id_to_name
    from ale_py.roms import get_all_rom_ids

    return {f"{PREFIX}{rom_id_to_name(rom)}{SUFFIX}": rom for rom in get_all_rom_ids()}
