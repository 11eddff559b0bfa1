"""The peer in plain PyTorch: what it computes, by hand; it learns; it refuses what it does not do."""

import numpy as np
import pytest
import torch

from a2c.config import Configuration
from benchmarks import plain_peer
from benchmarks.plain_peer import Played

REINFORCE = Configuration(algorithm="reinforce", n_envs=1, hidden_sizes=(16,), total_steps=400)
A3C = Configuration(algorithm="a3c", n_envs=3, hidden_sizes=(16,), total_steps=400)


def played(rewards: list[float], ends: list[bool], after: list[float]) -> Played:
    return Played(torch.zeros(len(rewards), 1), torch.zeros(len(rewards)), rewards, ends, after)


def test_returns_to_go() -> None:
    steps = played([1.0, 2.0, 4.0], [False, False, True], [0.0, 0.0, 8.0])
    assert plain_peer.returns_to_go(steps, 0.5).tolist() == [4.0, 6.0, 8.0]


def test_advantages_are_cut_where_an_episode_ends() -> None:
    steps = played([1.0, 1.0, 1.0], [False, True, False], [0.0, 0.0, 4.0])
    configuration = A3C.model_copy(update={"gamma": 0.5, "gae_lambda": 0.5})
    # delta_0 = 1 + 0.5 * 6 - 2 = 2, delta_1 = 1 - 6 = -5, delta_2 = 1 + 0.5 * 4 - 1 = 2; A_0 = 2 + 0.25 * -5
    assert plain_peer.advantages_of(configuration, steps, [2.0, 6.0, 1.0]).tolist() == [0.75, -5.0, 2.0]


@pytest.mark.parametrize("configuration", [REINFORCE, A3C], ids=lambda one: one.algorithm)
def test_episodes_fill_the_budget(configuration: Configuration) -> None:
    ended = plain_peer.train(configuration, 0)
    steps = [one.step for one in ended]
    assert steps == sorted(steps)
    assert steps[-1] > configuration.total_steps - 200
    assert sum(one.length for one in ended) <= steps[-1]
    assert all(one.total_reward == one.length for one in ended)  # CartPole's


def test_the_weights_of_a_step_point_to_its_return() -> None:
    """One update makes the actions of a single rewarded step likelier."""
    model = plain_peer.build(REINFORCE)
    policy, _ = model(torch.ones(1, 4))
    loss = plain_peer.loss_of(
        REINFORCE.model_copy(update={"normalize_advantage": False, "entropy_coef": 0.0}),
        policy, torch.tensor([1]), torch.tensor([2.0]),
    )  # fmt: skip
    assert loss.item() == pytest.approx(-2 * float(np.log(policy.probs[0, 1].item())), rel=1e-5)


def test_what_it_does_not_do_is_refused() -> None:
    with pytest.raises(ValueError, match="returns: 'episode_mean' is not supported"):
        plain_peer.train(REINFORCE.model_copy(update={"returns": "episode_mean"}), 0)
