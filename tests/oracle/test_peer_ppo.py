"""Whole updates of PPO, compared with Stable-Baselines3's: same weights, same rollouts, same minibatches."""

from typing import Any

import numpy as np
import pytest

from a2c.config import Configuration
from a2c.envs import check
from a2c.learn.algorithms.ppo import PPO
from a2c.learn.learner import Learner
from tests.envs.kinds import ACTIONS
from tests.learn.learners import collect, estimate, update
from tests.oracle.peer import PPOPeer

NETWORKS = {
    "shared": {"shared_trunk": True, "activation": "relu"},
    "separate": {"shared_trunk": False, "activation": "tanh"},
}
# Ranges so small, or steps so large, that many ratios are clipped.
PASSES: dict[str, dict[str, Any]] = {
    "minibatches": {"n_envs": 16, "n_steps": 2, "n_minibatches": 4, "n_epochs": 3, "clip_range": 0.05},
    "without a range": {"n_envs": 8, "n_steps": 4, "n_minibatches": 2, "n_epochs": 2, "clip_range": None},
    "terminations": {"n_steps": 40, "n_minibatches": 1, "n_epochs": 4, "clip_range": 0.02},
    "time limit": {  # small steps and a wide range, as two values lie so close together that rounding would decide
        "env_id": "MountainCar-v0", "n_envs": 2, "n_steps": 205, "n_minibatches": 1, "n_epochs": 3, "clip_range": 0.2,
        "learning_rate": 1e-3,
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", ACTIONS)
@pytest.mark.parametrize("network", NETWORKS)
def test_updates_of_every_kind_of_action_equal_the_peers(kind: str, network: str) -> None:
    """Small steps and a wide range: hardly a ratio lies so close to its bound that rounding decides."""
    passes = {"n_steps": 40, "n_minibatches": 1, "n_epochs": 3, "clip_range": 0.2, "learning_rate": 1e-3}
    compare(env_id=f"{kind}Numbers-v0", entropy_coef=0.1, **NETWORKS[network], **passes)


@pytest.mark.parametrize("normalize_advantage", [True, False], ids=["normalised", "plain"])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("passes", PASSES)
def test_updates_equal_the_peers(normalize_advantage: bool, network: str, passes: str) -> None:
    compare(normalize_advantage=normalize_advantage, **NETWORKS[network], **PASSES[passes])


def compare(**fields: Any) -> None:
    """Two updates beside the peer's."""
    small = {"hidden_sizes": (24, 16), "total_steps": 2000, "learning_rate": 0.01, "optimizer_eps": 1e-3}
    configuration = Configuration(algorithm="ppo", **{**small, **fields})
    learner = Learner(configuration, [3], check(configuration, "test"))
    algorithm, peer = learner.algorithm, PPOPeer(learner)
    assert isinstance(algorithm, PPO)
    for _ in range(2):  # so that the state of the optimisers is compared as well
        rollout = collect(learner)
        assert rollout.valid.all() == (configuration.n_minibatches > 1)
        if configuration.n_minibatches > 1:
            rows = [of_lane[0] for of_lane in algorithm._minibatches(learner.model, rollout) if of_lane is not None]
            orders = np.concatenate(rows).reshape(configuration.n_epochs, -1)
            theirs = peer.train_in_order(rollout, list(orders))
        else:
            theirs = peer.train(rollout)
        metrics = update(learner, rollout, *estimate(rollout, configuration))
        ours = dict(zip(algorithm.metrics, metrics[0].tolist(), strict=True))
        clipped = theirs.pop("clip_fraction") * rollout.valid.sum() * configuration.n_epochs
        ours_clipped = ours["clip_fraction"] * rollout.valid.sum() * configuration.n_epochs
        assert ours_clipped == pytest.approx(clipped, abs=2.1)  # rows: rounding may put one on the other side
        assert {name: ours[name] for name in theirs} == pytest.approx(theirs, rel=1e-4, abs=1e-6)
        assert ours["clip_fraction"] > 0 or configuration.clip_range in (None, 0.2)
        for what, named in (("gradients", learner.model.gradients), ("weights", learner.model.parameters)):
            for name, expected in peer.tensors(what).items():
                ours_of = named.named[name][0].numpy()
                np.testing.assert_allclose(ours_of, expected, rtol=1e-4, atol=2e-6, err_msg=f"{what}: {name}")
