"""Updates agree with the definitions, in float64 by PyTorch, for generated configurations."""

from typing import Any

import numpy as np
import pytest

from a2c.core.face import Lane
from a2c.core.settings import Settings
from tests.core.cores import best
from tests.core.reference import Reference

ACCURACY = 2e-4  # of float32 sums of up to some hundred terms that may cancel, against the largest of an array


def generated(rng: np.random.Generator) -> Settings:
    """Any configuration of flat observations."""

    def one(*of: Any) -> Any:
        return of[rng.integers(len(of))]

    n_envs, n_steps = int(rng.integers(1, 20)), int(rng.integers(1, 12))
    choices = one((2,), (3,), (4,), (15,), (16,), (18,), (2, 3), (5, 1, 17))
    size = len(choices)
    actions, n_outputs = one(("softmax", sum(choices)), ("bernoulli", size), ("gaussian", 2 * size))
    return Settings(
        env_id=None,
        max_episode_steps=500,
        n_observation=one(1, 2, 4, 7, 16, 33),
        n_outputs=n_outputs,
        action_size=size,
        actions=actions,
        choices=choices if actions == "softmax" else (),
        log_std_init=one(-1.0, 0.0, 0.5),
        hidden_sizes=tuple(one(1, 2, 7, 16, 31, 33, 64, 129) for _ in range(rng.integers(1, 4))),
        shared_trunk=one(True, False),
        activation=one("relu", "tanh"),
        init=one("torch", "orthogonal"),
        optimizer=one("adam", "rmsprop", "rmsprop_tf"),
        learning_rate=one(1e-4, 1e-3, 1e-2),
        lr_schedule=one("constant", "linear"),
        optimizer_eps=one(1e-5, 1e-3),
        rmsprop_alpha=one(0.9, 0.99),
        gamma=one(0.0, 0.9, 0.99, 1.0),
        gae_lambda=one(0.0, 0.5, 0.95, 1.0),
        advantage_estimator=one("gae", "n_step"),
        normalize_advantage=n_envs * n_steps > 1 and one(True, False),
        n_envs=n_envs,
        n_steps=n_steps,
        value_loss_coef=one(0.0, 0.25, 0.5),
        entropy_coef=one(0.0, 0.01, 0.1),
        max_grad_norm=one(None, 0.1, 0.5, 100.0),
        reward_clip=one(None, 0.5),
        time_limit=one("bootstrap", "terminal"),
        total_steps=n_envs * (3 * n_steps + n_steps // 2 + 1),  # the last rollout is short
    )


def rollout(lane: Lane, rng: np.random.Generator, reset_row: Any) -> tuple[Any, ...]:
    """Made-up environments of a rollout; the lane acts in them. Gives what `Reference.learn` takes."""
    s, rows = lane.settings, lane.rollout_rows
    observations = rng.standard_normal((rows + 1, s.n_envs, s.n_observation)).astype(np.float32)
    rewards = rng.standard_normal((rows, s.n_envs)) * 2
    ends = rng.random((2, rows, s.n_envs)) < 0.15
    actions, valid = np.empty((rows, s.n_envs, s.action_size), np.float32), np.empty((rows, s.n_envs), bool)
    for t in range(rows):
        valid[t] = ~reset_row
        rewards[t, reset_row], ends[:, t, reset_row] = 0, False
        actions[t] = lane.act(observations[t])
        lane.record(rewards[t], *ends[:, t])
        reset_row = ends[:, t].any(axis=0)
    return (observations, actions, rewards, *ends, valid), reset_row


def close(found: Any, wanted: Any) -> bool:
    """Equal to float32 accuracy, beside the largest of them."""
    size = max(2e-3, float(np.abs(wanted).max(initial=0)))
    return bool(np.allclose(found, wanted, rtol=ACCURACY, atol=ACCURACY * size, equal_nan=True))


@pytest.mark.parametrize("example", range(60))
def test_updates(example: int) -> None:
    rng = np.random.default_rng(example)
    settings = generated(rng)
    lane = best().lane(settings, example)
    reference = Reference(settings, lane.weights())
    reset_row = np.zeros(settings.n_envs, bool)
    while lane.rows < settings.total_rows:
        done = lane.rows / settings.total_rows
        rate = settings.learning_rate * (1 - done if settings.lr_schedule == "linear" else 1)
        arrays, reset_row = rollout(lane, rng, reset_row)
        wanted = reference.learn(*arrays, rate)
        (row,) = lane.learn(arrays[0][-1])
        assert row["step"] == lane.rows * settings.n_envs
        for name, number in wanted.items():
            assert close(row[name], number), name
        for name, gradient in lane.gradients().items():
            assert close(gradient, reference.gradients[name]), name
        for name, weight in lane.weights().items():
            assert close(weight, reference.weights[name].detach().numpy()), name
        lane.set_weights({name: w.detach().numpy().astype(np.float32) for name, w in reference.weights.items()})
    assert lane.diverged is None


@pytest.mark.parametrize("example", range(20))
def test_forward(example: int) -> None:
    rng = np.random.default_rng(1000 + example)
    settings = generated(rng)
    lane = best().lane(settings, example)
    observations = rng.standard_normal((settings.n_envs, settings.n_observation)).astype(np.float32)
    logits, values = lane.forward(observations)
    wanted = Reference(settings, lane.weights()).forward(observations)
    assert close(logits, wanted[0].detach().numpy())
    assert close(values, wanted[1].detach().numpy())
