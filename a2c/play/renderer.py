"""Environments that are drawn, step by step."""

import os
from typing import Any, Protocol

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # pygame draws into memory, without window, sound and greeting
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from a2c.config import ConfigError, Configuration
from a2c.envs import make_environment
from a2c.envs.atari import PROTOCOLS, Screen, game_of, is_atari

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
        """The current image, RGB, [height, width, 3]."""

    def close(self) -> None:
        """Free the environment."""


def open_renderer(configuration: Configuration) -> Renderer:
    """The environment of a configuration, drawn. ConfigError if it cannot be drawn."""
    return _Atari(configuration) if is_atari(configuration.env_id) else _Gymnasium(configuration)


class _Gymnasium:
    def __init__(self, configuration: Configuration) -> None:
        env_id, limit = configuration.env_id, configuration.max_episode_steps
        kwargs: dict[str, Any] = configuration.env_kwargs
        plain = make_environment(env_id, kwargs, limit)
        plain.close()
        if "rgb_array" not in plain.metadata.get("render_modes", []):
            raise ConfigError(f"{env_id} cannot be drawn; allowed: environments that render rgb_array")
        self._environment = make_environment(env_id, {**kwargs, "render_mode": "rgb_array"}, limit)
        self.fps = float(self._environment.metadata.get("render_fps") or DEFAULT_FPS)

    def reset(self, seed: int) -> None:
        self._environment.reset(seed=seed)

    def step(self, action: NDArray[Any]) -> float:
        taken = action if action.shape else int(action)
        return float(self._environment.step(taken)[1])

    def image(self) -> NDArray[np.uint8]:
        try:
            return np.asarray(self._environment.render(), dtype=np.uint8)
        except gym.error.DependencyNotInstalled as error:
            raise ConfigError(f"drawing needs a library that is not installed: {error}") from None

    def close(self) -> None:
        self._environment.close()


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
