"""The amounts of work in a training, counted by hand."""

from typing import Any

import pytest

from a2c.config import Configuration
from a2c.planning.work import Shape, environment_name, evaluation_work, n_updates, shape_of, update_work
from a2c.runs.layout import SeedBlock
from tests.planning.pong import pong


def test_the_work_of_an_update_is_counted() -> None:
    shape = Shape("CartPole-v1", n_lanes=10, n_envs=8, n_steps=5, n_parameters=100, n_products=100)
    assert update_work(shape) == {
        "update": 1,
        "row": 5,
        "lane": 10,
        "parameter": 1000,
        "product": 40_000,
        "CartPole-v1": 400,
    }


def test_the_work_of_an_update_by_the_core_is_counted() -> None:
    shape = Shape("core CartPole-v1", 10, 8, 5, n_parameters=100, n_products=100, uses_core=True, is_native=True)
    native = {"core update": 10, "core parameter": 1000, "core product": 40_000, "core CartPole-v1": 400}
    assert update_work(shape) == native
    stepped = {"core row": 5, "core lane row": 50}  # Python steps the environments
    assert update_work(shape._replace(is_native=False)) == native | stepped


def test_the_work_of_ppo_is_counted_by_its_passes_and_steps() -> None:
    """Ten passes of 32 minibatches, and acting, which is a third of a pass."""
    configuration = Configuration(algorithm="ppo", hidden_sizes=(16,), n_epochs=10, n_minibatches=32, n_steps=128)
    shape = shape_of(SeedBlock(configuration, 0, 1), "test")
    assert (shape.n_passes, shape.n_gradients) == (10, 320)
    work, once = update_work(shape), update_work(shape._replace(n_passes=1, n_gradients=1))
    assert work["core product"] == pytest.approx(once["core product"] * (10 + 1 / 3))
    assert work["core parameter"] == once["core parameter"] * 320
    assert work["core update"] == once["core update"] * 320
    assert work["core CartPole-v1"] == once["core CartPole-v1"]
    pytorch, alone = (update_work(one._replace(uses_core=False)) for one in (shape, shape._replace(n_gradients=1)))
    assert (pytorch["update"], pytorch["parameter"]) == (320, alone["parameter"] * 320)


@pytest.mark.parametrize(
    ("fields", "name", "is_native"),
    [
        ({}, "core CartPole-v1", True),
        ({"env_kwargs": {"max_episode_steps": 50}}, "core CartPole-v1", True),
        ({"env_kwargs": {"render_mode": "rgb_array"}}, 'CartPole-v1 {"render_mode": "rgb_array"}', False),
        ({"env_id": "LunarLander-v3"}, "LunarLander-v3", False),
    ],
)
def test_the_core_steps_its_own_environments(fields: dict[str, Any], name: str, is_native: bool) -> None:
    shape = shape_of(SeedBlock(Configuration(**fields), 0, 0), "test")
    assert (shape.environment, shape.uses_core, shape.is_native) == (name, True, is_native)


def test_a_shape_has_the_number_of_parameters_of_its_network() -> None:
    block = SeedBlock(Configuration(hidden_sizes=(16, 16)), 0, 9)
    shape = shape_of(block, "test")
    assert shape.n_parameters == shape.n_products == (4 + 1) * 16 + (16 + 1) * 16 + (16 + 1) * 3
    assert shape.n_convolutions == shape.n_pixels == 0


def test_the_last_update_may_be_shorter() -> None:
    assert n_updates(Configuration(total_steps=1010, n_envs=10, n_steps=5)) == 21


def test_a_rollout_has_no_more_rows_than_the_budget() -> None:
    long = {"n_steps": 50_000, "n_envs": 8, "total_steps": 808}
    for fields in (long, {**long, "algorithm": "a3c"}):
        configuration = Configuration(**fields)
        assert shape_of(SeedBlock(configuration, 0, 0), "test").n_steps == 101
    assert n_updates(Configuration(**long)) == 1


def test_a_worker_of_a3c_acts_alone_before_an_update() -> None:
    configuration = Configuration(algorithm="a3c", n_envs=4, n_steps=5, total_steps=1000)
    assert n_updates(configuration) == 200
    assert shape_of(SeedBlock(configuration, 0, 0), "test").n_envs == 1


def test_episodes_of_reinforce_are_thought_to_last_a_hundred_rows() -> None:
    configuration = Configuration(algorithm="reinforce", n_envs=1, episodes_per_update=2, total_steps=1000)
    assert n_updates(configuration) == 5
    assert shape_of(SeedBlock(configuration, 0, 0), "test").n_steps == 200


def test_evaluation_episodes_are_as_long_as_their_time_limit() -> None:
    shape = Shape("CartPole-v1", n_lanes=2, n_envs=8, n_steps=5, n_parameters=100, n_products=100)
    assert evaluation_work(shape, n_episodes=3, longest=50)["CartPole-v1"] == 2 * 50 * 2 * 3  # two modes


def test_a_convolution_is_counted_at_every_position_of_its_output() -> None:
    shape = shape_of(pong(), "test")
    dense = (3136 + 1) * 512 + (512 + 1) * 7
    assert shape.n_convolutions == 20 * 20 * 32 * 8 * 8 * 4 + 9 * 9 * 64 * 4 * 4 * 32 + 7 * 7 * 64 * 3 * 3 * 64
    assert shape.n_products == dense
    assert shape.n_parameters == dense + (256 + 1) * 32 + (512 + 1) * 64 + (576 + 1) * 64
    assert shape.n_pixels == 4 * 84 * 84


def test_the_work_on_images_is_counted() -> None:
    shape = Shape("ALE/Pong-v5", 2, 3, 5, n_parameters=10, n_products=7, n_convolutions=1000, n_pixels=100)
    assert update_work(shape) == {
        "update": 1,
        "row": 5,
        "lane": 2,
        "parameter": 20,
        "product": 30 * 7,
        "ALE/Pong-v5": 30,
        "convolve": 2 * 6,
        "pixel": 2 * 3 * 6 * 100,
        "convolution": 2 * 3 * 16 * 1000,  # of five rows forward and twice back, and the bootstrap's
    }


def test_beside_a_gpu_rows_and_agent_steps_take_time() -> None:
    shape = Shape("ALE/Pong-v5", 2, 16, 5, n_parameters=10, n_products=7, n_convolutions=1000, uses_gpu=True)
    assert update_work(shape) == {"gpu row": 5, "gpu step": 5 * 32}
    assert update_work(shape._replace(n_lanes=8)) == {"gpu row": 5, "gpu step": 5 * 128}
    assert evaluation_work(shape, n_episodes=60, longest=50) == {"gpu row": 2 * 50, "gpu step": 2 * 50 * 120}
    flat = shape._replace(environment="CartPole-v1", n_convolutions=0)
    one_after_the_other = {"CartPole-v1": 5 * 32}  # stepped in Python
    assert update_work(flat) == {"gpu row": 5, "gpu step": 5 * 32} | one_after_the_other


def test_the_time_limit_of_a_game_does_not_change_its_measured_time() -> None:
    assert environment_name(pong(env_kwargs={"max_num_frames_per_episode": 400}).configuration) == "ALE/Pong-v5"
    assert environment_name(pong(env_kwargs={"frameskip": 2}).configuration) == 'ALE/Pong-v5 {"frameskip": 2}'
