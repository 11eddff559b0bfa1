"""Environments by lane: the same rows as Gymnasium's, independent of other lanes."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.wrappers import Autoreset
from numpy.typing import NDArray

from a2c import streams
from a2c.config import Configuration
from a2c.envs import Environments, Row
from tests.envs.balancing import balance
from tests.envs.faulty import Sound


def configured(env_id: str, **kwargs: bool) -> Configuration:
    return Configuration(env_id=env_id, env_kwargs=kwargs)


def actions_of(seed: int, n_rows: int, n_envs: int, n_actions: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, n_actions, (n_rows, n_envs))


def play(
    configuration: Configuration, seeds: list[int], n_envs: int, n_rows: int, n_actions: int
) -> tuple[NDArray[np.float32], Row]:
    """First observations, and rows [rows, lanes, environments, ...]. A lane's actions depend on its seed only."""
    environments = Environments(configuration, seeds, n_envs, "environments")
    first = environments.reset()
    actions = np.stack([actions_of(seed, n_rows, n_envs, n_actions) for seed in seeds], axis=1)
    rows = [environments.step(action) for action in actions]
    environments.close()
    return first, Row(*(np.stack(field) for field in zip(*rows, strict=True)))


# Long enough for all kinds of ends: time limits in MountainCar and Acrobot, crashes in LunarLander.
@pytest.mark.parametrize(
    ("env_id", "n_rows", "n_actions"), [("Acrobot-v1", 520, 3), ("MountainCar-v0", 420, 3), ("LunarLander-v3", 300, 4)]
)
def test_environments_of_any_gymnasium_id_equal_single_ones(env_id: str, n_rows: int, n_actions: int) -> None:
    seeds, n_envs = [4, 11], 2
    first, rows = play(configured(env_id), seeds, n_envs, n_rows, n_actions)
    assert (rows.terminated | rows.truncated).any()
    for lane, seed in enumerate(seeds):
        for i in range(n_envs):
            single = Autoreset(gym.make(env_id))
            observation, _ = single.reset(seed=streams.environment_seed(seed, "environments", i))
            expected = [single.step(action[i])[:4] for action in actions_of(seed, n_rows, n_envs, n_actions)]
            np.testing.assert_array_equal(first[lane, i], observation)
            for ours, theirs in zip(rows[:4], zip(*expected, strict=True), strict=True):
                np.testing.assert_array_equal(ours[:, lane, i], np.stack(theirs).astype(ours.dtype))


@pytest.mark.parametrize(("env_id", "n_rows", "n_actions"), [("CartPole-v1", 100, 2), ("MountainCar-v0", 210, 3)])
def test_an_episode_is_over_at_a_termination_and_at_a_time_limit(env_id: str, n_rows: int, n_actions: int) -> None:
    _, rows = play(configured(env_id), [4, 11], 2, n_rows, n_actions)
    assert rows.done.any()
    np.testing.assert_array_equal(rows.done, rows.terminated | rows.truncated)


@pytest.mark.parametrize(("env_id", "n_actions"), [("CartPole-v1", 2), ("MountainCar-v0", 3)])
def test_a_lane_is_the_same_alone_and_beside_others(env_id: str, n_actions: int) -> None:
    seeds = [7, 3, 12, 5]
    first_beside, beside = play(configured(env_id), seeds, 3, 250, n_actions)
    for lane, seed in enumerate(seeds):
        first_alone, alone = play(configured(env_id), [seed], 3, 250, n_actions)
        np.testing.assert_array_equal(first_alone[0], first_beside[lane])
        for ours, theirs in zip(alone, beside, strict=True):
            np.testing.assert_array_equal(ours[:, 0], theirs[:, lane])


def test_environments_of_different_lanes_indices_and_purposes_start_differently() -> None:
    firsts = [
        Environments(Configuration(), seeds=[0, 1], n_envs=3, purpose=purpose).reset().reshape(-1, 4)
        for purpose in ("environments", "evaluation")
    ]
    assert len(np.unique(np.concatenate(firsts), axis=0)) == 12


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Acrobot-v1"])
def test_a_step_is_what_was_sent_and_then_received(env_id: str) -> None:
    whole, parted = (Environments(configured(env_id), [4, 11], 2, "environments") for _ in range(2))
    np.testing.assert_array_equal(whole.reset(), parted.reset())
    for action in actions_of(0, 30, 4, 2).reshape(30, 2, 2):
        parted.send(action)
        for one, other in zip(whole.step(action), parted.receive(), strict=True):
            np.testing.assert_array_equal(one, other)


def test_rows_have_the_shape_of_lanes_and_environments() -> None:
    first, rows = play(configured("CartPole-v1"), [0, 1], 3, 5, 2)
    assert first.shape == (2, 3, 4)
    assert [field.shape for field in rows] == [(5, 2, 3, 4)] + 4 * [(5, 2, 3)]
    assert [field.dtype.name for field in rows] == ["float32", "float64", "bool", "bool", "bool"]


@pytest.mark.parametrize("env_id", ["CartPole-v1", "MountainCar-v0"])
def test_returned_observations_do_not_change_with_later_steps(env_id: str) -> None:
    environments = Environments(configured(env_id), [0], 2, "environments")
    first = environments.reset()
    kept = first.copy()
    environments.step(np.ones((1, 2), dtype=np.int64))
    np.testing.assert_array_equal(first, kept)


def test_arguments_reach_the_environment() -> None:
    _, rows = play(configured("CartPole-v1", sutton_barto_reward=True), [0], 2, 100, 2)
    assert set(np.unique(rows.rewards)) == {-1.0, 0.0}


def test_older_cartpole_keeps_its_own_time_limit() -> None:
    environments = Environments(configured("CartPole-v0"), [0], 1, "environments")
    observations = environments.reset()
    for t in range(200):
        row = environments.step(balance(observations))
        observations = row.observations
        assert row.truncated[0, 0] == (t == 199)


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Acrobot-v1", "Blackjack-v1"])
def test_a_field_sets_the_time_limit(env_id: str) -> None:
    """Also of the batched CartPole, and of an environment that has none of its own."""
    environments = Environments(Configuration(env_id=env_id, max_episode_steps=2), [0], 3, "test")
    environments.reset()
    rows = [environments.step(np.zeros((1, 3), np.int64)) for _ in range(2)]
    assert (rows[1].truncated | rows[0].terminated | rows[1].terminated).all()
    assert env_id == "Blackjack-v1" or (rows[1].truncated.all() and not rows[0].done.any())


def test_an_id_of_another_is_stepped_by_its_own_class_though_it_names_the_batched_cartpole() -> None:
    vector = gym.spec("CartPole-v1").vector_entry_point
    gym.register("OwnCart-v0", Sound, max_episode_steps=9, vector_entry_point=vector)
    try:
        environments = Environments(configured("OwnCart-v0"), [0], 1, "environments")
    finally:
        del gym.registry["OwnCart-v0"]
    assert environments.reset().shape == (1, 1, 2)
