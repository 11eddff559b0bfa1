"""The Stable-Baselines3 peer has the settings that the benchmarks state."""

from math import prod
from typing import Any

import pytest
import torch
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.env_util import make_vec_env

from a2c.config import Configuration
from a2c.envs import DiscreteActions
from a2c.learn.networks.mlp import MLP
from benchmarks import sb3_peer


@pytest.mark.parametrize("fields", [{}, sb3_peer.DEFAULTS], ids=["article", "defaults"])
def test_peer_has_as_many_parameters_as_ours(fields: dict[str, Any]) -> None:
    configuration = Configuration(**fields)
    ours = MLP(configuration, 4, DiscreteActions(2))
    peers = sum(parameter.numel() for parameter in sb3_peer.build(configuration, seed=0).policy.parameters())
    assert peers == sum(prod(shape) for shape in ours.shapes.values())


def test_peer_has_the_articles_settings() -> None:
    model = sb3_peer.build(Configuration(), seed=0)
    assert (model.n_envs, model.n_steps, model.gamma, model.gae_lambda) == (8, 5, 0.99, 0.95)
    assert (model.ent_coef, model.vf_coef, model.max_grad_norm, model.normalize_advantage) == (0.01, 0.5, 0.5, True)
    optimizer = model.policy.optimizer
    assert isinstance(optimizer, torch.optim.Adam)
    assert (optimizer.defaults["lr"], optimizer.defaults["eps"]) == (7e-4, 1e-8)
    first = model.policy.features_extractor.layers[0]
    assert first.bias.abs().max() > 0  # PyTorch's own initial weights; the orthogonal ones come with biases of 0


def test_our_list_of_sb3_defaults_gives_sb3s_own_weights_bit_by_bit() -> None:
    untouched = A2C("MlpPolicy", make_vec_env("CartPole-v1", 8, seed=0), seed=0, device="cpu").learn(400)
    asked = sb3_peer.build(Configuration(**sb3_peer.DEFAULTS), seed=0).learn(400)
    expected, found = untouched.policy.state_dict(), asked.policy.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_our_list_of_ppos_defaults_gives_sb3s_own_weights_bit_by_bit() -> None:
    untouched = PPO("MlpPolicy", make_vec_env("CartPole-v1", 1, seed=0), seed=0, device="cpu").learn(2048)
    asked = sb3_peer.build(Configuration(**sb3_peer.PPO_DEFAULTS), seed=0).learn(2048)
    expected, found = untouched.policy.state_dict(), asked.policy.state_dict()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_minibatches_of_unequal_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^n_minibatches: 7 does not divide 2048 rows$"):
        sb3_peer.build(Configuration(**sb3_peer.PPO_DEFAULTS | {"n_minibatches": 7}), seed=0)


def test_n_step_returns_are_gae_with_lambda_1() -> None:
    assert sb3_peer.build(Configuration(advantage_estimator="n_step"), seed=0).gae_lambda == 1.0


def test_a_setting_that_the_peer_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^time_limit: 'terminal' is not what Stable-Baselines3 does$"):
        sb3_peer.build(Configuration(time_limit="terminal"), seed=0)


def test_every_episode_is_collected_once() -> None:
    told = sb3_peer.train(Configuration(n_envs=1, total_steps=200), seed=0)
    lengths = [episode.length for episode in told]
    assert [episode.step for episode in told] == [sum(lengths[: number + 1]) for number in range(len(told))]
    assert [episode.total_reward for episode in told] == lengths
