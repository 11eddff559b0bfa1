"""Stable-Baselines3's A2C and PPO, set to our weights and trained on our rollouts."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any
from unittest import mock

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import A2C, PPO
from stable_baselines3.common.buffers import RolloutBuffer
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.sb2_compat.rmsprop_tf_like import RMSpropTFLike
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

from a2c.config import Configuration
from a2c.envs import Facts
from a2c.learn.algorithms.a2c import Rollout
from a2c.learn.learner import Learner

Array = NDArray[np.float32]
OPTIMIZERS = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop, "rmsprop_tf": RMSpropTFLike}


def returns_and_advantages(rollout: Rollout, env: int, gamma: float, gae_lambda: float) -> tuple[Array, Array]:
    """Stable-Baselines3's estimates for the valid rows of one environment of the first lane, each [rows].

    Its environments reset within the step that ends an episode, so they have no reset rows. At a time limit, the value
    of the final observation is added to the reward, `r + gamma V(final)`. In our rollout that observation is in the
    next row.
    """
    rewards, terminated, truncated, valid = (
        field[0, :, env] for field in (rollout.rewards, rollout.terminated, rollout.truncated, rollout.valid)
    )
    values = rollout.values[0].numpy().reshape(len(rewards) + 1, -1)[:, env]
    rewards = rewards + gamma * values[1:] * (truncated & ~terminated)
    ended = (terminated | truncated)[valid]
    spaces = gym.spaces.Box(-1, 1, (1,)), gym.spaces.Discrete(2)
    buffer = RolloutBuffer(int(valid.sum()), *spaces, "cpu", gamma=gamma, gae_lambda=gae_lambda)
    nothing = np.zeros((1, 1), dtype=np.float32)
    for row, t in enumerate(np.flatnonzero(valid)):
        starts = np.array([row == 0 or ended[row - 1]])
        buffer.add(nothing, nothing, rewards[[t]], starts, torch.tensor([values[t]]), torch.zeros(1))
    buffer.compute_returns_and_advantage(torch.tensor(values[-1:]), ended[-1:])
    return buffer.returns[:, 0], buffer.advantages[:, 0]


class Trunk(BaseFeaturesExtractor):
    """The shared trunk. Stable-Baselines3 adds its two heads."""

    def __init__(self, observation_space: gym.spaces.Box, hidden_sizes: tuple[int, ...], activation: Any) -> None:
        super().__init__(observation_space, hidden_sizes[-1])
        widths = [observation_space.shape[0], *hidden_sizes]
        self.layers = nn.Sequential(*(part for a, b in pairwise(widths) for part in (nn.Linear(a, b), activation())))

    def forward(self, observations: Tensor) -> Tensor:
        return self.layers(observations)


class Peer:
    """Stable-Baselines3's A2C with a learner's settings and the weights of its only lane."""

    def __init__(self, learner: Learner) -> None:
        self.shared_trunk = learner.configuration.shared_trunk
        self.model = self._made(learner)
        self.model.set_logger(Logger(None, []))
        self._take_weights(learner)

    def _made(self, learner: Learner) -> A2C | PPO:
        return A2C(*self._world(learner), **self._settings(learner.configuration))

    def _settings(self, configuration: Configuration) -> dict[str, Any]:
        return {
            "learning_rate": configuration.learning_rate,
            "gamma": configuration.gamma,
            "gae_lambda": configuration.gae_lambda,
            "ent_coef": configuration.entropy_coef,
            "vf_coef": configuration.value_loss_coef,
            "max_grad_norm": configuration.max_grad_norm,
            "normalize_advantage": configuration.normalize_advantage,
            "policy_kwargs": self._architecture(configuration) | _optimizer(configuration),
            "device": "cpu",
        }

    def _world(self, learner: Learner) -> tuple[str, gym.Env]:
        facts = learner.facts
        return "MlpPolicy", Spaces(gym.spaces.Box(-np.inf, np.inf, facts.observation_shape), actions_of(facts))

    def _take_weights(self, learner: Learner) -> None:
        if "log_std" in learner.model.parameters.named:
            policy: Any = self.model.policy
            policy.log_std.data.copy_(learner.model.parameters.named["log_std"][0, 0])
        for name, columns in self._layers().items():
            weight, bias = (learner.model.parameters.named[f"{name}.{kind}"][0] for kind in ("weight", "bias"))
            start = 0
            for layer in columns:  # ours are [inputs, outputs], and a shared head is both heads side by side
                part = slice(start, start := start + layer.out_features)
                layer.weight.data.copy_(weight[:, part].T)
                layer.bias.data.copy_(bias[0, part])

    def _layers(self) -> dict[str, list[nn.Linear]]:
        """Every layer by our name; our shared head is two layers here."""
        policy: Any = self.model.policy
        heads = [policy.action_net], [policy.value_net]
        if self.shared_trunk:
            columns = {"shared": (policy.features_extractor.layers, heads[0] + heads[1])}
        else:
            extractor = policy.mlp_extractor
            columns = {"policy": (extractor.policy_net, heads[0]), "value": (extractor.value_net, heads[1])}
        return {
            f"{column}.{i}": layer
            for column, (trunk, head) in columns.items()
            for i, layer in enumerate([*([hidden] for hidden in trunk[::2]), head])
        }

    def tensors(self, what: str) -> dict[str, NDArray[np.float32]]:
        """Its `weights` or its clipped `gradients`, with our names and layout."""
        found: dict[str, NDArray[np.float32]] = {}
        for name, columns in self._layers().items():
            parts: Any = [layer.weight for layer in columns], [layer.bias for layer in columns]
            weight, bias = (
                torch.cat([one.grad if what == "gradients" else one.detach() for one in part]) for part in parts
            )
            found |= {f"{name}.weight": weight.T.numpy(), f"{name}.bias": bias[None].numpy()}
        if (log_std := getattr(self.model.policy, "log_std", None)) is not None:
            found["log_std"] = (log_std.grad if what == "gradients" else log_std.detach())[None].numpy()
        return found

    def train(self, rollout: Rollout) -> dict[str, float]:
        """One update with the valid rows of our rollout and the peer's own estimates; gives its metrics by our names.

        The peer has no mask, so reset rows are left out. The order of rows does not affect its update.
        """
        self.model.rollout_buffer = self._buffer(rollout)
        with _norms_seen() as norms:
            self.model.train()
        logged = self.model.logger.name_to_value
        return {
            "policy_loss": logged["train/policy_loss"],
            "value_loss": logged["train/value_loss"],
            "entropy": -logged["train/entropy_loss"],
            "explained_variance": float(logged["train/explained_variance"]),
            "grad_norm": norms[0],
        }

    def _buffer(self, rollout: Rollout) -> RolloutBuffer:
        model, n_envs = self.model, rollout.rewards.shape[2]
        valid = rollout.valid[0].T  # [environments, steps]: one environment after the other
        estimates = [returns_and_advantages(rollout, env, model.gamma, model.gae_lambda) for env in range(n_envs)]
        observations = self._observations(rollout)
        observations = observations.reshape(*valid.T.shape, *observations.shape[1:])
        values = rollout.values[0].numpy().reshape(-1, n_envs)[:-1]
        buffer = RolloutBuffer(int(valid.sum()), model.observation_space, model.action_space, "cpu")
        buffer.observations[:, 0] = observations.swapaxes(0, 1)[valid]
        actions = rollout.actions[0].reshape(*valid.T.shape, -1)
        buffer.actions[:, 0] = actions.swapaxes(0, 1)[valid]
        buffer.values[:, 0] = values.T[valid]
        buffer.returns[:, 0] = np.concatenate([returns for returns, _ in estimates])
        buffer.advantages[:, 0] = np.concatenate([advantages for _, advantages in estimates])
        buffer.full = True
        return buffer

    def _observations(self, rollout: Rollout) -> NDArray[Any]:
        """[steps * environments, ...]: the input of the first layer."""
        return rollout.kept[0][0][0].numpy()

    def _architecture(self, configuration: Configuration) -> dict[str, Any]:
        activation = nn.ReLU if configuration.activation == "relu" else nn.Tanh
        sizes = configuration.hidden_sizes
        if configuration.shared_trunk:
            trunk = {"hidden_sizes": sizes, "activation": activation}
            return {"net_arch": [], "features_extractor_class": Trunk, "features_extractor_kwargs": trunk}
        return {"net_arch": {"pi": list(sizes), "vf": list(sizes)}, "activation_fn": activation}


class PPOPeer(Peer):
    """Its PPO. The rows of its minibatches come from its own code, but in the order that ours has."""

    def _made(self, learner: Learner) -> PPO:
        ours = learner.configuration
        self.in_one = ours.n_minibatches == 1
        clip_range = float("inf") if ours.clip_range is None else ours.clip_range
        size = ours.n_envs * ours.n_steps // ours.n_minibatches
        own = {
            "n_steps": ours.n_envs * ours.n_steps,
            "n_epochs": ours.n_epochs,
            "batch_size": size,
            "clip_range": clip_range,
        }
        return PPO(*self._world(learner), **self._settings(ours), **own)

    def train_in_order(self, rollout: Rollout, orders: list[NDArray[np.int64]]) -> dict[str, float]:
        """One update. `orders`: of the rows, [steps * environments], in each pass; every row has to be valid."""
        n_steps, n_envs = rollout.rewards.shape[1:]
        by_environment = [order % n_envs * n_steps + order // n_envs for order in orders]
        with mock.patch.object(np.random, "permutation", side_effect=by_environment):
            return self.train(rollout)

    def train(self, rollout: Rollout) -> dict[str, float]:
        if self.in_one:
            self.model.batch_size = int(rollout.valid.sum())
        self.model.rollout_buffer = self._buffer(rollout)
        with _norms_seen() as norms:
            self.model.train()
        logged = self.model.logger.name_to_value
        return {
            "policy_loss": logged["train/policy_gradient_loss"],
            "value_loss": logged["train/value_loss"],
            "entropy": -logged["train/entropy_loss"],
            "explained_variance": float(logged["train/explained_variance"]),
            "clip_fraction": logged["train/clip_fraction"],
            "grad_norm": float(np.mean(norms)),
        }

    def _buffer(self, rollout: Rollout) -> RolloutBuffer:
        buffer = super()._buffer(rollout)
        actions = torch.from_numpy(buffer.actions[:, 0]).float()
        if isinstance(self.model.action_space, gym.spaces.Discrete):
            actions = actions[:, 0]
        with torch.no_grad():
            _, log_probs, _ = self.model.policy.evaluate_actions(torch.from_numpy(buffer.observations[:, 0]), actions)
        buffer.log_probs[:, 0] = log_probs.numpy()
        return buffer


class Spaces(gym.Env):
    """The spaces of an environment, from which a policy is created."""

    def __init__(self, observations: gym.Space, actions: gym.Space) -> None:
        self.observation_space, self.action_space = observations, actions


def actions_of(facts: Facts) -> gym.Space:
    """A space of the same numbers, one after the other, as the peer wants it."""
    space = facts.action_space
    size = math.prod(space.shape)
    if space.kind == "softmax":
        return gym.spaces.MultiDiscrete(space.choices) if space.shape else gym.spaces.Discrete(space.choices[0])
    return gym.spaces.MultiBinary(size) if space.kind == "bernoulli" else gym.spaces.Box(-1, 1, (size,))


class ImagePeer(Peer):
    """The same with images: its `CnnPolicy`, the article's network except for the number of hidden units."""

    def _world(self, learner: Learner) -> tuple[str, gym.Env]:
        self.convolved = learner.model.network.convolved
        images = gym.spaces.Box(0, 255, learner.facts.observation_shape, np.uint8)
        return "CnnPolicy", Spaces(images, actions_of(learner.facts))

    def _architecture(self, configuration: Configuration) -> dict[str, Any]:
        return {"features_extractor_kwargs": {"features_dim": configuration.hidden_sizes[0]}}

    def _layers(self) -> dict[str, list[nn.Linear]]:
        policy: Any = self.model.policy
        return {
            "shared.0": [policy.features_extractor.linear[0]],
            "shared.1": [policy.action_net, policy.value_net],
        }

    def _convolutions(self) -> dict[str, nn.Conv2d]:
        policy: Any = self.model.policy
        return {f"conv.{i}": layer for i, layer in enumerate(policy.features_extractor.cnn[0:6:2])}

    def _take_weights(self, learner: Learner) -> None:
        super()._take_weights(learner)
        named = learner.model.parameters.named
        for name, layer in self._convolutions().items():
            layer.weight.data.copy_(named[f"{name}.weight"][0].permute(0, 3, 1, 2))
            layer.bias.data.copy_(named[f"{name}.bias"][0])
        first = named["shared.0.weight"][0].unflatten(0, self.convolved)  # [height, width, channels, outputs]
        self._layers()["shared.0"][0].weight.data.copy_(first.permute(3, 2, 0, 1).flatten(1))

    def tensors(self, what: str) -> dict[str, NDArray[np.float32]]:
        found = super().tensors(what)
        height, width, channels = self.convolved
        first = found["shared.0.weight"]  # theirs is flattened with the channels first
        by_pixel = first.reshape(channels, height, width, -1).transpose(1, 2, 0, 3)
        found["shared.0.weight"] = by_pixel.reshape(first.shape)
        for name, layer in self._convolutions().items():
            for kind, tensor in (("weight", layer.weight), ("bias", layer.bias)):
                held = (tensor.grad if what == "gradients" else tensor.detach()).numpy()
                found[f"{name}.{kind}"] = held.transpose(0, 2, 3, 1) if kind == "weight" else held
        return found

    def _observations(self, rollout: Rollout) -> NDArray[np.uint8]:
        scaled = rollout.kept[0][0][0]  # [rows, height, width, frames]
        return (scaled * 255).round().to(torch.uint8).permute(0, 3, 1, 2).numpy()


@contextmanager
def _norms_seen() -> Iterator[list[float]]:
    """Collect the gradient norms that PyTorch's clipping computes, because the peer does not log them."""
    clip, seen = nn.utils.clip_grad_norm_, []
    with mock.patch.object(nn.utils, "clip_grad_norm_", lambda *arguments: seen.append(float(clip(*arguments)))):
        yield seen


def _optimizer(configuration: Configuration) -> dict[str, Any]:
    alpha = {} if configuration.optimizer == "adam" else {"alpha": configuration.rmsprop_alpha}
    kwargs = {"eps": configuration.optimizer_eps, **alpha}
    return {"optimizer_class": OPTIMIZERS[configuration.optimizer], "optimizer_kwargs": kwargs}
