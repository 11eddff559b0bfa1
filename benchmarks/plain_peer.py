"""REINFORCE and A3C in plain PyTorch, written for comparison: modules, autograd and optimisers of `torch`, Gymnasium's
single environments, and a seed that sets PyTorch's global generator.

Nothing is shared with `a2c` but the configuration. Time limits bootstrap from the critic, as by default.
"""

import copy
import heapq
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from a2c.config import Configuration

# Fields for which this peer supports only our default.
FIXED = (
    "env_kwargs", "lr_schedule", "time_limit", "device", "init", "reward_clip", "returns", "total_episodes",
    "train_on_reset_rows", "stop_return",
)  # fmt: skip


class Ended(NamedTuple):
    """A finished training episode."""

    step: int  # the run's agent steps when it ended; there are no reset rows
    total_reward: float
    length: int


class ActorCritic(nn.Module):
    """Policy and value with one trunk, or a trunk each."""

    def __init__(self, configuration: Configuration, n_inputs: int, n_actions: int) -> None:
        super().__init__()
        activation = {"relu": nn.ReLU, "tanh": nn.Tanh}[configuration.activation]

        def trunk() -> nn.Sequential:
            widths = pairwise([n_inputs, *configuration.hidden_sizes])
            return nn.Sequential(*(part for ends in widths for part in (nn.Linear(*ends), activation())))

        self.policy_trunk = trunk()
        self.value_trunk = self.policy_trunk if configuration.shared_trunk else trunk()
        self.policy = nn.Linear(configuration.hidden_sizes[-1], n_actions)
        self.value = nn.Linear(configuration.hidden_sizes[-1], 1)

    def forward(self, observations: Tensor) -> tuple[torch.distributions.Categorical, Tensor]:
        """The policy, and values [rows], at observations [rows, numbers]."""
        logits = self.policy(self.policy_trunk(observations))
        return torch.distributions.Categorical(logits=logits), self.value(self.value_trunk(observations)).squeeze(-1)


class Played(NamedTuple):
    """Steps of one environment."""

    observations: Tensor  # [steps, numbers]
    actions: Tensor  # [steps]
    rewards: list[float]
    ends: list[bool]  # the episode ended
    after: list[float]  # value of the next observation where the episode ended or the steps end; 0 at a termination


class Player:
    """An environment, and the episode in progress."""

    def __init__(self, env_id: str, seed: int) -> None:
        self.env: gym.Env[Any, Any] = gym.make(env_id)
        self.observation, _ = self.env.reset(seed=seed)
        self.total_reward, self.length = 0.0, 0

    @torch.no_grad()
    def play(self, model: ActorCritic, n_steps: int | None, bootstraps: bool) -> tuple[Played, list[Ended]]:
        """Play `n_steps` steps, or to the end of the episode; also gives the episodes that ended, by these steps."""
        observations, actions, after, ended = [], [], [], []
        rewards: list[float] = []
        ends: list[bool] = []
        while len(rewards) != n_steps and not (n_steps is None and ends and ends[-1]):
            observations.append(torch.as_tensor(self.observation, dtype=torch.float32))
            action = model(observations[-1][None])[0].sample()[0]
            following, reward, terminated, truncated, _ = self.env.step(action.item())
            done = terminated or truncated
            is_last = done or len(rewards) + 1 == n_steps
            value = model(torch.as_tensor(following, dtype=torch.float32)[None])[1].item() if is_last else 0.0
            actions.append(action)
            rewards.append(float(reward))
            ends.append(done)
            after.append(0.0 if terminated or (done and not bootstraps) else value)
            self.total_reward, self.length = self.total_reward + float(reward), self.length + 1
            self.observation = following
            if done:
                ended.append(Ended(len(rewards), self.total_reward, self.length))
                self.observation, _ = self.env.reset()
                self.total_reward, self.length = 0.0, 0
        return Played(torch.stack(observations), torch.stack(actions), rewards, ends, after), ended


def train(configuration: Configuration, seed: int) -> list[Ended]:
    """Train REINFORCE or A3C; the episodes in the order of their ends. ValueError for a value that is not supported."""
    for field in FIXED:
        if getattr(configuration, field) != Configuration.model_fields[field].default:
            raise ValueError(f"{field}: {getattr(configuration, field)!r} is not supported by this peer")
    torch.manual_seed(seed)
    return list({"reinforce": reinforce, "a3c": a3c}[configuration.algorithm](configuration, seed))


def build(configuration: Configuration) -> ActorCritic:
    """The network for a configuration's environment."""
    env = gym.make(configuration.env_id)
    assert isinstance(env.action_space, gym.spaces.Discrete)
    return ActorCritic(configuration, gym.spaces.flatdim(env.observation_space), int(env.action_space.n))


def optimizer_of(configuration: Configuration, model: nn.Module) -> torch.optim.Optimizer:
    """Adam or RMSprop."""
    rate, eps = configuration.learning_rate, configuration.optimizer_eps
    if configuration.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), lr=rate, eps=eps)
    if configuration.optimizer == "rmsprop":
        return torch.optim.RMSprop(model.parameters(), lr=rate, eps=eps, alpha=configuration.rmsprop_alpha)
    raise ValueError(f"optimizer: {configuration.optimizer!r} is not supported by this peer")


def reinforce(configuration: Configuration, seed: int) -> Iterator[Ended]:
    """An update after `episodes_per_update` whole episodes."""
    model, player = build(configuration), Player(configuration.env_id, seed)
    optimizer = optimizer_of(configuration, model)
    has_critic, past, steps = configuration.baseline == "value", [0.0, 0.0], 0
    while steps < configuration.total_steps:
        parts, returns = [], []
        for _ in range(configuration.episodes_per_update):
            played, ended = player.play(model, None, has_critic)
            parts.append(played)
            returns.append(returns_to_go(played, configuration.gamma))
            steps += len(played.rewards)
            yield Ended(steps, *ended[0][1:])
        g = torch.cat(returns)
        policy, values = model(torch.cat([played.observations for played in parts]))
        mean = past[0] / past[1] if past[1] else 0.0
        baseline = {"none": 0.0, "mean": mean, "value": values.detach()}[configuration.baseline]
        past = [past[0] + float(g.double().sum()), past[1] + len(g)]
        actions = torch.cat([played.actions for played in parts])
        loss = loss_of(configuration, policy, actions, g - baseline)
        if has_critic:
            loss = loss + configuration.value_loss_coef * mse_loss(values, g)
        descend(configuration, model, loss)
        optimizer.step()


def a3c(configuration: Configuration, seed: int) -> Iterator[Ended]:
    """Workers with copies of the weights; the one that is ready first learns next."""
    shared, clock = build(configuration), np.random.default_rng(seed)
    optimizer = optimizer_of(configuration, shared)
    workers = [Player(configuration.env_id, 1000 * seed + number) for number in range(configuration.n_envs)]
    copies = [copy.deepcopy(shared) for _ in workers]

    def duration() -> float:
        return 1 + configuration.asynchrony * float(clock.uniform(-1, 1))

    ready, steps = sorted((duration(), number) for number in range(len(workers))), 0
    while steps < configuration.total_steps:
        time, number = ready[0]
        heapq.heapreplace(ready, (time + duration(), number))
        model = copies[number]
        played, ended = workers[number].play(model, configuration.n_steps, True)
        for after, total_reward, length in ended:
            yield Ended(steps + after, total_reward, length)
        steps += len(played.rewards)
        policy, values = model(played.observations)
        advantages = advantages_of(configuration, played, values.detach().tolist())
        loss = loss_of(configuration, policy, played.actions, advantages)
        loss = loss + configuration.value_loss_coef * mse_loss(values, advantages + values.detach())
        descend(configuration, model, loss)
        for ours, theirs in zip(shared.parameters(), model.parameters(), strict=True):
            ours.grad = theirs.grad
        optimizer.step()
        model.load_state_dict(shared.state_dict())


def returns_to_go(played: Played, gamma: float) -> Tensor:
    """Discounted rewards from each step of an episode on."""
    returns: list[float] = []
    following = played.after[-1]
    for reward in reversed(played.rewards):
        following = reward + gamma * following
        returns.insert(0, following)
    return torch.tensor(returns)


def advantages_of(configuration: Configuration, played: Played, values: list[float]) -> Tensor:
    """GAE; with lambda 1 n-step returns less the values."""
    lambda_ = configuration.gae_lambda if configuration.advantage_estimator == "gae" else 1.0
    advantages: list[float] = []
    following = 0.0
    for t in reversed(range(len(values))):
        is_last = played.ends[t] or t == len(values) - 1
        after = played.after[t] if is_last else values[t + 1]
        delta = played.rewards[t] + configuration.gamma * after - values[t]
        following = delta + (0.0 if is_last else configuration.gamma * lambda_ * following)
        advantages.insert(0, following)
    return torch.tensor(advantages)


def loss_of(
    configuration: Configuration, policy: torch.distributions.Categorical, actions: Tensor, weights: Tensor
) -> Tensor:
    """The policy's loss with its entropy bonus."""
    if configuration.normalize_advantage:
        weights = (weights - weights.mean()) / (weights.std() + 1e-8)
    return -(policy.log_prob(actions) * weights).mean() - configuration.entropy_coef * policy.entropy().mean()


def descend(configuration: Configuration, model: nn.Module, loss: Tensor) -> None:
    """The gradient of the loss, clipped."""
    model.zero_grad()
    loss.backward()
    if configuration.max_grad_norm is not None:
        nn.utils.clip_grad_norm_(model.parameters(), configuration.max_grad_norm)
