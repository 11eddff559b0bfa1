"""Whole updates, compared with Stable-Baselines3's A2C: same weights, same rollouts, float32 accuracy."""

from typing import Any

import numpy as np
import pytest
import torch

from a2c.config import Configuration
from a2c.config.metrics import metrics_of
from a2c.envs import check
from a2c.learn.learner import Learner
from tests.envs.kinds import ACTIONS
from tests.learn.learners import collect, estimate, update
from tests.oracle.peer import ImagePeer, Peer

# Epsilon is large, so that its position in the formula matters and no step is a mere sign that rounding could change.
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "adam": {"optimizer_eps": 1e-3},
    "rmsprop": {"optimizer_eps": 1e-3},
    "rmsprop_tf": {"optimizer_eps": 1e-3, "rmsprop_alpha": 0.95},
}
NETWORKS = {
    "shared": {"shared_trunk": True, "activation": "relu"},
    "separate": {"shared_trunk": False, "activation": "tanh"},
}
ROLLOUTS: dict[str, dict[str, Any]] = {
    "no-end": {"n_envs": 16, "n_steps": 2},
    "terminations": {"n_steps": 40},
    "time-limit": {"env_id": "MountainCar-v0", "n_envs": 2, "n_steps": 205},
}


def make_learner(**fields: Any) -> Learner:
    configuration = Configuration(**{"hidden_sizes": (24, 16), "total_steps": 2000, "learning_rate": 0.01, **fields})
    return Learner(configuration, [3], check(configuration, "test"))


@pytest.mark.parametrize("kind", ACTIONS)
@pytest.mark.parametrize("network", NETWORKS)
def test_updates_of_every_kind_of_action_equal_the_peers(kind: str, network: str) -> None:
    fields = {"env_id": f"{kind}Numbers-v0", "n_steps": 40, "entropy_coef": 0.1, "optimizer_eps": 1e-3}
    compare(make_learner(**fields, **NETWORKS[network]), ended=True)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("normalize_advantage", [True, False], ids=["normalised", "plain"])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("rollout_kind", ROLLOUTS)
def test_updates_equal_the_peers(optimizer: str, normalize_advantage: bool, network: str, rollout_kind: str) -> None:
    learner = make_learner(
        optimizer=optimizer,
        normalize_advantage=normalize_advantage,
        **OPTIMIZERS[optimizer],
        **NETWORKS[network],
        **ROLLOUTS[rollout_kind],
    )
    compare(learner, ended=rollout_kind != "no-end")


def compare(learner: Learner, ended: bool) -> None:
    """Three updates beside the peer's; `ended`: whether episodes end in every rollout."""
    peer = Peer(learner)
    for _ in range(3):  # so that the state of the optimisers is compared as well
        rollout = collect(learner)
        assert (rollout.terminated | rollout.truncated).any() == ended
        metrics = update(learner, rollout, *estimate(rollout, learner.configuration))
        assert metrics is not None
        ours = dict(zip(metrics_of("a2c"), metrics[0].tolist(), strict=True))
        theirs = peer.train(rollout)
        assert {name: ours[name] for name in theirs} == pytest.approx(theirs, rel=1e-5, abs=1e-6)
        for what, named in (("gradients", learner.model.gradients), ("weights", learner.model.parameters)):
            expected = peer.tensors(what)
            assert expected.keys() == named.named.keys()
            for name, tensor in named.named.items():
                np.testing.assert_allclose(tensor[0], expected[name], rtol=1e-5, atol=2e-7, err_msg=f"{what}: {name}")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("normalize_advantage", [True, False], ids=["normalised", "plain"])
def test_updates_from_images_equal_the_peers(optimizer: str, normalize_advantage: bool) -> None:
    learner = make_learner(
        env_id="ALE/Pong-v5",
        env_kwargs={"img_height": 52, "img_width": 44, "max_num_frames_per_episode": 120},
        network="cnn",
        hidden_sizes=(24,),
        n_envs=2,
        n_steps=17,
        learning_rate=1e-3,
        optimizer=optimizer,
        normalize_advantage=normalize_advantage,
        **OPTIMIZERS[optimizer],
    )
    peer = ImagePeer(learner)
    for _ in range(2):  # the second one contains a time limit
        rollout = collect(learner)
        metrics = update(learner, rollout, *estimate(rollout, learner.configuration))
        assert metrics is not None
        ours = dict(zip(metrics_of("a2c"), metrics[0].tolist(), strict=True))
        theirs = peer.train(rollout)
        assert {name: ours[name] for name in theirs} == pytest.approx(theirs, rel=1e-4, abs=1e-6)
        for what, named in (("gradients", learner.model.gradients), ("weights", learner.model.parameters)):
            expected = peer.tensors(what)
            assert expected.keys() == named.named.keys()
            for name, tensor in named.named.items():
                atol = 1e-5 * np.abs(expected[name]).max()
                np.testing.assert_allclose(tensor[0], expected[name], rtol=1e-4, atol=atol, err_msg=f"{what}: {name}")
    assert rollout.truncated.any()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_n_step_is_gae_with_lambda_one_through_whole_updates(optimizer: str) -> None:
    shared = {"optimizer": optimizer, "n_steps": 20, **OPTIMIZERS[optimizer]}
    by_gae = make_learner(advantage_estimator="gae", gae_lambda=1.0, **shared)
    by_returns = make_learner(advantage_estimator="n_step", **shared)
    for _ in range(3):
        for learner in (by_gae, by_returns):
            rollout = collect(learner)
            update(learner, rollout, *estimate(rollout, learner.configuration))
    torch.testing.assert_close(by_returns.model.parameters.flat, by_gae.model.parameters.flat, rtol=1e-5, atol=1e-6)
