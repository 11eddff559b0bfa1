"""Running moments: against VecNormalize of Stable-Baselines3 on the same data, and the core against PyTorch."""

from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

from a2c.config import ConfigError, Configuration, configuration
from a2c.core.choose import load
from a2c.core.face import Lane
from a2c.core.settings import settings_of
from a2c.envs import Facts, check
from a2c.learn.normalization import Normalizer
from a2c.learn.policy import Model
from a2c.learn.trainer import weight_shapes

BOTH: dict[str, Any] = {"normalize_observations": True, "normalize_rewards": True}
N_ENVS, N_NUMBERS, N_ROWS = 3, 4, 60


def made(**fields: Any) -> tuple[Configuration, Facts]:
    configuration = Configuration(**{**BOTH, "n_envs": N_ENVS, "n_steps": 5, "hidden_sizes": (8,), **fields})
    return configuration, check(configuration, "test")


def data(rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Rows of observations far from 0, rewards, and ends, with the reset row after each."""
    observations = (rng.standard_normal((N_ROWS + 1, N_ENVS, N_NUMBERS)) * [1, 50, 0.01, 1] + [0, 9, 3, -7]).astype(
        "f4"
    )
    rewards = rng.standard_normal((N_ROWS, N_ENVS)) * 20
    ends = rng.random((2, N_ROWS, N_ENVS)) < 0.1
    resets = np.zeros((N_ROWS + 1, N_ENVS), dtype=bool)
    for t in range(N_ROWS):
        rewards[t, resets[t]], ends[:, t, resets[t]] = 0, False
        resets[t + 1] = ends[:, t].any(axis=0)
    return {"observations": observations, "rewards": rewards, "ends": ends, "resets": resets}


def normalised(normalizer: Normalizer, rows: dict[str, NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """What the only lane's network and learner see."""
    observations = [normalizer.observations(rows["observations"][0][None], count=True)[0]]
    rewards = []
    for t in range(N_ROWS):
        done = rows["ends"][:, t].any(axis=0)[None]
        rewards.append(normalizer.rewards(rows["rewards"][t][None], rows["resets"][t][None], done)[0])
        observations.append(normalizer.observations(rows["observations"][t + 1][None], count=True)[0])
    return np.stack(observations), np.stack(rewards)


class Given(gym.Env[NDArray[np.float32], int]):
    """The spaces of the peer's environments."""

    observation_space, action_space = gym.spaces.Box(-np.inf, np.inf, (N_NUMBERS,)), gym.spaces.Discrete(2)


def test_moments_and_results_equal_stable_baselines3s() -> None:
    """Without reset rows, which its environments do not have."""
    rows = data(np.random.default_rng(0))
    rows["resets"][:] = False
    configuration, facts = made()
    normalizer = Normalizer(configuration, 1, facts)
    observations, rewards = normalised(normalizer, rows)
    peer = VecNormalize(DummyVecEnv([Given] * N_ENVS), gamma=configuration.gamma)
    peer.returns = np.zeros(N_ENVS)
    for t in range(N_ROWS + 1):
        peer.obs_rms.update(rows["observations"][t].astype(np.float64))
        seen = peer.normalize_obs(rows["observations"][t])
        np.testing.assert_allclose(observations[t], seen, rtol=1e-6, atol=1e-7)
        if t < N_ROWS:
            peer._update_reward(rows["rewards"][t])
            np.testing.assert_allclose(rewards[t], peer.normalize_reward(rows["rewards"][t]), rtol=1e-6, atol=1e-7)
            peer.returns[rows["ends"][:, t].any(axis=0)] = 0
    state = normalizer.state[0]
    theirs = [peer.obs_rms.count, *peer.obs_rms.mean, *peer.obs_rms.var, peer.ret_rms.count, peer.ret_rms.mean]
    np.testing.assert_allclose(state[: len(theirs) + 1], [*theirs, peer.ret_rms.var], rtol=1e-12)


def test_hand_computed_moments() -> None:
    """Two environments observe 1 and 5: mean 3, variance 4, but for the thousandth part that stands at the start."""
    configuration = Configuration(**BOTH, n_envs=2, gamma=0.5, hidden_sizes=(8,))
    normalizer = Normalizer(configuration, 1, Facts((1,), check(configuration, "test").action_space, None, 1))
    seen = normalizer.observations(np.array([[[1.0], [5.0]]], np.float32), count=True)
    np.testing.assert_allclose(seen[0, :, 0], [-1, 1], rtol=1e-3)
    nothing, everything = np.zeros((1, 2), bool), np.ones((1, 2), bool)
    normalizer.rewards(np.array([[2.0, 6.0]]), nothing, nothing)
    normalizer.rewards(np.array([[2.0, 0.0]]), np.array([[False, True]]), everything)
    # returns 2 and 6, then 3 = 0.5 * 2 + 2 beside a reset row, which does not count: variance of 2, 6, 3
    np.testing.assert_allclose(normalizer.state[0, 3:], [3, 11 / 3, 26 / 9, 0, 0], rtol=1e-3)


def test_numbers_are_within_ten() -> None:
    configuration, facts = made()
    normalizer = Normalizer(configuration, 1, facts)
    far, spread = np.zeros((1, N_ENVS, N_NUMBERS), np.float32), np.array([1e9, -1e9, 0, 0])
    normalizer.observations(far, count=True)
    assert set(np.unique(normalizer.observations(far + spread, count=False))) == {-10, 0, 10}


def stepped(lane: Lane, rows: dict[str, NDArray[Any]]) -> None:
    """Let a lane of the core act and learn in these rows."""
    for t in range(N_ROWS):
        lane.act(rows["observations"][t])
        lane.record(rows["rewards"][t], *rows["ends"][:, t])
        if t % 5 == 4:
            lane.learn(rows["observations"][t + 1])


@pytest.mark.parametrize("fields", [{}, {"normalize_rewards": False}, {"normalize_observations": False}])
def test_the_core_has_the_same_bits(fields: dict[str, Any]) -> None:
    rows = data(np.random.default_rng(1))
    configuration, facts = made(**fields)
    settings = settings_of(configuration, facts)
    lane = load().lane(replace(settings, env_id=None), 3)
    stepped(lane, rows)
    normalizer = Normalizer(configuration, 1, facts)
    normalised(normalizer, rows)
    assert lane._normalizer.tobytes() == normalizer.state[0].tobytes()
    for name, array in normalizer.weights(0).items():
        assert lane.weights()[name].tobytes() == array.tobytes()


@pytest.mark.parametrize(
    ("fields", "only"),
    [
        ({"algorithm": "a3c", "normalize_observations": True}, "algorithm: a2c or reinforce or ppo"),
        ({"algorithm": "a3c", "normalize_rewards": True}, "algorithm: a2c or reinforce or ppo"),
        ({"network": "cnn", "normalize_observations": True}, "network: mlp"),
    ],
)
def test_what_has_no_running_moments_is_refused_in_one_line(fields: dict[str, Any], only: str) -> None:
    with pytest.raises(ConfigError) as error:
        configuration(fields, "x.yaml")
    name = list(fields)[1]
    assert str(error.value).startswith(f"x.yaml: {name}: true is not allowed; allowed: only with {only}")


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_the_moments_are_among_the_weights_that_a_policy_is_read_from(device: str) -> None:
    """On a GPU PyTorch trains what the core trains on the CPU."""
    configuration, facts = made(device=device)
    on_cpu = Model(configuration.model_copy(update={"device": "cpu"}), [0], facts)
    assert weight_shapes(configuration, facts) == {name: array.shape for name, array in on_cpu.weights(0).items()}
