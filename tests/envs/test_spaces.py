"""Which environments are supported, and the error messages for others."""

from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from a2c.config import ConfigError, Configuration
from a2c.envs import DiscreteActions, Facts, check
from a2c.envs.spaces import encoding_of


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
            "env_id: 'ALE/Pong-ram-v5' is not allowed; allowed: a game that ALE has; did you mean ALE/Pong-v5?",
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


def test_arguments_and_a_field_may_change_the_time_limit() -> None:
    assert check(Configuration(env_kwargs={"max_episode_steps": 50}), "f.yaml").time_limit == 50
    assert check(Configuration(max_episode_steps=50), "f.yaml").time_limit == 50
    assert check(Configuration(env_id="Blackjack-v1", max_episode_steps=7), "f.yaml").time_limit == 7


@pytest.mark.parametrize("limit", [-1, 0, True, 1.5, "5", None, 2**31, 2**64])
@pytest.mark.parametrize("env_id", ["CartPole-v1", "LunarLander-v3"])
def test_a_time_limit_among_the_arguments_is_a_number_that_can_be_counted_to(env_id: str, limit: object) -> None:
    with pytest.raises(ConfigError, match="max_episode_steps as a whole number from 1 to 2147483647, not "):
        check(Configuration(env_id=env_id, env_kwargs={"max_episode_steps": limit}), "x.yaml")


@pytest.mark.parametrize(
    ("env_id", "kwargs"),
    [
        ("CartPole-v1", {"sutton_barto_reward": "yes"}),
        ("MountainCar-v0", {"goal_velocity": None}),
        ("Pendulum-v1", {"g": [9.81]}),
        ("Pendulum-v1", {"g": 10**400}),
    ],
)
def test_an_argument_that_the_core_cannot_compute_with_is_refused(env_id: str, kwargs: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"^x\.yaml: env_kwargs: .* as a finite number, true or false, not "):
        check(Configuration(env_id=env_id, env_kwargs=kwargs), "x.yaml")


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"env_kwargs": {"max_episode_steps": 5}}, "null where env_kwargs have max_episode_steps"),
        ({"env_id": "ALE/Pong-v5", "network": "cnn"}, "null with Atari, whose env_kwargs have"),
    ],
)
def test_two_time_limits_are_refused_in_one_line(fields: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError) as error:
        check(Configuration(max_episode_steps=5, **fields), "x.yaml")
    assert str(error.value).startswith(f"x.yaml: max_episode_steps: 5 is not allowed; allowed: {line}")


@pytest.mark.usefixtures("_odd_environments")
@pytest.mark.parametrize(
    ("env_id", "allowed"),
    [
        (
            "Numbers-v0",
            "mlp; the cnn takes images, a uint8 Box of rank 2 or 3, and this one has a Box of float32",
        ),
        ("Image-v0", "mlp; the cnn takes images of at least 36 x 36 pixels and 1 to 12 channels, first or last, and"),
    ],
)
def test_observations_that_do_not_fit_the_cnn_are_refused_in_one_line(env_id: str, allowed: str) -> None:
    with pytest.raises(ConfigError) as error:
        check(Configuration(env_id=env_id, network="cnn"), "x.yaml")
    assert str(error.value).startswith(f"x.yaml: network: 'cnn' is not allowed; allowed: {allowed}")


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
    "ManyActions-v0": (FLAT, gym.spaces.Discrete(257)),
    "ManyNumbers-v0": (FLAT, gym.spaces.MultiDiscrete([2] * 129)),
    "ManyValues-v0": (FLAT, gym.spaces.MultiDiscrete([2, 257])),
    "Whole-v0": (FLAT, gym.spaces.Box(0, 255, (2,), np.uint8)),
    "Pair-v0": (FLAT, gym.spaces.Tuple([TWO, TWO])),
    "Words-v0": (gym.spaces.Dict({"a": FLAT, "b": gym.spaces.Tuple([gym.spaces.Sequence(TWO)])}), TWO),
    "NoNumbers-v0": (gym.spaces.Box(-1, 1, (0,)), TWO),
    "NoParts-v0": (gym.spaces.Dict({"a": FLAT, "b": gym.spaces.Tuple(())}), TWO),
    "NoLimit-v0": (FLAT, TWO),
    "EndlessLimit-v0": (FLAT, TWO),
    "Image-v0": (IMAGE, TWO),
    "Numbers-v0": (FLAT, TWO),
}
SUPPORTED = "Discrete (2 to 256 values), MultiDiscrete (at most 128 numbers of at most 256 values), MultiBinary or a"


@pytest.fixture
def _odd_environments() -> Iterator[None]:
    for env_id, (observation_space, action_space) in ODD.items():
        kwargs = {"observation_space": observation_space, "action_space": action_space}
        limit = {"NoLimit-v0": None, "EndlessLimit-v0": 2**31}.get(env_id, 9)
        gym.register(env_id, make_odd, kwargs=kwargs, disable_env_checker=True, max_episode_steps=limit)
    gym.register("NoLibrary-v0", without_its_library)
    yield
    for env_id in [*ODD, "NoLibrary-v0"]:
        del gym.registry[env_id]


@pytest.mark.usefixtures("_odd_environments")
@pytest.mark.parametrize(
    ("env_id", "allowed"),
    [
        ("OneAction-v0", SUPPORTED),
        ("ManyActions-v0", SUPPORTED),
        ("ManyNumbers-v0", SUPPORTED),
        ("ManyValues-v0", SUPPORTED),
        ("Whole-v0", SUPPORTED),
        ("Pair-v0", SUPPORTED),
        ("Words-v0", "a fixed number of numbers; this one has 'b': 0: Sequence(Discrete(2)"),
        ("NoNumbers-v0", "environments whose observations have numbers; this one has a Box"),
        ("NoParts-v0", "a fixed number of numbers; this one has 'b': Tuple()"),
        ("NoLimit-v0", "environments with a time limit; max_episode_steps can give one"),
        ("EndlessLimit-v0", "environments with a time limit; max_episode_steps can give one"),
        ("CartPole-v9", "an id that Gymnasium knows; did you mean CartPole-v1?"),
        ("CartPol-v1", "did you mean CartPole-v1?"),
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
    ],
)
def test_unsupported_arguments_are_refused_in_one_line(env_id: str, kwargs: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as error:
        check(Configuration(env_id=env_id, env_kwargs=kwargs), "x.yaml")
    line = str(error.value)
    assert line.startswith(f"x.yaml: env_kwargs: {kwargs!r} is not allowed; allowed: ")
    assert "\n" not in line


SPACES: list[tuple[gym.Space, tuple[int, ...]]] = [
    (gym.spaces.Discrete(5, start=-2), (5,)),
    (gym.spaces.MultiDiscrete([2, 3]), (5,)),
    (gym.spaces.MultiBinary((2, 3)), (6,)),
    (gym.spaces.Box(-1, 1, (2, 3, 4), np.float64), (24,)),
    (gym.spaces.Box(0, 9, (3,), np.int32), (3,)),
    (gym.spaces.Box(-1, 1, (), np.float32), (1,)),
    (gym.spaces.Tuple([gym.spaces.Discrete(3), gym.spaces.Box(0, 1, (2, 2))]), (7,)),
    (gym.spaces.Dict({"b": gym.spaces.Discrete(2), "a": gym.spaces.Dict({"c": gym.spaces.Box(0, 1, (3,))})}), (5,)),
    (gym.spaces.Text(4), (4,)),
]


@pytest.mark.parametrize(("space", "shape"), SPACES, ids=[str(space) for space, _ in SPACES])
def test_flat_observations_are_gymnasiums(space: gym.Space, shape: tuple[int, ...]) -> None:
    encoding = encoding_of(space, "mlp")
    space.seed(3)
    for _ in range(5):
        seen = space.sample()
        encoded = encoding.encode(seen)
        assert (encoded.dtype, encoded.shape) == (np.float32, shape) == (encoding.dtype, encoding.shape)
        np.testing.assert_array_equal(encoded, gym.spaces.flatten(space, seen).astype(np.float32))


def test_hand_computed_observations() -> None:
    space = gym.spaces.Dict({"where": gym.spaces.Discrete(3, start=1), "speed": gym.spaces.Box(-9, 9, (2,))})
    seen = {"where": 2, "speed": np.array([0.5, -4], np.float32)}
    assert encoding_of(space, "mlp").encode(seen).tolist() == [0.5, -4, 0, 1, 0]  # a Dict's keys are sorted


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((40, 50), (1, 40, 50)), ((3, 40, 50), (3, 40, 50)), ((40, 50, 12), (12, 40, 50)), ((36, 36, 1), (1, 36, 36))],
)
def test_images_have_their_channels_first(shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    space = gym.spaces.Box(0, 255, shape, np.uint8)
    encoding = encoding_of(space, "cnn")
    image = space.sample()
    encoded = encoding.encode(image)
    assert (encoded.dtype, encoded.shape) == (np.uint8, expected) == (encoding.dtype, encoding.shape)
    moved = image if shape == expected else np.moveaxis(image, 2, 0) if len(shape) == 3 else image[None]
    np.testing.assert_array_equal(encoded, moved)


@pytest.mark.parametrize("shape", [(35, 40), (40, 40, 13), (13, 40, 40), (40, 35, 3)])
def test_images_that_are_too_small_or_deep_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least 36 x 36 pixels and 1 to 12 channels"):
        encoding_of(gym.spaces.Box(0, 255, shape, np.uint8), "cnn")
