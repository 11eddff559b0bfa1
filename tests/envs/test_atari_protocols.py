"""The two protocols of Atari games: ends of games and lives, time limits, sticky actions, starts."""

from typing import NamedTuple

import gymnasium as gym
import numpy as np
import pytest
from ale_py.vector_env import AtariVectorEnv
from numpy.typing import NDArray

from a2c import streams
from a2c.envs import Environments, Episodes, Row, check
from a2c.envs.games import Games
from tests.envs.games import SMALL, actions_of, game, play, play_at_random

N_ROWS = 600


# ------------------------------------------------------------------------------------------------------- ends and lives


@pytest.fixture(scope="module")
def breakout() -> dict[str, Row]:
    """Random play of two lanes of one game each, by protocol."""
    return {p: play_at_random(game("Breakout", p, **SMALL), [0, 1], 1, N_ROWS)[1] for p in ("classic", "machado")}


def ends_of_each_game(rows: Row) -> list[int]:
    """How many rows of each finished game were terminal for the learner."""
    counts = []
    for lane in range(2):
        over = np.flatnonzero(rows.done[:, lane, 0]) + 1
        counts += [int(part.sum()) for part in np.split(rows.terminated[:, lane, 0], over)[:-1]]
    return counts


@pytest.mark.parametrize(("protocol", "ends"), [("classic", 5), ("machado", 1)])
def test_a_game_of_breakout_has_as_many_ends_as_the_protocol_says(
    protocol: str, ends: int, breakout: dict[str, Row]
) -> None:
    """One for each of five lives. With ALE's `episodic_life` a new game would start at each of them."""
    counts = ends_of_each_game(breakout[protocol])
    assert len(counts) >= 4
    assert set(counts) == {ends}


def test_a_lost_life_ends_no_episode(breakout: dict[str, Row]) -> None:
    rows = breakout["classic"]
    episodes = Episodes(2, 1)
    ended = [one for row in zip(rows.rewards, rows.done, strict=True) for one in episodes.add(*row)]
    assert len(ended) == rows.done.sum() < rows.terminated.sum()
    assert min(one.length for one in ended) > 50


def seeds_of(seeds: list[int]) -> NDArray[np.int32]:
    return np.array([streams.environment_seed(seed, "environments", 0) for seed in seeds], dtype=np.int32)


def test_lost_lives_are_those_that_ale_reports(breakout: dict[str, Row]) -> None:
    actions = actions_of(game("Breakout", "classic"), [0, 1], 1, N_ROWS)
    theirs = AtariVectorEnv(
        "breakout",
        2,
        num_threads=1,
        reward_clipping=False,
        life_loss_info=True,
        noop_max=30,
        use_fire_reset=True,
        **SMALL,
    )
    theirs.reset(seed=seeds_of([0, 1]))
    told = [theirs.step(action.reshape(-1))[:4] for action in actions]
    observations, rewards, terminated, truncated = (np.stack(field) for field in zip(*told, strict=True))
    ours = breakout["classic"]
    np.testing.assert_array_equal(ours.terminated, terminated.reshape(ours.done.shape))
    np.testing.assert_array_equal(ours.truncated, truncated.reshape(ours.done.shape))
    np.testing.assert_array_equal(ours.rewards, rewards.reshape(ours.done.shape))
    np.testing.assert_array_equal(ours.observations, observations.reshape(ours.observations.shape))


@pytest.mark.parametrize("protocol", ["machado", "classic"])
def test_the_row_after_the_end_has_no_reward_and_no_end(protocol: str, breakout: dict[str, Row]) -> None:
    rows = breakout[protocol]
    after = np.zeros_like(rows.done)
    after[1:] = rows.done[:-1]
    assert after.sum() >= 4
    assert not rows.rewards[after].any()
    assert not (rows.terminated | rows.truncated | rows.done)[after].any()


@pytest.mark.parametrize("protocol", ["machado", "classic"])
def test_the_action_of_the_row_after_the_end_is_ignored(protocol: str, breakout: dict[str, Row]) -> None:
    rows, configuration = breakout[protocol], game("Breakout", protocol, **SMALL)
    actions = actions_of(configuration, [0, 1], 1, N_ROWS)
    after = np.zeros_like(rows.done)
    after[1:] = rows.done[:-1]
    _, again = play(configuration, [0, 1], np.where(after, (actions + 1) % 4, actions))
    for ours, theirs in zip(again, rows, strict=True):
        np.testing.assert_array_equal(ours, theirs)


# ---------------------------------------------------------------------------------------------------------- time limits


@pytest.mark.parametrize("protocol", ["machado", "classic"])
@pytest.mark.parametrize(("frames", "skip", "steps"), [(120, 4, 30), (121, 4, 31), (130, 7, 19)])
def test_a_game_is_stopped_at_its_time_limit(protocol: str, frames: int, skip: int, steps: int) -> None:
    configuration = game("Pong", protocol, max_num_frames_per_episode=frames, frameskip=skip, **SMALL)
    _, rows = play_at_random(configuration, [0], 1, 2 * steps + 3)
    expected = np.zeros(2 * steps + 3, dtype=bool)
    expected[[steps - 1, 2 * steps]] = True  # the reset row is no step of either game
    np.testing.assert_array_equal(rows.truncated, np.broadcast_to(expected[:, None, None], rows.done.shape))
    np.testing.assert_array_equal(rows.done, rows.truncated)
    assert not rows.terminated.any()
    assert check(configuration, "test").time_limit == steps


def test_an_episodes_length_is_its_agent_steps_without_the_reset_row() -> None:
    _, rows = play_at_random(game("Pong", max_num_frames_per_episode=120, **SMALL), [0], 2, 70)
    episodes = Episodes(1, 2)
    ended = [one for row in zip(rows.rewards, rows.done, strict=True) for one in episodes.add(*row)]
    assert [(one.env, one.step, one.length) for one in ended] == [
        (0, 60, 30), (1, 60, 30), (0, 122, 30), (1, 122, 30),
    ]  # fmt: skip


def test_the_observation_at_a_time_limit_is_the_unfinished_games() -> None:
    """Except for its newest image: ALE stops before drawing it and returns one that is a few frames old."""
    limited, endless = (
        play_at_random(game("Breakout", max_num_frames_per_episode=frames), [0, 1], 1, 30)[1].observations
        for frames in (120, 108_000)
    )
    np.testing.assert_array_equal(limited[:29], endless[:29])
    np.testing.assert_array_equal(limited[29, ..., :-1, :, :], endless[29, ..., :-1, :, :])
    assert (limited[29, ..., -1, :, :] != endless[29, ..., -1, :, :]).mean() < 0.01


# ------------------------------------------------------------------------------------------------------------ protocols


def test_with_sticky_actions_games_with_the_same_start_diverge() -> None:
    configuration, lanes = game("Breakout", **SMALL), [0, 1, 2]
    actions = np.repeat(actions_of(configuration, [0], 1, 40), len(lanes), axis=1)
    first, rows = play(configuration, lanes, actions)
    assert len(np.unique(first, axis=0)) == 1
    assert np.unique(rows.observations, axis=1).shape[1] == len(lanes)


def test_machado_has_the_stickiness_of_ales_registered_games() -> None:
    probability = gym.spec("ALE/Breakout-v5").kwargs["repeat_action_probability"]
    theirs = AtariVectorEnv(
        "breakout", 1, num_threads=1, noop_max=0, use_fire_reset=False, repeat_action_probability=probability, **SMALL
    )
    theirs.reset(seed=seeds_of([7]))
    actions = actions_of(game("Breakout"), [7], 1, 100)
    expected = [theirs.step(action.reshape(-1))[0] for action in actions]
    _, rows = play(game("Breakout", **SMALL), [7], actions)
    np.testing.assert_array_equal(rows.observations[:, :, 0], expected)


class Starts(NamedTuple):
    """Classic games of Breakout that all receive the same actions."""

    frames: NDArray[np.int32]  # emulator frames before the first observation of each game
    observations: NDArray[np.uint8]  # [steps, games, ...]


@pytest.fixture(scope="module")
def starts() -> Starts:
    n_games = 10
    games = Games("ALE/Breakout-v5", "classic", SMALL, n_games)
    theirs = AtariVectorEnv("breakout", n_games, num_threads=1, noop_max=30, use_fire_reset=True, **SMALL)
    first, infos = theirs.reset(seed=np.arange(n_games))
    actions = np.random.default_rng(0).integers(0, 4, 60)
    observations = [games.reset(range(n_games))[0], *(games.step(np.full(n_games, action))[0] for action in actions)]
    np.testing.assert_array_equal(observations[0], first)
    return Starts(infos["episode_frame_number"].copy(), np.stack(observations))


def test_classic_games_with_the_same_start_stay_equal(starts: Starts) -> None:
    groups = [starts.observations[:, starts.frames == frame] for frame in np.unique(starts.frames)]
    assert max(group.shape[1] for group in groups) > 1
    for group in groups:
        np.testing.assert_array_equal(group, np.broadcast_to(group[:, :1], group.shape))


def test_classic_games_begin_with_up_to_thirty_no_ops(starts: Starts) -> None:
    assert len(np.unique(starts.frames)) > 4
    assert 1 <= starts.frames.min() <= starts.frames.max() <= 31  # FIRE is one more
    assert len(np.unique(starts.observations[0], axis=0)) > 4


@pytest.mark.parametrize(("protocol", "in_play"), [("classic", True), ("machado", False)])
def test_fire_is_pressed_at_the_start_of_a_classic_game_only(protocol: str, in_play: bool) -> None:
    """In Breakout FIRE brings the ball into play. Only then does a game without actions lose a life."""
    environments = Environments(game("Breakout", protocol, **SMALL), [0], 1, "environments")
    environments.reset()
    first = environments.step(np.zeros((1, 1), dtype=np.int64)).observations
    seen = [environments.step(np.zeros((1, 1), dtype=np.int64)) for _ in range(60)]
    assert any(row.terminated.any() for row in seen) == in_play
    assert any(not np.array_equal(row.observations, first) for row in seen) == in_play
