"""Samples of a frozen policy: its environments, whole episodes behind every window, weights by hand."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from a2c.config import Configuration
from a2c.config.gradients import Estimator, expand_gradients
from a2c.core import layout
from a2c.core.choose import available, load
from a2c.core.face import Lane
from a2c.core.gradients import Differentiator, Sampler
from a2c.core.settings import settings_of
from a2c.envs import check
from a2c.learn.gradients.measure import measure
from a2c.learn.gradients.sampling import Recording, Window, phases, play, returns_to_go
from a2c.learn.gradients.weights import episode_weights, mean_return, monte_carlo, rollout_weights, starts

CARTPOLE = Configuration(hidden_sizes=(8,), env_kwargs={"max_episode_steps": 30}, gamma=0.9)
STEPPED = CARTPOLE.model_copy(update={"env_kwargs": {"max_episode_steps": 30, "render_mode": "rgb_array"}})
FACTS = check(CARTPOLE, "test")


def lane_of(configuration: Configuration, seed: int = 0) -> Lane:
    return load().lane(settings_of(configuration, FACTS), seed)


@pytest.fixture(scope="module")
def window() -> Window:
    """Forty rows of 16 environments, and what follows."""
    plays = play(CARTPOLE, FACTS, lane_of(CARTPOLE).weights(), 3, 16, "gradients 1.0")
    return Recording(plays, CARTPOLE, FACTS.time_limit, phases(3, "gradients 1.0", 16, FACTS.time_limit)).next(40)


def test_a_sample_of_the_evaluations_streams_has_the_evaluations_episodes() -> None:
    lane = lane_of(CARTPOLE)
    totals, lengths = lane.evaluate(6, greedy=False)
    sample = Sampler(load(), replace(lane.settings, n_envs=6), lane.weights(), 0, "evaluation").sample(40)
    ended = sample.terminated | sample.truncated
    assert (ended.argmax(axis=0) + 1).tolist() == lengths.tolist()
    assert [sample.rewards[:length, env].sum() for env, length in enumerate(lengths)] == totals.tolist()
    assert np.array_equal(sample.valid[1:], ~ended[:-1])


def test_a_sample_goes_on_where_the_last_one_ended_and_has_the_networks_values() -> None:
    lane = lane_of(CARTPOLE)
    settings = replace(lane.settings, n_envs=4)
    whole = Sampler(load(), settings, lane.weights(), 1, "gradients").sample(50)
    parts = Sampler(load(), settings, lane.weights(), 1, "gradients")
    first, second = parts.sample(20), parts.sample(30)
    assert np.array_equal(np.concatenate([first.actions, second.actions]), whole.actions)
    assert np.array_equal(first.observations[-1], second.observations[0])
    values = load().lane(replace(settings, n_steps=1), 0)
    values.set_weights(lane.weights())
    assert np.array_equal(values.forward(whole.observations[7])[1], whole.values[7])
    assert np.array_equal(values.forward(whole.observations[50])[1], whole.values[50])


def test_environments_stepped_in_python_are_sampled_as_native_ones_are() -> None:
    """The first episodes agree: Gymnasium's states may differ in the last bits, which grow."""
    weights = lane_of(CARTPOLE).weights()
    native, stepped = (
        play(one, check(one, "test"), weights, 5, 3, "gradients").sample(12) for one in (CARTPOLE, STEPPED)
    )
    for ours, theirs in zip(native, stepped, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_builds_give_the_same_bits() -> None:
    settings = replace(settings_of(CARTPOLE, FACTS), n_envs=5)
    weights, bits = lane_of(CARTPOLE).weights(), set()
    for name in available():
        sample = Sampler(load(name), settings, weights, 0, "gradients").sample(60)
        core = Differentiator(load(name), settings, weights, 300)
        core.look(sample.observations[:-1].reshape(300, -1))
        gradient = core.gradient(sample.actions.reshape(300, 1), np.linspace(-1, 1, 300))
        doubles = gradient.astype(np.float64)
        bits.add((*(array.tobytes() for array in sample), gradient.tobytes(), core.inner(doubles, doubles)))
    assert len(bits) == 1


def test_a_gradient_does_not_depend_on_how_many_rows_were_looked_at_before() -> None:
    settings, weights = settings_of(CARTPOLE, FACTS), lane_of(CARTPOLE).weights()
    core = Differentiator(load(), settings, weights, 64)
    random = np.random.default_rng(0)
    observations, actions = random.normal(size=(64, 4)), random.integers(0, 2, (64, 1))
    core.look(observations[:3])
    first = core.gradient(actions[:3], np.ones(3)).copy()
    core.look(observations)
    core.gradient(actions, np.ones(64))
    core.look(observations[:3])
    assert np.array_equal(core.gradient(actions[:3], np.ones(3)), first)
    with pytest.raises(ValueError, match="65 observations; at most 64"):
        core.look(np.zeros((65, 4)))
    with pytest.raises(ValueError, match="2 weights"):
        core.gradient(actions[:3], np.ones(2))


def test_returns_to_go_by_hand() -> None:
    rewards = np.array([[1.0], [2.0], [0.0], [4.0], [8.0]], dtype=np.float32)
    values = np.array([[0.0], [10.0], [20.0], [30.0], [40.0], [50.0]], dtype=np.float32)
    ended = np.array([[False], [True], [False], [False], [True]])  # at row 1 by a time limit; row 2 resets
    discounts = np.full((5, 1), 0.5, dtype=np.float32)
    discounts[4] = 0  # terminated
    bootstrapped = returns_to_go(rewards, discounts, values, ended)
    assert bootstrapped[:, 0].tolist() == [1 + 0.5 * (2 + 0.5 * 20), 2 + 0.5 * 20, 0.5 * (4 + 4), 4 + 4, 8]
    cut = returns_to_go(rewards, discounts * ~ended, values, ended)
    assert cut[:, 0].tolist() == [2, 2, 4, 8, 8]


def test_every_return_of_a_window_is_that_of_its_whole_episode(window: Window) -> None:
    for env in range(16):
        for row in np.flatnonzero(window.valid[:40, env]):
            end = row + int(np.argmax(window.ended[row:, env]))
            rewards = window.rewards[row : end + 1, env].astype(float)
            by_hand = sum(0.9**k * reward for k, reward in enumerate(rewards))
            after = 0.0 if window.terminated[end, env] else 0.9 ** len(rewards) * float(window.values[end + 1, env])
            assert window.returns[row, env] == pytest.approx(by_hand + after, rel=1e-5)
            assert window.cut_returns[row, env] == pytest.approx(by_hand, rel=1e-5)


def test_windows_follow_each_other() -> None:
    def recording() -> Recording:
        plays = play(CARTPOLE, FACTS, lane_of(CARTPOLE).weights(), 3, 4, "gradients")
        return Recording(plays, CARTPOLE, FACTS.time_limit, phases(3, "gradients", 4, FACTS.time_limit))

    parts, whole = recording(), recording().next(40)
    first, second = parts.next(15), parts.next(25)
    for name in ("observations", "actions", "rewards", "returns"):
        joined = np.concatenate([getattr(first, name)[:15], getattr(second, name)[:25]])
        assert np.array_equal(joined, getattr(whole, name)[:40])


def test_phases_take_environments_of_equal_episodes_out_of_step() -> None:
    """Episodes that all last until the limit: each row of an episode is met equally often."""
    drawn = phases(0, "gradients", 4000, 30)
    counts = np.bincount(drawn, minlength=31)
    assert len(counts) == 31
    assert counts.min() > 0.6 * 4000 / 31


def test_one_rollout_of_whole_episodes_by_lambda_1_is_monte_carlo(window: Window) -> None:
    """Where every episode ends within the rollout, nothing is left that the critic would have to guess."""
    part = window.part(0, window.rows)
    weights = rollout_weights(part, Estimator("gae 1", "gae", n_steps=window.rows, gae_lambda=1.0))
    known = part.valid & (np.flip(np.maximum.accumulate(np.flip(part.ended, 0), axis=0), 0))
    np.testing.assert_allclose(weights[known], monte_carlo(part)[known], rtol=1e-4, atol=1e-5)


def test_rollouts_bootstrap_where_they_end(window: Window) -> None:
    part = window.part(0, 40)
    one_step = rollout_weights(part, Estimator("one-step", "n_step", n_steps=1))
    by_hand = part.rewards + part.discounts * part.values[1:] - part.values[:-1]
    assert np.array_equal(one_step, by_hand)
    two = rollout_weights(part, Estimator("n-step 2", "n_step", n_steps=2))
    assert np.array_equal(two[1::2], by_hand[1::2])


def test_baselines_of_reinforce(window: Window) -> None:
    def weights(baseline: Any) -> np.ndarray:
        return episode_weights(window, Estimator("", "reinforce", baseline), 2.5)

    assert np.array_equal(weights("none"), window.cut_returns)
    assert np.array_equal(weights("mean"), window.cut_returns - np.float32(2.5))
    assert np.array_equal(weights("value"), window.returns - window.values[:-1])
    valid = window.cut_returns[window.valid]
    assert mean_return(window) == pytest.approx(float(valid.mean()), rel=1e-5)


def test_starts_of_episodes() -> None:
    valid = np.array([[True], [False], [True], [True], [False], [True]])
    assert starts(valid)[:, 0].tolist() == [-1, -1, 2, 2, 2, 5]


@pytest.mark.parametrize(
    "fields", [{"env_id": "Pendulum-v1"}, {"env_id": "Pendulum-v1", "env_kwargs": {"render_mode": "rgb_array"}}]
)
def test_continuous_actions_are_studied_too(fields: dict[str, Any]) -> None:
    base = {"hidden_sizes": [8], **fields, "max_episode_steps": 20}
    entry = {
        "name": "box",
        "seeds": 0,
        "base": base,
        "n_envs": [1],
        "batches": 64,
        "steps": 640,
        "reference_steps": 1280,
    }
    (study,) = expand_gradients([{**entry, "estimators": ["reinforce value", "one-step"]}], "test")
    facts = check(study.configuration, "test")
    weights = load().lane(settings_of(study.configuration, facts), 0).weights()
    rows = measure(study, facts, weights, 0, 1.0)
    assert all(row["trace"] > 0 for row in rows)
    assert rows[1]["batch_steps"] == 1


def test_a_gradient_of_a_gaussian_policy_is_that_of_the_definition() -> None:
    """With z = (action - mean) / deviation: -z / deviation by the mean, 1 - z^2 by the log deviation."""
    configuration = Configuration(env_id="Pendulum-v1", hidden_sizes=(4,), log_std_init=0.3)
    facts = check(configuration, "test")
    settings = settings_of(configuration, facts)
    core = Differentiator(load(), settings, load().lane(settings, 0).weights(), 1)
    observation, action, weight = np.array([[0.5, -0.2, 1.0]]), 0.7, 2.0
    core.look(observation)
    gradient = layout.unpack(core.settings, core.gradient(np.array([[action]]), np.array([weight])))
    one = load().lane(replace(settings, env_id=None, n_envs=1, n_steps=1), 0)
    mean, deviation = float(one.forward(observation)[0][0, 0]), np.exp(0.3)
    by_log_std = weight * (1 - ((action - mean) / deviation) ** 2)
    assert gradient["log_std"].ravel() == pytest.approx([by_log_std], rel=1e-5)
    assert gradient["shared.1.bias"][0, 0] == pytest.approx(weight * (mean - action) / deviation**2, rel=1e-5)
