"""Environments that cannot be drawn are refused in one line, whatever their `render` does."""

from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
import pytest

from a2c.config import ConfigError, Configuration
from a2c.envs import closing
from a2c.play.renderer import DEFAULT_FPS, open_renderer
from tests.envs.faulty import Sound

DRAWN = {
    "image": np.zeros((4, 6, 3), np.uint8),
    "whole numbers": np.zeros((4, 6, 3), np.int64),
    "nothing": None,
    "list": [np.zeros((4, 6, 3), np.uint8)],
    "transparent": np.zeros((4, 6, 4), np.uint8),
    "grey": np.zeros((4, 6), np.uint8),
    "empty": np.zeros((0, 6, 3), np.uint8),
    "fractions": np.full((4, 6, 3), 0.5),
    "text": "image",
}


class Drawn(Sound):
    """What it draws is up to its arguments."""

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"]}

    def __init__(self, what: str, fps: Any = 20, render_mode: str | None = None) -> None:
        self.metadata = {**self.metadata, "render_fps": fps}
        self.what, self.render_mode = what, render_mode
        if what == "no mode" and render_mode:
            raise TypeError("no such argument")

    def render(self) -> Any:
        if self.what == "raises":
            raise OSError("no screen")
        return DRAWN[self.what]


@pytest.fixture(autouse=True)
def _registered() -> Any:
    gym.register("Drawn-v0", Drawn, max_episode_steps=9)
    yield
    del gym.registry["Drawn-v0"]


@closing()
def image(**arguments: Any) -> Any:
    renderer = open_renderer(Configuration(env_id="Drawn-v0", env_kwargs=arguments))
    renderer.reset(0)
    return renderer.image()


@pytest.mark.parametrize("what", ["image", "whole numbers"])
def test_an_image_is_bytes(what: str) -> None:
    drawn = image(what=what)
    assert (drawn.shape, drawn.dtype) == ((4, 6, 3), np.uint8)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("nothing", "'NoneType'"),
        ("list", r"render returns one list of shape \(1, 4, 6, 3\), not \[height, width, 3\]"),
        ("transparent", r"render returns one ndarray of shape \(4, 6, 4\)"),
        ("grey", r"render returns one ndarray of shape \(4, 6\)"),
        ("empty", r"render returns one ndarray of shape \(0, 6, 3\)"),
        ("fractions", "of float64 with numbers that are no whole ones from 0 to 255"),
        ("text", "invalid literal"),
        ("raises", "Drawn-v0: render raised OSError: no screen"),
        ("no mode", "Drawn-v0: __init__ raised TypeError: no such argument"),
    ],
)
def test_an_environment_that_cannot_be_drawn_is_one_line(what: str, reason: str) -> None:
    allowed = "^Drawn-v0 cannot be drawn; allowed: environments that render rgb_array "
    with pytest.raises(ConfigError, match=allowed + rf"\(.*{reason}"):
        image(what=what)


@pytest.mark.parametrize("fps", [None, 0, -1, "fast", float("inf"), float("nan")])
def test_a_speed_that_is_none_is_the_usual_one(fps: Any) -> None:
    renderer = open_renderer(Configuration(env_id="Drawn-v0", env_kwargs={"what": "image", "fps": 5}))
    assert renderer.fps == 5
    gym.spec("Drawn-v0").kwargs["fps"] = fps
    assert open_renderer(Configuration(env_id="Drawn-v0", env_kwargs={"what": "image"})).fps == DEFAULT_FPS
