"""The core's environments: step for step Gymnasium's, resets and time limits too."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.classic_control import acrobot, cartpole, mountain_car, pendulum
from numpy.typing import NDArray

from tests.core.builds import best, builds, library
from tests.core.replaced import replaced
from tests.core.steps import IDS, Native, apart, draw_states, step_gymnasium, step_native

MODULES = dict(zip(IDS, (cartpole, acrobot, mountain_car, pendulum), strict=True))
ALIKE = {"CartPole-v1": 0.999, "Acrobot-v1": 0.99, "MountainCar-v0": 0.999, "Pendulum-v1": 0.999}


@pytest.mark.parametrize("env_id", IDS)
def test_what_is_known_of_an_environment_is_what_gymnasium_registers(env_id: str) -> None:
    kind, environment = Native(library(*best()), env_id, 1, [0]).kind, gym.make(env_id)
    assert kind.id.decode() == env_id
    assert environment.spec is not None
    assert kind.time_limit == environment.spec.max_episode_steps
    assert environment.observation_space.shape == (kind.n_observation,)
    space = environment.action_space
    if isinstance(space, gym.spaces.Discrete):
        assert kind.n_actions == space.n
    else:
        assert isinstance(space, gym.spaces.Box)
        assert (kind.n_actions, space.low, space.high) == (0, -kind.action_bound, kind.action_bound)


@pytest.mark.parametrize("env_id", IDS)
def test_nearly_all_states_after_a_step_are_gymnasium_s_to_the_last_bit(env_id: str) -> None:
    # Not all: the libm that NumPy calls rounds about 1 of 700 sines and 1 of 1200 squares to the second nearest double.
    state, actions = draw_states(env_id, 4000 if env_id != "CartPole-v1" else 100_000, 1)
    ours, theirs = step_native(library(*best()), env_id, state, actions), step_gymnasium(env_id, state, actions)
    assert (ours.state == theirs.state).all(axis=0).mean() >= ALIKE[env_id]
    assert (ours.observations == theirs.observations).mean() > 0.9999
    assert (ours.rewards == theirs.rewards).mean() > 0.99
    np.testing.assert_array_equal(ours.terminated, theirs.terminated)
    np.testing.assert_allclose(ours.state, theirs.state, rtol=0, atol=2e-12)
    np.testing.assert_allclose(ours.rewards, theirs.rewards, rtol=0, atol=2e-9)


@pytest.mark.parametrize("env_id", IDS)
def test_with_our_sine_in_gymnasium_s_code_every_bit_is_the_same(env_id: str) -> None:
    state, actions = draw_states(env_id, 1500 if env_id != "CartPole-v1" else 50_000, 2)
    ours = step_native(library(*best()), env_id, state, actions)
    with replaced():
        theirs = step_gymnasium(env_id, state, actions)
    np.testing.assert_array_equal(ours.state, theirs.state)
    np.testing.assert_array_equal(ours.rewards, theirs.rewards)
    np.testing.assert_array_equal(ours.terminated, theirs.terminated)


@pytest.mark.parametrize("env_id", IDS)
def test_rows_are_those_of_single_environments_that_reset_themselves(env_id: str) -> None:
    """Resets, time limits and reset rows; the state is Gymnasium's before each row, so that differences do not grow."""
    n, limit, seeds = 3, 40, [11, 12, 13]
    native = Native(library(*best()), env_id, n, seeds, limit)
    observations = native.reset()
    singles = [gym.make(env_id, max_episode_steps=limit) for _ in range(n)]
    first = np.array([single.reset(seed=seed)[0] for single, seed in zip(singles, seeds, strict=True)])
    np.testing.assert_allclose(observations, first, rtol=2e-7, atol=1e-9)
    random, over = np.random.default_rng(0), np.zeros(n, bool)
    resets = limits = 0
    for _ in range(10 * limit):
        if env_id == "Pendulum-v1":
            actions = random.uniform(-2.5, 2.5, n).astype(np.float32)
        else:
            actions = random.integers(0, native.kind.n_actions, n)
        native.state[:] = np.array([state_of(single) for single in singles]).T
        row = native.step(actions)
        for i, single in enumerate(singles):
            if over[i]:
                seen, _ = single.reset()
                given = (0.0, False, False)
                np.testing.assert_array_equal(row.state[:, i], state_of(single))
                resets += 1
            else:
                action = actions[i : i + 1] if env_id == "Pendulum-v1" else int(actions[i])
                seen, reward, terminated, truncated, _ = single.step(action)
                given = (float(reward), terminated, truncated)
            assert row.rewards[i] == pytest.approx(given[0], abs=2e-9)
            assert (row.terminated[i], row.truncated[i]) == given[1:]
            np.testing.assert_allclose(row.observations[i], seen, rtol=2e-6, atol=1e-9)
            over[i] = given[1] or given[2]
            limits += given[2]
    assert resets >= 10 * n - n
    assert limits or env_id == "CartPole-v1"


def state_of(single: Any) -> NDArray[np.float64]:
    return np.array(single.unwrapped.state, np.float64)


@pytest.mark.parametrize("env_id", IDS)
def test_first_states_are_those_of_gymnasium_to_the_last_bit(env_id: str) -> None:
    seeds = [0, 1, 2**31 - 1, *range(100, 120)]
    single = gym.make(env_id)
    theirs = np.array([(single.reset(seed=seed), state_of(single))[1] for seed in seeds]).T
    for pair in builds():
        together = Native(library(*pair), env_id, len(seeds), seeds)
        together.reset()
        np.testing.assert_array_equal(together.state, theirs)
        for i, seed in enumerate(seeds):
            alone = Native(library(*pair), env_id, 1, [seed])
            alone.reset()
            np.testing.assert_array_equal(alone.state[:, 0], theirs[:, i], str(pair))


def test_an_episode_ends_at_its_time_limit_and_the_next_row_resets() -> None:
    native = Native(library(*best()), "MountainCar-v0", 2, [1, 2])
    native.reset()
    for row in range(1, 402):
        given = native.step(np.ones(2))
        assert given.truncated.tolist() == [row in (200, 401)] * 2
        assert given.rewards.tolist() == [0.0 if row == 201 else -1.0] * 2
        assert native.steps.tolist() == [row if row <= 200 else row - 201] * 2
        assert not given.terminated.any()


def test_a_time_limit_may_fall_together_with_an_end() -> None:
    native = Native(library(*best()), "CartPole-v1", 1, [1])
    native.reset()
    native.state[2], native.steps[0] = 0.3, 499  # already fallen
    row = native.step(np.zeros(1))
    assert (row.terminated[0], row.truncated[0], row.rewards[0]) == (True, True, 1.0)


@pytest.mark.parametrize(
    ("env_id", "kwargs"),
    [
        ("CartPole-v1", {"sutton_barto_reward": True}),
        ("MountainCar-v0", {"goal_velocity": 0.03}),
        ("Pendulum-v1", {"g": 9.81}),
    ],
)
def test_keywords_of_gymnasium(env_id: str, kwargs: dict[str, Any]) -> None:
    n = 200
    state, actions = draw_states(env_id, n, 3)
    if env_id == "MountainCar-v0":
        state[0] = 0.49  # at the goal
    native, single = Native(library(*best()), env_id, n, option=next(iter(kwargs.values()))), gym.make(env_id, **kwargs)
    assert native.kind.option.decode() == next(iter(kwargs))
    native.state[:] = state
    row = native.step(actions)
    inner: Any = single.unwrapped
    inner.reset(seed=0)
    for i in range(n):
        inner.state = state[:, i]
        inner.steps_beyond_terminated = None
        action = actions[i : i + 1] if env_id == "Pendulum-v1" else int(actions[i])
        _, reward, terminated, _, _ = inner.step(action)
        assert (row.rewards[i], row.terminated[i]) == (pytest.approx(float(reward), abs=2e-9), terminated)
        np.testing.assert_allclose(row.state[:, i], state_of(single), rtol=0, atol=1e-13)


@pytest.mark.parametrize("env_id", IDS)
def test_an_environment_knows_nothing_of_its_neighbours_nor_of_the_build(env_id: str) -> None:
    rows, seeds = 300, list(range(33))
    actions = draw_states(env_id, rows * 33, 4)[1].reshape(rows, 33)
    whole = [played(pair, env_id, seeds, actions) for pair in builds()]
    for other in whole[1:]:
        np.testing.assert_array_equal(whole[0], other)
    for some in ([0], [5], list(range(3, 11)), list(range(20, 33))):
        alone = played(best(), env_id, some, actions[:, some])
        np.testing.assert_array_equal(whole[-1][:, some], alone)


def played(pair: tuple[str, str], env_id: str, seeds: list[int], actions: NDArray[Any]) -> NDArray[np.uint64]:
    """The bits of all states, [rows, environments, numbers]."""
    native = Native(library(*pair), env_id, len(seeds), seeds)
    native.reset()
    return np.array([native.step(row).state.T for row in actions]).view(np.uint64)


def test_a_difference_is_told_by_the_place_of_the_number_before() -> None:
    assert apart(np.array([1.0]), np.array([1.0 + 2.0**-52])) == 1
    assert apart(np.array([0.0]), np.array([2.0**-52]), np.array([1.0])) == 1
