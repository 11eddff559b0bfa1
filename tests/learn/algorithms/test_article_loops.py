"""What the article's two training loops compute as they are printed."""

import gymnasium as gym
import numpy as np
import pytest
import torch
from torch import Tensor, nn, optim

from a2c.config import Configuration
from a2c.envs import check
from a2c.learn.algorithms.reinforce import Reinforce


class A2CNetwork(nn.Module):
    """A trunk of two layers and two heads."""

    def __init__(self, obs_size: int, n_actions: int, hidden_size: int = 16) -> None:
        super().__init__()
        self.shared = nn.Sequential(
            nn.Linear(obs_size, hidden_size), nn.ReLU(), nn.Linear(hidden_size, hidden_size), nn.ReLU()
        )
        self.actor = nn.Linear(hidden_size, n_actions)
        self.critic = nn.Linear(hidden_size, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = self.shared(x)
        return self.actor(features), self.critic(features)

    def get_action_and_value(self, state: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        logits, value = self.forward(state)
        dist = torch.distributions.Categorical(logits=logits)
        action = dist.sample()
        return action, dist.log_prob(action), value.squeeze(-1), dist.entropy()


def test_the_main_loop_as_printed_has_no_gradient() -> None:
    """Its loss is made of log-probabilities and values that were computed under `no_grad`."""
    envs = gym.make_vec("CartPole-v1", num_envs=2)
    model = A2CNetwork(4, 2)
    optimizer = optim.Adam(model.parameters(), lr=7e-4)
    obs, _ = envs.reset(seed=0)
    log_probs, values, rewards, entropies = [], [], [], []
    for _ in range(5):
        with torch.no_grad():
            action, log_prob, value, entropy = model.get_action_and_value(torch.tensor(obs))
        obs, reward, *_ = envs.step(action.numpy())
        log_probs.append(log_prob)
        values.append(value)
        entropies.append(entropy)
        rewards.append(torch.tensor(reward, dtype=torch.float32))
    envs.close()
    advantages = torch.stack(rewards).view(-1) - torch.stack(values).view(-1)
    policy_loss = -(torch.stack(log_probs).view(-1) * advantages.detach()).mean()
    value_loss = nn.functional.mse_loss(torch.stack(values).view(-1), torch.stack(rewards).view(-1))
    loss = policy_loss + 0.5 * value_loss - 0.01 * torch.stack(entropies).mean()
    optimizer.zero_grad()
    with pytest.raises(RuntimeError, match="does not require grad"):
        loss.backward()


@pytest.mark.filterwarnings("ignore:Using a target size")  # the loop's broadcast, which PyTorch warns of
def test_the_second_loop_as_printed_is_reinforce_with_the_mean_return_of_the_episode() -> None:
    """[T] - [T, 1] is [T, T]: in row t all returns less the value of step t. Its mean weight is mean(G) - v_t."""
    configuration = Configuration(
        algorithm="reinforce", n_envs=1, returns="episode_mean", normalize_advantage=False, time_limit="terminal",
        hidden_sizes=(16, 16),
    )  # fmt: skip
    lane = Reinforce(configuration, 1, check(configuration, "test"))
    model = A2CNetwork(4, 2)
    layers = {"shared.0": model.shared[0], "shared.1": model.shared[2]}
    heads = lane.model.parameters.named
    with torch.no_grad():
        for name, layer in layers.items():
            layer.weight.copy_(heads[f"{name}.weight"][0].T)
            layer.bias.copy_(heads[f"{name}.bias"][0, 0])
        for part, head in ((slice(0, 2), model.actor), (slice(2, 3), model.critic)):
            head.weight.copy_(heads["shared.2.weight"][0, :, part].T)
            head.bias.copy_(heads["shared.2.bias"][0, 0, part])
    while not lane.is_over:
        lane.collect()
    states = torch.tensor(np.concatenate([step.observations[0] for step in lane.rollout]))
    actions = torch.tensor(np.concatenate([step.action[0] for step in lane.rollout]))
    rewards = [float(step.row.rewards[0, 0]) for step in lane.rollout]
    rollout = lane.whole_rollout()

    log_probs, values, entropies = [], [], []
    for state, action in zip(states, actions, strict=True):  # batches of one, as in the loop
        logits, value = model(state[None])
        dist = torch.distributions.Categorical(logits=logits)
        log_probs.append(dist.log_prob(action[None]))
        values.append(value.squeeze(-1))
        entropies.append(dist.entropy())
    returns: list[float] = []
    following = 0.0
    for reward in reversed(rewards):
        following = reward + 0.99 * following
        returns.insert(0, following)
    targets, values_t = torch.tensor(returns), torch.stack(values)
    advantages = targets - values_t.detach()
    assert advantages.shape == (len(returns), len(returns))
    policy_loss = -(torch.stack(log_probs) * advantages).mean()
    value_loss = nn.functional.mse_loss(values_t, targets)
    (policy_loss + 0.5 * value_loss - 0.01 * torch.stack(entropies).mean()).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)

    lane.learning.update(lane.model, rollout, lane.estimate(rollout))
    found = lane.model.gradients.named
    for name, layer in layers.items():
        np.testing.assert_allclose(found[f"{name}.weight"][0].T, layer.weight.grad, rtol=1e-3, atol=1e-5)
    for part, head in ((slice(0, 2), model.actor), (slice(2, 3), model.critic)):
        np.testing.assert_allclose(found["shared.2.weight"][0, :, part].T, head.weight.grad, rtol=1e-3, atol=1e-5)
