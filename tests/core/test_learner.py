"""The core and the PyTorch learner, side by side from the same seed: the same actions, episodes and metrics.

Streams and initial weights are the same bits; sums go in other orders, so that sooner or later an action differs.
"""

from typing import Any

import numpy as np
import pytest

from a2c.config import Configuration
from a2c.config.metrics import metrics_of
from a2c.core.settings import settings_of
from a2c.envs import check
from a2c.learn.learner import Learner
from tests.core.cores import best
from tests.learn.logs import log_of

FIELDS: dict[str, dict[str, Any]] = {
    "article": {},
    "acrobot": {"env_id": "Acrobot-v1", "env_kwargs": {"max_episode_steps": 40}, "activation": "tanh"},
    "mountain car": {"env_id": "MountainCar-v0", "env_kwargs": {"max_episode_steps": 30}, "optimizer": "rmsprop"},
    "a trunk each": {"shared_trunk": False, "lr_schedule": "linear", "optimizer": "rmsprop_tf", "optimizer_eps": 1e-5},
    "n-step": {"advantage_estimator": "n_step", "normalize_advantage": False, "n_steps": 7, "max_grad_norm": None},
    "terminal": {"env_kwargs": {"max_episode_steps": 15}, "time_limit": "terminal", "reward_clip": 0.5},
    "other reward": {"env_kwargs": {"sutton_barto_reward": True}, "n_envs": 3},
}


@pytest.mark.usefixtures("unsettled")
@pytest.mark.parametrize("which", FIELDS)
def test_side_by_side(which: str) -> None:
    configuration = Configuration(**{"hidden_sizes": (48, 33), "total_steps": 3000, **FIELDS[which]})
    facts = check(configuration, "test")
    learner, parts = Learner(configuration, [4], facts), []
    learner.train(parts.append)
    lane = best().lane(settings_of(configuration, facts), 4)
    trained = lane.train(10_000)
    actions, by_core = log_of(learner, parts).taken[0], trained.actions[..., 0]
    assert actions.shape == by_core.shape
    same = int(np.append((actions != by_core).any(axis=1), True).argmax())  # rows with the same actions
    assert same >= 40
    ended = [tuple(e[1:]) for part in parts for e in part.ended if e.step <= same * configuration.n_envs]
    assert ended == trained.ended[: len(ended)].tolist()
    metrics = np.array([values for part in parts for _, _, values in part.metrics])
    complete = trained.metrics["step"] <= same * configuration.n_envs
    measured = np.stack([trained.metrics[name] for name in metrics_of("a2c")], axis=1)
    assert measured.shape == metrics.shape
    assert np.allclose(measured[complete], metrics[complete], rtol=2e-3, atol=2e-3, equal_nan=True)


@pytest.mark.usefixtures("unsettled")
def test_evaluation() -> None:
    """Untrained policies from the same weights: most evaluation episodes are the same ones."""
    configuration = Configuration(hidden_sizes=(16,), total_steps=8, eval_episodes=10)
    facts = check(configuration, "test")
    learner = Learner(configuration, [4], facts)
    lane = best().lane(settings_of(configuration, facts), 4)
    evaluated = learner.evaluate()
    for mode in ("sampled", "greedy"):
        total_rewards, lengths = lane.evaluate(10, greedy=mode == "greedy")
        wanted = [(e.total_reward, e.length) for e in evaluated if e.mode == mode]
        same = [pair == other for pair, other in zip(wanted, zip(total_rewards, lengths, strict=True), strict=True)]
        assert sum(same) >= 9
