"""The times in cost.json, and measurements."""

import time
from collections.abc import Iterator
from typing import Any

import gymnasium as gym
import pytest

from a2c.config import Configuration, load_paper
from a2c.learn.learner import Learner
from a2c.learn.trainer import Trainer, make_trainer
from a2c.planning import times
from a2c.planning.times import MakeTrainer, correction_factors, known_times, read_times, update_seconds
from a2c.planning.work import Shape, in_seconds, shape_of, update_work
from a2c.runs.layout import SeedBlock
from tests.envs.faulty import Sound
from tests.planning.pong import pong
from tests.processes import ROOT

WAIT = 0.005  # seconds


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Acrobot-v1", "MountainCar-v0", "LunarLander-v3"])
def test_every_unit_of_work_has_a_measured_time(env_id: str) -> None:
    known = read_times()["seconds"]
    assert min(known["job"], known["core job"]) > 0
    assert in_seconds(update_work(shape_of(SeedBlock(Configuration(env_id=env_id), 0, 0), "test")), known) > 0
    assert in_seconds(update_work(Shape(env_id, 1, 1, 1, 1, 1)), known) > 0  # by PyTorch


def test_an_environment_of_unknown_cost_is_measured() -> None:
    stepped = Configuration(env_kwargs={"render_mode": "rgb_array"})  # not a native environment
    known = known_times([SeedBlock(stepped, 0, 0)], "test")
    assert known["core CartPole-v1"] < known['CartPole-v1 {"render_mode": "rgb_array"}'] < 0.01


class Waiting(Sound):
    """An environment that waits in each step."""

    def step(self, action):
        time.sleep(WAIT)
        return super().step(action)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configuration]:
    monkeypatch.setattr(times, "STRETCH_SECONDS", 0.01)
    gym.register("Waiting-v0", Waiting, max_episode_steps=9)
    yield Configuration(env_id="Waiting-v0", hidden_sizes=(8,), n_envs=1, n_steps=2)
    del gym.registry["Waiting-v0"]


@pytest.mark.skipif(not times.SCHEDULED.exists(), reason="the system does not tell how long threads wait")
def test_the_time_that_an_environment_waits_counts(waiting: Configuration) -> None:
    assert known_times([SeedBlock(waiting, 0, 0)], "test")["Waiting-v0"] > WAIT / 2  # resets do not wait
    assert update_seconds(waiting, 1, "test") > WAIT / 2 * waiting.n_steps


@pytest.mark.usefixtures("unsettled")
@pytest.mark.parametrize("make", [make_trainer, Learner])
def test_an_update_of_a_real_training_takes_time(make: MakeTrainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "STRETCH_SECONDS", 0.01)
    assert 0 < update_seconds(Configuration(hidden_sizes=(8, 8), total_steps=8), 2, "test", make) < 1


def test_a_rollout_that_the_budget_cuts_is_measured_with_its_own_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "STRETCH_SECONDS", 0.01)
    made: list[Configuration] = []

    def make(configuration: Configuration, *args: Any, **kwargs: Any) -> Trainer:
        made.append(configuration)
        return make_trainer(configuration, *args, **kwargs)

    assert 0 < update_seconds(Configuration(hidden_sizes=(8,), n_steps=10**6, total_steps=80), 1, "test", make) < 1
    assert [one.n_steps for one in made] == [10]


@pytest.mark.usefixtures("unsettled")
def test_a_training_that_would_stop_by_itself_is_measured_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "STRETCH_SECONDS", 0.01)
    solved = Configuration(hidden_sizes=(8, 8), total_steps=100_000, stop_return=15)
    assert 0 < update_seconds(solved, 2, "test") < 1


def test_a_training_that_diverges_at_once_has_the_times_of_the_model() -> None:
    diverging = SeedBlock(Configuration(hidden_sizes=(8, 8), learning_rate=1e30, optimizer="rmsprop"), 0, 0)
    said: list[str] = []
    known = known_times([], "test")
    assert list(correction_factors([diverging], known, "test", said.append).values()) == [1.0]
    assert said == ["training 1 kind of job for about a second each"]
    assert correction_factors([], known, "test", said.append) == {}
    assert len(said) == 1


def test_all_57_games_have_a_measured_time() -> None:
    known = read_times()["seconds"]
    points = load_paper(ROOT / "config" / "atari57.yaml").studies[0].points
    assert all(5e-5 < known[point.configuration.env_id] < 5e-3 for point in points)


def test_the_estimate_for_pong_is_within_a_third_of_a_real_training() -> None:
    known = known_times([], "test")
    assert 0.075 / 1.33 < in_seconds(update_work(shape_of(pong(), "test")), known) < 0.090 * 1.33
