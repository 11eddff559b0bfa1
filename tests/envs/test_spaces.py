"""Which environments are supported, and the error messages for others."""

from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from a2c.config import ConfigError, Configuration
from a2c.envs import DiscreteActions, Facts, check


@pytest.mark.parametrize(
    ("env_id", "facts"),
    [
        ("CartPole-v1", Facts((4,), DiscreteActions(2), reward_threshold=475.0, time_limit=500)),
        ("Acrobot-v1", Facts((6,), DiscreteActions(3), reward_threshold=-100.0, time_limit=500)),
        ("MountainCar-v0", Facts((2,), DiscreteActions(3), reward_threshold=-110.0, time_limit=200)),
        ("LunarLander-v3", Facts((8,), DiscreteActions(4), reward_threshold=200.0, time_limit=1000)),
    ],
)
def test_facts_of_known_environments(env_id: str, facts: Facts) -> None:
    assert check(Configuration(env_id=env_id), "f.yaml") == facts


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        (
            {"env_id": "ALE/Pong-ram-v5"},
            "env_id: 'ALE/Pong-ram-v5' is not allowed; allowed: a game that ALE has, such as",
        ),
        (
            {"env_kwargs": {"render_mode": "human"}},
            "allowed: arguments without render_mode: human, as training shows no",
        ),
        ({"env_kwargs": {"colour": 1}}, "env_kwargs: {'colour': 1} is not allowed; allowed: what CartPole-v1 takes"),
    ],
)
def test_a_mistake_is_reported_where_it_is(fields: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError) as error:
        check(Configuration(**fields), "x.yaml")
    assert line in str(error.value)


def test_arguments_may_shorten_the_time_limit() -> None:
    shortened = check(Configuration(env_kwargs={"max_episode_steps": 50}), "f.yaml")
    assert shortened.time_limit == 50


class Odd(gym.Env[np.ndarray, int]):
    """An environment with the given spaces."""

    def __init__(self, observation_space: gym.Space, action_space: gym.Space) -> None:
        self.observation_space, self.action_space = observation_space, action_space


def make_odd(**spaces: Any) -> gym.Env:
    return Odd(**spaces)


def without_its_library(**_: object) -> gym.Env:
    raise gym.error.DependencyNotInstalled("no physics here,\ninstall some")


FLAT, IMAGE = gym.spaces.Box(-1, 1, (3,)), gym.spaces.Box(0, 255, (8, 8, 3), np.uint8)
TWO = gym.spaces.Discrete(2)
ODD = {
    "OneAction-v0": (FLAT, gym.spaces.Discrete(1)),
    "FromOne-v0": (FLAT, gym.spaces.Discrete(3, start=1)),
    "ManyActions-v0": (FLAT, gym.spaces.Discrete(257)),
    "Several-v0": (FLAT, gym.spaces.MultiDiscrete([2, 2])),
    "Image-v0": (IMAGE, TWO),
    "Counting-v0": (gym.spaces.Discrete(5), TWO),
    "Parts-v0": (gym.spaces.Dict({"a": FLAT}), TWO),
}


@pytest.fixture
def _odd_environments() -> Iterator[None]:
    for env_id, (observation_space, action_space) in ODD.items():
        kwargs = {"observation_space": observation_space, "action_space": action_space}
        gym.register(env_id, make_odd, kwargs=kwargs, disable_env_checker=True)
    gym.register("NoLibrary-v0", without_its_library)
    yield
    for env_id in [*ODD, "NoLibrary-v0"]:
        del gym.registry[env_id]


@pytest.mark.usefixtures("_odd_environments")
@pytest.mark.parametrize(
    ("env_id", "allowed"),
    [
        ("OneAction-v0", "2 to 256 Discrete actions from 0"),
        ("FromOne-v0", "2 to 256 Discrete actions from 0"),
        ("ManyActions-v0", "2 to 256 Discrete actions from 0"),
        ("Several-v0", "2 to 256 Discrete actions from 0"),
        ("Pendulum-v1", "2 to 256 Discrete actions from 0"),
        ("Image-v0", "flat Box observation"),
        ("Counting-v0", "flat Box observation"),
        ("Parts-v0", "flat Box observation"),
        ("CartPole-v9", "an id that Gymnasium knows, such as CartPole-v"),
        ("CartPol-v1", "such as CartPole-v1"),
        ("nothing like it", "an id that Gymnasium knows"),
        ("NoLibrary-v0", "environments whose libraries are installed"),
    ],
)
def test_an_unsupported_environment_is_refused_in_one_line(env_id: str, allowed: str) -> None:
    with pytest.raises(ConfigError) as error:
        check(Configuration(env_id=env_id), "config/x.yaml", "studies.a.base")
    line = str(error.value)
    assert line.startswith(f"config/x.yaml: studies.a.base.env_id: {env_id!r} is not allowed; allowed: ")
    assert allowed in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("env_id", "kwargs"),
    [
        ("CartPole-v1", {"gravity": 9.0}),
        ("LunarLander-v3", {"gravity": -20.0}),
        ("LunarLander-v3", {"continuous": True}),
    ],
)
def test_unsupported_arguments_are_refused_in_one_line(env_id: str, kwargs: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as error:
        check(Configuration(env_id=env_id, env_kwargs=kwargs), "x.yaml")
    line = str(error.value)
    key, value = ("env_id", env_id) if "continuous" in kwargs else ("env_kwargs", kwargs)
    assert line.startswith(f"x.yaml: {key}: {value!r} is not allowed; allowed: ")
    assert "\n" not in line
