"""The compiled peer computes what ours computes: one step of CartPole, one gradient."""

import gymnasium as gym
import numpy as np
import pytest
import torch

from a2c.config import Configuration
from a2c.envs import check
from a2c.learn.learner import Learner
from tests.learn.learners import collect, estimate, update

jax = pytest.importorskip("jax")
from benchmarks import jax_peer  # noqa: E402


def test_cartpole_equals_gymnasiums() -> None:
    environment = gym.make("CartPole-v1")
    first, _ = environment.reset(seed=0)
    state = np.tile(first, (jax_peer.N_ENVS, 1))
    cartpole = jax_peer.CartPole(state, np.zeros(jax_peer.N_ENVS, int), np.zeros(jax_peer.N_ENVS, bool))
    step = jax.jit(jax_peer.step)
    ended = False
    while not ended:
        cartpole, terminated = step(cartpole, np.ones(jax_peer.N_ENVS, int), np.zeros_like(state))
        observation, _, ended, _, _ = environment.step(1)
        np.testing.assert_allclose(cartpole.state[0], observation, rtol=1e-4, atol=1e-6)
        assert bool(terminated[0]) == ended


def test_lanes_by_map_and_by_vmap_are_the_same_training() -> None:
    trained = {by: jax_peer.compile_training(2, 400, by)([0, 1]) for by in ("map", "vmap")}
    assert trained["map"].shape == (2, 50, jax_peer.N_ENVS)
    early = slice(0, 10)  # rows; rounding differs later
    np.testing.assert_array_equal(trained["map"][:, early], trained["vmap"][:, early])


def test_gradient_equals_ours() -> None:
    configuration = Configuration(max_grad_norm=None)  # so that the gradient is left as it was
    learner = Learner(configuration, [3], check(configuration, "test"))
    for _ in range(8):  # some way into the training, until the rollout has a reset row
        named = learner.model.parameters.named
        weights = [
            tuple(named[f"shared.{layer}.{kind}"][0].numpy().copy() for kind in ("weight", "bias"))
            for layer in range(3)
        ]
        rollout = collect(learner)
        update(learner, rollout, *estimate(rollout, configuration))
        if not rollout.valid.all():
            break
    assert not rollout.valid.all()

    observations = rollout.kept[0][0][0].numpy().reshape(jax_peer.N_STEPS, jax_peer.N_ENVS, 4)
    rows = jax_peer.Rows(
        state=observations,
        actions=rollout.actions[0],
        valid=rollout.valid[0],
        terminated=rollout.terminated[0],
        ended=(rollout.terminated | rollout.truncated)[0],
        length=np.zeros(()),
    )
    last = jax_peer.CartPole(learner.actors.observations[0], np.zeros(()), np.zeros(()))
    flat = [(weight, bias[0]) for weight, bias in weights]
    gradient = jax.jit(jax.grad(jax_peer.loss))(flat, rows, last)
    for layer, (weight, bias) in enumerate(gradient):
        for kind, theirs in (("weight", weight), ("bias", bias)):
            ours = learner.model.gradients.named[f"shared.{layer}.{kind}"][0]
            torch.testing.assert_close(
                torch.from_numpy(np.array(theirs)).reshape(ours.shape), ours, rtol=1e-3, atol=1e-6
            )
