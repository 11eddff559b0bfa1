"""Learners on games: clipped and recorded rewards, ends and time limits, updates compared with plain PyTorch."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from a2c.envs import Environments
from a2c.learn.algorithms.a2c import Rollout
from a2c.learn.learner import Learner
from tests.learn.images import TorchCNN, assert_close
from tests.learn.learners import collect, estimate, make_learner, update

TINY = {"img_height": 36, "img_width": 36, "stack_num": 2}


def player(name: str, seeds: tuple[int, ...] = (0,), frames: int = 120, **fields: Any) -> Learner:
    """A learner of a small CNN on a game of small images; `frames`: the time limit."""
    kwargs = {**TINY, "max_num_frames_per_episode": frames}
    small = {"network": "cnn", "conv_channels": (4, 4, 4), "hidden_sizes": (16,), "n_envs": 2, "env_kwargs": kwargs}
    return make_learner(seeds, env_id=f"ALE/{name}-v5", **{**small, **fields})


@pytest.fixture(scope="module")
def invaders() -> tuple[Learner, Rollout]:
    """SpaceInvaders up to a time limit of 120 agent steps, rewards clipped to 1."""
    learner = player("SpaceInvaders", frames=480, n_steps=125, reward_clip=1.0, gamma=0.0, advantage_estimator="n_step")
    return learner, collect(learner)


def test_the_learner_sees_clipped_rewards(invaders: tuple[Learner, Rollout]) -> None:
    learner, rollout = invaders
    _, returns = estimate(rollout, learner.configuration)  # gamma 0: the returns are the rewards
    assert rollout.rewards.max() > 1
    np.testing.assert_array_equal(returns, np.sign(rollout.rewards).reshape(returns.shape))


def test_episodes_record_the_true_score(invaders: tuple[Learner, Rollout]) -> None:
    _, rollout = invaders
    played = rollout.rewards[0, :120].sum(axis=0)
    assert [(one.env, one.total_reward, one.length) for one in rollout.ended] == [
        (env, played[env], 120) for env in range(2)
    ]
    assert played.max() > 10


@pytest.mark.parametrize("time_limit", ["bootstrap", "terminal"])
def test_the_value_of_the_last_observation_counts_if_time_limits_are_bootstrapped(time_limit: str) -> None:
    learner = player("Pong", n_envs=1, n_steps=33, time_limit=time_limit, gamma=0.5)
    rollout = collect(learner)
    (end,) = np.flatnonzero(rollout.truncated)
    assert end == 29
    before = estimate(rollout, learner.configuration)[0][0, end]
    values = rollout.values.clone()
    values[0, end + 1] += 8
    after = estimate(rollout._replace(values=values), learner.configuration)[0][0, end]
    assert after - before == pytest.approx(4 if time_limit == "bootstrap" else 0)


def test_a_lost_life_is_terminal_and_is_followed_by_a_valid_row() -> None:
    learner = player("Breakout", frames=108_000, n_envs=1, n_steps=60, atari_protocol="classic", gamma=0.5)
    rollout = collect(learner)
    end = np.flatnonzero(rollout.terminated)[0]
    assert not rollout.ended
    assert rollout.valid.all()
    advantages, _ = estimate(rollout, learner.configuration)
    values = rollout.values.clone()
    values[0, end + 1 :] += 8
    again, _ = estimate(rollout._replace(values=values), learner.configuration)
    np.testing.assert_array_equal(again[0, : end + 1], advantages[0, : end + 1])
    assert again[0, end + 1] != advantages[0, end + 1]


class Plain:
    """A2C with torch.nn, autograd and torch.optim, from a learner's initial weights."""

    def __init__(self, learner: Learner) -> None:
        self.configuration = learner.configuration
        self.model = TorchCNN(learner.model.network, learner.model.parameters, 0)
        fields = self.configuration
        self.optimizer = torch.optim.RMSprop(
            self.model.parameters(), lr=fields.learning_rate, alpha=fields.rmsprop_alpha, eps=fields.optimizer_eps
        )
        self.environments = Environments(fields, learner.seeds, fields.n_envs, "environments")
        self.seen = [self.environments.reset()[0]]
        self.resetting = np.zeros(fields.n_envs, dtype=bool)

    def update(self, actions: np.ndarray) -> float:
        """Step the games by `actions` [steps, environments] and update; gives the gradient's norm."""
        fields, rewards, ends, limits, valid = self.configuration, [], [], [], []
        self.seen = self.seen[-1:]
        for action in actions:
            row = self.environments.step(action[None])
            self.seen.append(row.observations[0])
            rewards.append(row.rewards[0].clip(-1, 1))
            ends.append(row.terminated[0])
            limits.append(row.truncated[0])
            valid.append(~self.resetting)
            self.resetting = row.done[0]
        n_steps, n_envs = actions.shape
        outputs = [self.model(torch.from_numpy(seen)) for seen in self.seen]
        values = torch.stack([value for _, value in outputs])
        returns = torch.zeros(n_steps, n_envs, dtype=torch.float64)
        following = values[-1].detach()
        for t in reversed(range(n_steps)):
            for env in range(n_envs):
                after = values[t + 1, env].detach() if limits[t][env] else following[env]
                returns[t, env] = float(rewards[t][env]) + fields.gamma * (0.0 if ends[t][env] else float(after))
            following = returns[t]
        keep = torch.from_numpy(np.array(valid))
        policy = torch.distributions.Categorical(logits=torch.stack([logits for logits, _ in outputs[:-1]]))
        advantages = returns - values[:-1].detach()
        log_pi = policy.log_prob(torch.from_numpy(actions))
        loss = (
            -(log_pi * advantages)[keep].mean()
            + fields.value_loss_coef * (values[:-1] - returns)[keep].square().mean()
            - fields.entropy_coef * policy.entropy()[keep].mean()
        )
        self.optimizer.zero_grad()
        loss.backward()
        assert fields.max_grad_norm is not None
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), fields.max_grad_norm)
        self.optimizer.step()
        return float(norm)


@pytest.mark.parametrize(("name", "protocol"), [("SpaceInvaders", "machado"), ("Breakout", "classic")])
def test_updates_equal_those_of_plain_pytorch(name: str, protocol: str) -> None:
    learner = player(
        name,
        atari_protocol=protocol,
        n_steps=35,
        optimizer="rmsprop",
        optimizer_eps=1e-5,
        learning_rate=1e-3,
        reward_clip=1.0,
        normalize_advantage=False,
        advantage_estimator="n_step",
        max_grad_norm=0.01,
    )
    plain, norms = Plain(learner), []
    first = {key: torch.from_numpy(weights) for key, weights in learner.model.weights(0).items()}
    for _ in range(3):
        rollout = collect(learner)
        assert rollout.truncated.any()
        update(learner, rollout, *estimate(rollout, learner.configuration))
        norms.append(plain.update(rollout.actions[0]))
        expected = plain.model.held("weight")
        for key, tensor in learner.model.parameters.named.items():
            assert_close(tensor[0] - first[key], expected[key] - first[key], key)
    assert max(norms) > 0.01  # a gradient was clipped
