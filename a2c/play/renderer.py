"""Environments that are drawn, step by step."""

import math
import os
from collections.abc import Mapping
from typing import Any, Protocol

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # pygame draws into memory, without window, sound and greeting
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
from numpy.typing import NDArray

from a2c.config import ConfigError, Configuration
from a2c.config.errors import EnvironmentFaultError
from a2c.envs import Single
from a2c.envs.atari import PROTOCOLS, Screen, game_of, is_atari
from a2c.envs.faults import kind
from a2c.envs.spaces import MisfitError, as_bytes

ATARI_SCREEN = {"img_height": 210, "img_width": 160, "stack_num": 1}  # the whole screen, one image per agent step
ATARI_FRAMES = 60  # of the emulator, a second
DEFAULT_FPS = 30  # of environments that do not say how fast they are to be shown


class Renderer(Protocol):
    """A single environment that is drawn."""

    fps: float  # images a second at the environment's own speed, one for each agent step

    def reset(self, seed: int) -> None:
        """Start an episode."""

    def step(self, action: NDArray[Any]) -> float:
        """Take an action, as the environment has it; the reward."""

    def image(self) -> NDArray[np.uint8]:
        """The current image, RGB, [height, width, 3]. ConfigError if there is none."""

    def close(self) -> None:
        """Free the environment."""


def open_renderer(configuration: Configuration) -> Renderer:
    """The environment of a configuration, drawn. ConfigError if it cannot be drawn."""
    return _Atari(configuration) if is_atari(configuration.env_id) else _Gymnasium(configuration)


class _Gymnasium:
    def __init__(self, configuration: Configuration) -> None:
        self._env_id: str = configuration.env_id
        kwargs, limit = configuration.env_kwargs, configuration.max_episode_steps
        plain = Single(self._env_id, kwargs, limit)
        if "rgb_array" not in (_metadata(plain).get("render_modes") or []):
            raise self._undrawable("its metadata have no such mode")
        plain.close()
        try:
            self._single = Single(self._env_id, {**kwargs, "render_mode": "rgb_array"}, limit)
        except EnvironmentFaultError as error:
            raise self._undrawable(error) from error
        fps = _metadata(self._single).get("render_fps")
        self.fps = float(fps) if isinstance(fps, int | float) and 0 < fps < math.inf else DEFAULT_FPS

    def reset(self, seed: int) -> None:
        self._single.reset(seed)

    def step(self, action: NDArray[Any]) -> float:
        return self._single.step(action if action.shape else int(action))[1]

    def image(self) -> NDArray[np.uint8]:
        try:
            drawn = self._single.render()
            image = as_bytes(np.asarray(drawn))
        except (EnvironmentFaultError, MisfitError, TypeError, ValueError) as error:
            raise self._undrawable(error) from error
        if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            raise self._undrawable(f"render returns {kind(drawn)} of shape {image.shape}, not [height, width, 3]")
        return image

    def close(self) -> None:
        self._single.close()

    def _undrawable(self, reason: object) -> ConfigError:
        return ConfigError(f"{self._env_id} cannot be drawn; allowed: environments that render rgb_array ({reason})")


def _metadata(single: Single) -> Mapping[str, Any]:
    """What an environment says about its images; nothing where it is no mapping."""
    metadata = getattr(single.environment, "metadata", None)
    return metadata if isinstance(metadata, Mapping) else {}


class _Atari:
    """The emulator of the training, by the same seed and actions, with images in colour and full size."""

    def __init__(self, configuration: Configuration) -> None:
        from ale_py.vector_env import AtariVectorEnv

        screen = Screen(**configuration.env_kwargs)  # type: ignore[arg-type]
        self._game = AtariVectorEnv(
            game_of(configuration.env_id),
            1,
            num_threads=1,
            reward_clipping=False,
            episodic_life=False,
            grayscale=False,
            **PROTOCOLS[configuration.atari_protocol],
            **{**screen.model_dump(), **ATARI_SCREEN},
        )
        self.fps = ATARI_FRAMES / screen.frameskip

    def reset(self, seed: int) -> None:
        self._images, _ = self._game.reset(seed=np.array([seed], dtype=np.int32))

    def step(self, action: NDArray[Any]) -> float:
        self._images, rewards, *_ = self._game.step(np.array([action]))
        return float(rewards[0])

    def image(self) -> NDArray[np.uint8]:
        return self._images[0, -1]

    def close(self) -> None:
        pass  # the emulator is freed with the object
