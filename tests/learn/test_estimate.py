"""From a rollout to advantages and returns: time limits, clipped rewards, and the order of rows."""

from typing import Any

import numpy as np
import pytest
import torch

from a2c.config import Configuration
from a2c.learn.algorithms.a2c import Rollout
from a2c.learn.returns import gae
from tests.learn.learners import estimate


def made_rollout(rewards: Any, values: Any, terminated: Any, truncated: Any) -> Rollout:
    """A rollout with only the arrays that estimates use; `values`: [lanes, steps + 1, environments]."""
    rewards = np.array(rewards, dtype=np.float32)
    nothing = np.zeros(rewards.shape)
    return Rollout(
        logits=torch.empty(0),
        values=torch.tensor(values, dtype=torch.float32).flatten(1),
        kept=[],
        actions=nothing.astype(np.int64),
        rewards=rewards,
        terminated=np.array(terminated, dtype=bool),
        truncated=np.array(truncated, dtype=bool),
        valid=~nothing.astype(bool),
        ended=[],
        observations=[],
        first_row=0,
    )


# One lane of one environment: two steps, a time limit at the second, the reset row. Values of 8, 16, 32, 64.
LIMITED = made_rollout(
    rewards=[[[1], [2], [0]]],
    values=[[[8], [16], [32], [64]]],
    terminated=[[[0], [0], [0]]],
    truncated=[[[0], [1], [0]]],
)


@pytest.mark.parametrize("estimator", ["n_step", "gae"])
@pytest.mark.parametrize(
    ("time_limit", "returns"),
    [
        ("bootstrap", [1 + (2 + 32 / 2) / 2, 2 + 32 / 2]),  # half of the final observation's value
        ("terminal", [1 + 2 / 2, 2]),  # nothing follows
    ],
)
def test_value_at_a_time_limit(estimator: str, time_limit: str, returns: list[float]) -> None:
    lambda_ = {"gae_lambda": 1.0} if estimator == "gae" else {}
    configuration = Configuration(gamma=0.5, time_limit=time_limit, advantage_estimator=estimator, **lambda_)
    advantages, estimated = estimate(LIMITED, configuration)
    np.testing.assert_array_equal(estimated[0, :2], returns)
    np.testing.assert_array_equal(advantages[0, :2], np.subtract(returns, [8, 16]))


@pytest.mark.parametrize("time_limit", ["bootstrap", "terminal"])
def test_a_termination_is_not_bootstrapped_even_at_the_time_limit(time_limit: str) -> None:
    both = LIMITED._replace(terminated=LIMITED.truncated)
    configuration = Configuration(gamma=0.5, time_limit=time_limit, advantage_estimator="n_step")
    np.testing.assert_array_equal(estimate(both, configuration)[1][0, :2], [2, 2])


def test_rewards_are_clipped_on_both_sides() -> None:
    rewards = [[[5.0], [-7.0], [0.5]]]
    rollout = LIMITED._replace(rewards=np.array(rewards, dtype=np.float32), truncated=np.zeros((1, 3, 1), dtype=bool))
    configuration = Configuration(gamma=0.0, reward_clip=1.5, advantage_estimator="n_step")
    np.testing.assert_array_equal(estimate(rollout, configuration)[1], [[1.5, -1.5, 0.5]])
    np.testing.assert_array_equal(rollout.rewards, rewards)  # what is recorded is not clipped


def test_gae_returns_are_advantages_plus_values() -> None:
    advantages, returns = estimate(LIMITED, Configuration(gamma=0.5, gae_lambda=0.5))
    np.testing.assert_array_equal(advantages, [[1 + 8 - 8 + (2 + 16 - 16) / 4, 2 + 16 - 16, 0 + 32 - 32]])
    np.testing.assert_array_equal(returns, np.add(advantages, [[8, 16, 32]]))


def test_rows_are_in_the_order_of_the_networks_outputs() -> None:
    random = np.random.default_rng(0)
    n_lanes, n_steps, n_envs = shape = (2, 4, 3)
    values = random.normal(size=(n_lanes, n_steps + 1, n_envs)).astype(np.float32)
    terminated, truncated = random.random(shape) < 0.2, random.random(shape) < 0.2
    rollout = made_rollout(random.normal(size=shape), values, terminated, truncated)
    advantages, _ = estimate(rollout, Configuration(gamma=0.9, gae_lambda=0.7))
    for lane in range(n_lanes):
        for env in range(n_envs):
            one = (lane, slice(None), env)
            discounts = (0.9 * ~terminated[one]).astype(np.float32)
            expected = gae(rollout.rewards[one], discounts, values[one], terminated[one] | truncated[one], 0.7)
            np.testing.assert_allclose(advantages[lane, env::n_envs], expected, rtol=1e-6)
