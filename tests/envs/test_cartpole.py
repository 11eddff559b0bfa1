"""The batched CartPole gives the same bits as Gymnasium's single environments, row by row."""

from typing import NamedTuple

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.wrappers import Autoreset
from numpy.typing import NDArray

from a2c.envs.cartpole import StreamedCartPole
from tests.envs.balancing import balance


class Trajectory(NamedTuple):
    observations: NDArray[np.float32]  # [rows + 1, environments, observation]
    rewards: NDArray[np.float64]  # [rows, environments]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]


def batched(seeds: list[int], n_rows: int, policy: str, sutton_barto_reward: bool = False) -> Trajectory:
    """`n_rows` steps of all environments at once."""
    environments = StreamedCartPole(len(seeds), max_episode_steps=500, sutton_barto_reward=sutton_barto_reward)
    random = np.random.default_rng(0)
    observations, _ = environments.reset(seed=seeds)
    rows, seen = [], [observations.copy()]
    for _ in range(n_rows):
        at_random = random.integers(0, 2, len(seeds))
        observations, *row, _ = environments.step(balance(observations) if policy == "balance" else at_random)
        seen.append(observations.copy())
        rows.append([field.copy() for field in row])
    return Trajectory(np.stack(seen), *(np.stack(field) for field in zip(*rows, strict=True)))


def singly(seeds: list[int], n_rows: int, policy: str, sutton_barto_reward: bool = False) -> Trajectory:
    """The same from single `gym.make` environments, with Gymnasium's own autoreset."""
    at_random = np.random.default_rng(0).integers(0, 2, (n_rows, len(seeds)))
    trajectories = []
    for i, seed in enumerate(seeds):
        environment = Autoreset(gym.make("CartPole-v1", sutton_barto_reward=sutton_barto_reward))
        observation, _ = environment.reset(seed=seed)
        rows, seen = [], [observation]
        for t in range(n_rows):
            action = balance(observation) if policy == "balance" else at_random[t, i]
            observation, *row, _ = environment.step(int(action))
            seen.append(observation)
            rows.append(row)
        trajectories.append(Trajectory(np.stack(seen), *(np.array(field) for field in zip(*rows, strict=True))))
    return Trajectory(*(np.stack(field, axis=1) for field in zip(*trajectories, strict=True)))


def assert_same_bits(ours: Trajectory, theirs: Trajectory) -> None:
    assert ours.observations.dtype == np.float32
    for name, a, b in zip(Trajectory._fields, ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)


@pytest.mark.parametrize("n_envs", [1, 3, 8, 17])
def test_random_play_equals_single_environments(n_envs: int) -> None:
    seeds = [1000 + 7 * i for i in range(n_envs)]
    ours = batched(seeds, 1500, "random")
    assert ours.terminated.sum() > 30 * n_envs  # many resets are compared
    assert_same_bits(ours, singly(seeds, 1500, "random"))


def test_good_play_equals_single_environments_through_the_time_limit() -> None:
    seeds = [3, 1, 4, 1, 5]
    ours = batched(seeds, 1100, "balance")
    assert_same_bits(ours, singly(seeds, 1100, "balance"))
    assert ours.truncated[499].all()
    assert ours.truncated[1000].all()  # 500 steps, the reset row, 500 steps
    assert not ours.terminated.any()


def test_rewards_with_sutton_barto_reward_equal_single_environments() -> None:
    seeds = [0, 1, 2]
    ours = batched(seeds, 300, "random", sutton_barto_reward=True)
    assert set(np.unique(ours.rewards)) == {-1.0, 0.0}
    assert_same_bits(ours, singly(seeds, 300, "random", sutton_barto_reward=True))


def test_row_after_an_end_has_the_new_episodes_observation_and_no_reward() -> None:
    played = batched([5, 6, 7, 8], 400, "random")
    row, env = np.nonzero(played.terminated[:-1])
    after = row + 1
    assert (played.rewards[after, env] == 0).all()
    assert not (played.terminated | played.truncated)[after, env].any()
    assert (np.abs(played.observations[after + 1, env]) <= 0.05).all()


def test_environments_with_the_same_seed_repeat_each_other() -> None:
    played = batched([9, 9], 200, "balance")
    np.testing.assert_array_equal(played.observations[:, 0], played.observations[:, 1])
