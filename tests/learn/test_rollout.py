"""The content of a rollout: valid rows, the network's outputs, ended episodes."""

import numpy as np
import pytest
import torch

from a2c import streams
from a2c.envs import DiscreteActions, Environments, Episodes
from tests.learn.learners import collect, done, make_learner


def test_the_row_after_an_end_is_not_valid_even_in_the_next_rollout() -> None:
    learner = make_learner([0, 1], n_steps=3)
    rollouts = [collect(learner) for _ in range(60)]
    ends = np.concatenate([done(rollout) for rollout in rollouts], axis=1)
    valid = np.concatenate([rollout.valid for rollout in rollouts], axis=1)
    assert ends[:, 2::3].any()  # an episode ended with its rollout
    assert valid[:, 0].all()
    np.testing.assert_array_equal(valid[:, 1:], ~ends[:, :-1])


def test_a_rollout_equals_a_plain_loop_of_acting_and_stepping() -> None:
    learner = make_learner([4], n_envs=3, n_steps=40)
    rollout = collect(learner)
    space = DiscreteActions(2)
    noise = space.noise([streams.generator(4, "actions")], (40, 3))
    environments = Environments(learner.configuration, [4], 3, "environments")
    observations = environments.reset()
    for t in range(40):
        output = learner.model.network.forward(learner.model.parameters, torch.from_numpy(observations))
        rows = slice(3 * t, 3 * t + 3)
        assert torch.equal(rollout.logits[:, rows], output.logits)
        assert torch.equal(rollout.values[:, rows], output.values)
        np.testing.assert_array_equal(rollout.actions[:, t], space.sample(output.logits.numpy(), noise[:, t]))
        row = environments.step(rollout.actions[:, t])
        np.testing.assert_array_equal(rollout.rewards[:, t], row.rewards)
        np.testing.assert_array_equal(rollout.terminated[:, t], row.terminated)
        np.testing.assert_array_equal(rollout.truncated[:, t], row.truncated)
        observations = row.observations
    bootstrap = learner.model.network.forward(learner.model.parameters, torch.from_numpy(observations)).values
    assert torch.equal(rollout.values[:, -3:], bootstrap)


def test_ended_episodes_are_those_of_the_rows() -> None:
    learner = make_learner([0, 1], n_steps=50)
    rollouts = [collect(learner) for _ in range(3)]
    episodes, expected = Episodes(2, 8), []
    for rollout in rollouts:
        for t in range(50):
            expected += episodes.add(rollout.rewards[:, t], done(rollout)[:, t])
    assert len(expected) > 20
    assert [one for rollout in rollouts for one in rollout.ended] == expected


@pytest.mark.parametrize(
    ("n_envs", "n_steps", "total_steps", "expected"),
    [
        (8, 5, 8 * 13 + 7, [5, 5, 3]),  # 7 agent steps are fewer than a row of 8: left over
        (8, 5, 80, [5, 5]),
        (3, 20, 5, [1]),
        (1, 4, 9, [4, 4, 1]),
        (4, 1, 12, [1, 1, 1]),
    ],
)
def test_the_budget_is_never_exceeded(n_envs: int, n_steps: int, total_steps: int, expected: list[int]) -> None:
    learner = make_learner([0, 1], n_envs=n_envs, n_steps=n_steps, total_steps=total_steps)
    lengths: list[int] = []
    learner.train(lambda progress: lengths.append(len(progress.actions[0].actions)))
    assert lengths == expected
    assert learner.actors.episodes.steps == sum(expected) * n_envs <= total_steps
