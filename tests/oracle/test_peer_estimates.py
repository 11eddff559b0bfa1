"""Returns and advantages, compared with Stable-Baselines3's rollout buffer on random data with all kinds of ends."""

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.learn.algorithms.a2c import Rollout
from tests.learn.learners import estimate
from tests.oracle.peer import returns_and_advantages


@st.composite
def rollouts(draw: st.DrawFn) -> Rollout:
    """One lane of NEXT_STEP environments: terminations, time limits, both at once, reset rows at both ends."""
    n_steps, n_envs = shape = draw(st.tuples(st.integers(2, 12), st.integers(1, 3)))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    ends = draw(arrays.arrays(np.int8, shape, elements=st.sampled_from([0, 0, 1, 2, 3])))
    valid = np.ones(shape, dtype=bool)
    valid[0] = draw(arrays.arrays(np.bool_, n_envs))
    ends[0][~valid[0]] = 0
    for t in range(1, n_steps):
        valid[t] = ends[t - 1] == 0
        ends[t][~valid[t]] = 0
    rewards = (random.normal(size=shape) * 3 * valid).astype(np.float32)
    return Rollout(
        logits=torch.empty(0),
        values=torch.from_numpy(random.normal(size=(1, (n_steps + 1) * n_envs)).astype(np.float32)) * 10,
        kept=[],
        actions=np.zeros((1, *shape), dtype=np.int64),
        rewards=rewards[None],
        terminated=np.isin(ends, (1, 3))[None],
        truncated=np.isin(ends, (2, 3))[None],
        valid=valid[None],
        ended=[],
        observations=[],
        first_row=0,
    )


def theirs(rollout: Rollout, gamma: float, gae_lambda: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns and advantages of all valid rows, one environment after the other."""
    of_environments = [
        returns_and_advantages(rollout, env, gamma, gae_lambda)
        for env in np.flatnonzero(rollout.valid[0].any(axis=0)).tolist()
    ]
    returns, advantages = (np.concatenate(parts) for parts in zip(*of_environments, strict=True))
    return returns, advantages


def valid_rows(numbers: NDArray[np.float32], rollout: Rollout) -> NDArray[np.float32]:
    """Ours [lanes, steps * environments] in the order of `theirs`."""
    return numbers.reshape(rollout.valid.shape)[0].T[rollout.valid[0].T]


@settings(max_examples=150)
@given(rollouts(), st.floats(0, 1), st.floats(0, 1))
def test_gae_equals_the_peers(rollout: Rollout, gamma: float, gae_lambda: float) -> None:
    advantages, returns = estimate(rollout, Configuration(gamma=gamma, gae_lambda=gae_lambda))
    expected = theirs(rollout, gamma, gae_lambda)
    np.testing.assert_allclose(valid_rows(returns, rollout), expected[0], rtol=1e-5, atol=2e-5)
    np.testing.assert_allclose(valid_rows(advantages, rollout), expected[1], rtol=1e-5, atol=2e-5)


@settings(max_examples=100)
@given(rollouts(), st.floats(0, 1))
def test_n_step_returns_equal_the_peers_with_lambda_one(rollout: Rollout, gamma: float) -> None:
    advantages, returns = estimate(rollout, Configuration(gamma=gamma, advantage_estimator="n_step"))
    expected = theirs(rollout, gamma, gae_lambda=1.0)
    np.testing.assert_allclose(valid_rows(returns, rollout), expected[0], rtol=1e-5, atol=2e-5)
    np.testing.assert_allclose(valid_rows(advantages, rollout), expected[1], rtol=1e-5, atol=2e-5)


@pytest.mark.parametrize("time_limit", ["bootstrap", "terminal"])
def test_the_peer_bootstraps_at_a_time_limit(time_limit: str) -> None:
    """With terminal time limits, as in the article, the numbers differ. So the tests above can fail."""
    none, limit = np.zeros((1, 3, 1), dtype=bool), np.array([[[False], [True], [False]]])
    rollout = Rollout(
        logits=torch.empty(0),
        values=torch.tensor([[1.0, 2.0, 3.0, 4.0]]),
        kept=[],
        actions=np.zeros((1, 3, 1), dtype=np.int64),
        rewards=np.array([[[1], [1], [0]]], dtype=np.float32),
        terminated=none,
        truncated=limit,
        valid=np.array([[[True], [True], [False]]]),
        ended=[],
        observations=[],
        first_row=0,
    )
    advantages, _ = estimate(rollout, Configuration(gamma=0.9, gae_lambda=0.9, time_limit=time_limit))
    _, expected = returns_and_advantages(rollout, 0, 0.9, 0.9)
    assert np.allclose(advantages[0, :2], expected, rtol=1e-6) == (time_limit == "bootstrap")
