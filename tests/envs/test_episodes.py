"""Episodes in a stream of rows, compared with a plain loop; replay of an action log."""

import hypothesis.extra.numpy as arrays
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.envs import DiscreteActions, Ended, Environments, Episodes, replay


def plain_loop(rewards: NDArray[np.float32], done: NDArray[np.bool_]) -> list[Ended]:
    """Episodes, found for one environment at a time; the row after an end is skipped."""
    n_rows, n_lanes, n_envs = rewards.shape
    ended = []
    for lane in range(n_lanes):
        for env in range(n_envs):
            total, length, resetting = 0.0, 0, False
            for t in range(n_rows):
                if resetting:
                    resetting = False
                    continue
                total, length = total + float(rewards[t, lane, env]), length + 1
                if done[t, lane, env]:
                    ended.append(Ended(lane, env, (t + 1) * n_envs, total, length))
                    total, length, resetting = 0.0, 0, True
    return sorted(ended)


@st.composite
def streams_of_rows(draw: st.DrawFn) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Rewards and ends of NEXT_STEP environments: a reset row has no reward and no end."""
    shape = draw(st.tuples(st.integers(1, 12), st.integers(1, 3), st.integers(1, 3)))
    rewards = draw(arrays.arrays(np.float32, shape, elements=st.integers(-9, 9).map(np.float32)))
    done = draw(arrays.arrays(np.bool_, shape))
    for t in range(1, shape[0]):
        done[t] &= ~done[t - 1]
        rewards[t][done[t - 1]] = 0
    return rewards, done


@given(streams_of_rows())
def test_returns_lengths_and_steps_equal_a_plain_loop(rows: tuple[NDArray[np.float32], NDArray[np.bool_]]) -> None:
    rewards, done = rows
    episodes = Episodes(*rewards.shape[1:])
    ended = [one for row in zip(rewards, done, strict=True) for one in episodes.add(*row)]
    assert sorted(ended) == plain_loop(rewards, done)


@given(streams_of_rows())
def test_every_row_belongs_to_an_episode_or_is_a_reset_row(
    rows: tuple[NDArray[np.float32], NDArray[np.bool_]],
) -> None:
    rewards, done = rows
    episodes = Episodes(*rewards.shape[1:])
    in_ended, reset_rows = 0, 0
    for row in zip(rewards, done, strict=True):
        reset_rows += int(episodes.reset_row.sum())
        in_ended += sum(one.length for one in episodes.add(*row))
    end_of_last = [np.flatnonzero(column)[-1:] for column in done.reshape(len(done), -1).T]
    unfinished = sum(max(0, len(done) - int(last[0]) - 2) if len(last) else len(done) for last in end_of_last)
    assert in_ended + reset_rows + unfinished == done.size


def test_long_returns_are_added_in_double_precision() -> None:
    episodes = Episodes(1, 1)
    first, then = np.array([[2.0**24]], dtype=np.float32), np.ones((1, 1), dtype=np.float32)
    going, done = np.zeros((1, 1), dtype=bool), np.ones((1, 1), dtype=bool)
    assert episodes.add(first, going) == []
    assert episodes.add(then, done) == [Ended(lane=0, env=0, step=2, total_reward=2.0**24 + 1, length=2)]


def test_replay_gives_the_same_episodes_and_last_observations() -> None:
    configuration, seeds, n_envs = Configuration(env_id="Acrobot-v1"), [2, 8], 2
    actions = np.random.default_rng(0).integers(0, 3, (len(seeds), 510, n_envs)).astype(np.uint8)
    environments, episodes = Environments(configuration, seeds, n_envs, "environments"), Episodes(len(seeds), n_envs)
    environments.reset()
    ended = []
    for t in range(actions.shape[1]):
        row = environments.step(actions[:, t].astype(np.int64))
        ended += episodes.add(row.rewards, row.done)
    assert ended  # the time limit of 500 steps is passed
    again = Episodes(len(seeds), n_envs)
    replayed, observations = replay(
        Environments(configuration, seeds, n_envs, "environments"), again, DiscreteActions(3), actions
    )
    assert replayed == ended
    np.testing.assert_array_equal(observations, row.observations)
    assert again.steps == episodes.steps == 510 * n_envs
    np.testing.assert_array_equal(again.reset_row, episodes.reset_row)


def test_replay_of_no_actions_gives_the_first_observations() -> None:
    environments = Environments(Configuration(), [3], 2, "environments")
    first = environments.reset()
    ended, observations = replay(environments, Episodes(1, 2), DiscreteActions(2), np.zeros((1, 0, 2), dtype=np.uint8))
    assert ended == []
    np.testing.assert_array_equal(observations, first)
