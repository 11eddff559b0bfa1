"""Stable-Baselines3's A2C or PPO, built from one of our configurations: the same network, optimiser and settings.

Optimiser, loss, buffer and environment stepping are Stable-Baselines3's own code.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import ale_py
import gymnasium as gym
import torch
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_atari_env, make_vec_env
from stable_baselines3.common.sb2_compat.rmsprop_tf_like import RMSpropTFLike
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import VecEnv, VecFrameStack, VecNormalize
from torch import nn

from a2c.config import Configuration

# The defaults of SB3 2.9.2 as our fields. Sources: the signature of `A2C.__init__` (a2c/a2c.py);
# `ActorCriticPolicy.__init__` and `_build` (common/policies.py) for two tanh layers of 64 each for policy and value,
# orthogonal with gain sqrt 2, heads 0.01 and 1; `A2C.__init__` for torch's RMSprop with alpha 0.99.
DEFAULTS: dict[str, Any] = {
    "hidden_sizes": (64, 64),
    "shared_trunk": False,
    "activation": "tanh",
    "init": "orthogonal",
    "optimizer": "rmsprop",
    "learning_rate": 7e-4,
    "optimizer_eps": 1e-5,
    "rmsprop_alpha": 0.99,
    "n_steps": 5,
    "gamma": 0.99,
    "gae_lambda": 1.0,
    "normalize_advantage": False,
    "value_loss_coef": 0.5,
    "entropy_coef": 0.0,
    "max_grad_norm": 0.5,
}

# The same of its PPO, with the networks above: the signature of `PPO.__init__` (ppo/ppo.py). It has one environment.
PPO_DEFAULTS: dict[str, Any] = DEFAULTS | {
    "algorithm": "ppo",
    "optimizer": "adam",
    "rmsprop_alpha": 0.99,
    "learning_rate": 3e-4,
    "n_envs": 1,
    "n_steps": 2048,
    "n_epochs": 10,
    "n_minibatches": 32,
    "gae_lambda": 0.95,
    "normalize_advantage": True,
    "clip_range": 0.2,
}

# Fields for which this peer supports only our default.
FIXED = (
    "env_kwargs", "max_episode_steps", "time_limit", "device", "train_on_reset_rows", "clip_by", "clip_part",
    "stop_return",
    "clip_range_value",  # which it clips in another way, see docs/ppo.md
)  # fmt: skip
OF_IMAGES = {
    "conv_channels": (32, 64, 64),
    "hidden_sizes": (512,),
    "activation": "relu",
    "reward_clip": 1.0,
}  # NatureCNN

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "tanh": nn.Tanh}
OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "rmsprop": torch.optim.RMSprop,
    "rmsprop_tf": RMSpropTFLike,
}


class Trunk(BaseFeaturesExtractor):
    """The hidden layers that policy and value share. Since version 1.8, SB3 can share only a features extractor."""

    def __init__(self, observation_space: gym.Space[Any], hidden_sizes: tuple[int, ...], activation: str) -> None:
        super().__init__(observation_space, features_dim=hidden_sizes[-1])
        widths = [gym.spaces.flatdim(observation_space), *hidden_sizes]
        layers = zip(widths, hidden_sizes, strict=False)
        self.layers = nn.Sequential(
            *(part for inputs, outputs in layers for part in (nn.Linear(inputs, outputs), ACTIVATIONS[activation]()))
        )

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        return self.layers(observations)


class Ended(NamedTuple):
    """A finished training episode."""

    step: int  # the run's agent steps when it ended
    total_reward: float
    length: int


class Episodes(BaseCallback):
    """Collects the episodes as they end."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[Ended] = []

    def _on_step(self) -> bool:
        told = [info["episode"] for info in self.locals["infos"] if "episode" in info]
        self.ended += [Ended(self.num_timesteps, episode["r"], episode["l"]) for episode in told]
        return True


def build(configuration: Configuration, seed: int) -> A2C | PPO:
    """SB3's A2C or PPO with the configuration's settings. ValueError for a value that this peer does not support."""
    if configuration.algorithm not in ("a2c", "ppo"):
        raise ValueError(f"algorithm: {configuration.algorithm!r} is not what Stable-Baselines3 does")
    images = configuration.network == "cnn"
    fixed = {field: Configuration.model_fields[field].default for field in FIXED}
    for field, value in {**fixed, **(OF_IMAGES if images else {"reward_clip": None})}.items():
        if getattr(configuration, field) != value:
            raise ValueError(f"{field}: {getattr(configuration, field)!r} is not what Stable-Baselines3 does")
    by_gae = configuration.advantage_estimator == "gae"
    network = {"ortho_init": configuration.init == "orthogonal"} if images else _network(configuration)
    is_ppo = configuration.algorithm == "ppo"
    # A2C's optimiser is chosen in the policy's arguments instead
    own = _of_ppo(configuration) if is_ppo else {"use_rms_prop": False}
    return (PPO if is_ppo else A2C)(
        "CnnPolicy" if images else "MlpPolicy",
        _normalised(_atari(configuration, seed) if images else _flat(configuration, seed), configuration),
        learning_rate=_learning_rate(configuration),
        n_steps=configuration.n_steps,
        gamma=configuration.gamma,
        gae_lambda=configuration.gae_lambda if by_gae else 1.0,
        ent_coef=configuration.entropy_coef,
        vf_coef=configuration.value_loss_coef,
        max_grad_norm=float("inf") if configuration.max_grad_norm is None else configuration.max_grad_norm,
        normalize_advantage=configuration.normalize_advantage,
        policy_kwargs={"log_std_init": configuration.log_std_init, **network, **_optimizer(configuration)},
        seed=seed,
        device="cpu",
        **own,
    )


def _learning_rate(configuration: Configuration) -> float | Callable[[float], float]:
    rate = configuration.learning_rate
    return rate if configuration.lr_schedule == "constant" else lambda share_left: rate * share_left


def _flat(configuration: Configuration, seed: int) -> VecEnv:
    return make_vec_env(configuration.env_id, configuration.n_envs, seed=seed)


def _normalised(environments: VecEnv, configuration: Configuration) -> VecEnv:
    """Within SB3's normalisation where the configuration has it. Episodes are counted inside of it."""
    observations, rewards = configuration.normalize_observations, configuration.normalize_rewards
    if not observations and not rewards:
        return environments
    return VecNormalize(environments, norm_obs=observations, norm_reward=rewards, gamma=configuration.gamma)


def _of_ppo(configuration: Configuration) -> dict[str, Any]:
    rows = configuration.n_envs * configuration.n_steps
    if rows % configuration.n_minibatches:
        raise ValueError(f"n_minibatches: {configuration.n_minibatches} does not divide {rows} rows")
    return {
        "n_epochs": configuration.n_epochs,
        "batch_size": rows // configuration.n_minibatches,
        "clip_range": float("inf") if configuration.clip_range is None else configuration.clip_range,
    }


def _atari(configuration: Configuration, seed: int) -> VecEnv:
    """SB3's Atari wrappers with the configuration's protocol."""
    gym.register_envs(ale_py)
    classic = configuration.atari_protocol == "classic"
    environments = make_atari_env(
        configuration.env_id,
        configuration.n_envs,
        seed=seed,
        env_kwargs={"frameskip": 1, "repeat_action_probability": 0.0 if classic else 0.25},
        wrapper_kwargs={"noop_max": 30 if classic else 0, "terminal_on_life_loss": classic},
    )
    return VecFrameStack(environments, n_stack=4)


def train(configuration: Configuration, seed: int) -> list[Ended]:
    """Train one run; gives its training episodes."""
    episodes = Episodes()
    build(configuration, seed).learn(configuration.total_steps, callback=episodes)
    return episodes.ended


def _network(configuration: Configuration) -> dict[str, Any]:
    sizes, activation = configuration.hidden_sizes, configuration.activation
    orthogonal = {"ortho_init": configuration.init == "orthogonal"}
    if configuration.shared_trunk:
        trunk = {"hidden_sizes": sizes, "activation": activation}
        return {"features_extractor_class": Trunk, "features_extractor_kwargs": trunk, "net_arch": [], **orthogonal}
    trunks = {"pi": list(sizes), "vf": list(sizes)}
    return {"net_arch": trunks, "activation_fn": ACTIVATIONS[activation], **orthogonal}


def _optimizer(configuration: Configuration) -> dict[str, Any]:
    arguments = {"eps": configuration.optimizer_eps}
    if configuration.optimizer != "adam":
        arguments["alpha"] = configuration.rmsprop_alpha
    return {"optimizer_class": OPTIMIZERS[configuration.optimizer], "optimizer_kwargs": arguments}
