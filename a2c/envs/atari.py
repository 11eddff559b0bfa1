"""Which Atari games there are, and how they can be played: protocols and what a configuration may choose."""

import os
from functools import cache
from typing import Any

import gymnasium as gym
from pydantic import BaseModel, ConfigDict, Field

from a2c.config import Configuration
from a2c.config.errors import mistake, nearest, validate
from a2c.envs.emulator import actions_of

PREFIX, SUFFIX = "ALE/", "-v5"
SMALLEST, TALLEST, WIDEST = 36, 210, 160  # sides of an image in pixels: what the CNN's kernels need, the screens' own

# What each protocol asks of the emulator; what a lost life means to the learner is up to `Games.step`.
PROTOCOLS: dict[str, dict[str, Any]] = {
    "machado": {"repeat_action_probability": 0.25, "noop_max": 0, "use_fire_reset": False},
    "classic": {"repeat_action_probability": 0.0, "noop_max": 30, "use_fire_reset": True},
}


class Screen(BaseModel):
    """The `env_kwargs` of an Atari game: what there is to choose beside the protocol."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    img_height: int = Field(84, ge=SMALLEST, le=TALLEST)
    img_width: int = Field(84, ge=SMALLEST, le=WIDEST)
    stack_num: int = Field(4, ge=1, le=64)
    frameskip: int = Field(4, ge=1, le=64)
    maxpool: bool = True
    full_action_space: bool = False
    max_num_frames_per_episode: int = Field(108_000, ge=120, le=2**30)  # half an hour of play

    @property
    def time_limit(self) -> int:
        """Agent steps of the longest episode."""
        return -(-self.max_num_frames_per_episode // self.frameskip)


def is_atari(env_id: str) -> bool:
    return env_id.startswith(PREFIX)


def game_of(env_id: str) -> str:
    """ALE's name of a game: `ms_pacman` of ALE/MsPacman-v5. KeyError if there is none."""
    return _games()[env_id]


def screen(configuration: Configuration, source: str, prefix: str) -> Screen:
    """The checked `env_kwargs` of a game that exists; else a ConfigError. `prefix` is what stands before the keys."""
    if configuration.env_id not in _games():
        near = nearest(configuration.env_id, _games())
        hint = f"; did you mean {near}?" if near else ", such as ALE/Pong-v5"
        raise mistake(source, f"{prefix}env_id", configuration.env_id, f"a game that ALE has{hint}")
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
    return len(actions_of(rom_of(env_id), full))


@cache
def _games() -> dict[str, str]:
    """Every game's name by its Gymnasium id. ALE has further ROMs, which end the process that loads them."""
    import ale_py  # noqa: F401  # registers the games

    specs = [spec for spec in gym.registry.values() if spec.namespace == "ALE"]
    return {spec.id: str(spec.kwargs["game"]) for spec in specs if spec.id.endswith(SUFFIX)}
