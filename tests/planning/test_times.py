"""The times in cost.json, and measurements."""

import pytest

from a2c.config import Configuration, load_paper
from a2c.planning.times import known_times, read_times, update_seconds
from a2c.planning.work import Shape, in_seconds, shape_of, update_work
from a2c.runs.layout import SeedBlock
from tests.planning.pong import pong
from tests.processes import ROOT


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Acrobot-v1", "MountainCar-v0", "LunarLander-v3"])
def test_every_unit_of_work_has_a_measured_time(env_id: str) -> None:
    times = read_times()["seconds"]
    assert times["job"] > 0
    assert in_seconds(update_work(Shape(env_id, 1, 1, 1, 1, 1)), times) > 0


def test_an_environment_of_unknown_cost_is_measured() -> None:
    slower = Configuration(env_kwargs={"max_episode_steps": 50})  # not CartPole's batched dynamics
    times = known_times([SeedBlock(slower, 0, 0)], "test")
    assert times["CartPole-v1"] < times['CartPole-v1 {"max_episode_steps": 50}'] < 0.01


@pytest.mark.usefixtures("unsettled")
def test_an_update_of_a_real_training_takes_time() -> None:
    assert 0 < update_seconds(Configuration(hidden_sizes=(8, 8), total_steps=8), 2, "test") < 1


def test_all_57_games_have_a_measured_time() -> None:
    times = read_times()["seconds"]
    points = load_paper(ROOT / "config" / "atari57.yaml").studies[0].points
    assert all(5e-5 < times[point.configuration.env_id] < 5e-3 for point in points)


def test_the_estimate_for_pong_is_within_a_third_of_a_real_training() -> None:
    times = known_times([], "test")
    assert 0.075 / 1.33 < in_seconds(update_work(shape_of(pong(), "test")), times) < 0.090 * 1.33
