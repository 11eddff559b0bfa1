"""REINFORCE's gradient: autograd's on the definition; unbiased where the gradient is known; the article's code."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from a2c.config import Configuration
from a2c.core.choose import load
from a2c.core.face import Lane
from a2c.core.settings import Settings
from a2c.envs import check
from a2c.learn.algorithms.a2c import Rollout
from a2c.learn.algorithms.reinforce import Reinforce, episode_means
from tests.learn.learners import settled


@pytest.fixture(autouse=True)
def _as_in_a_training_process() -> Iterator[None]:
    with settled():
        yield


# ---------------------------------------------------------------------------------------------------- the definition


def lane_of(**fields: Any) -> Reinforce:
    defaults = {"algorithm": "reinforce", "n_envs": 1, "hidden_sizes": (16,), "max_grad_norm": None}
    configuration = Configuration(**{**defaults, **fields})
    return Reinforce(configuration, 3, check(configuration, "test"))


def played(lane: Reinforce) -> Rollout:
    """A rollout of whole episodes."""
    while not lane.is_over:
        lane.collect()
    rollout = lane.whole_rollout()
    lane._begin_rollout()
    return rollout


class Network(nn.Module):
    """The lane's network in double precision, by autograd."""

    def __init__(self, lane: Reinforce) -> None:
        super().__init__()
        named = {name: tensor[0].double() for name, tensor in lane.model.parameters.named.items()}
        self.weights = nn.ParameterDict(
            {name.replace(".", "_"): nn.Parameter(tensor.clone()) for name, tensor in named.items()}
        )

    def forward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [steps, actions], values [steps]."""
        w = self.weights
        hidden = torch.relu(observations.double() @ w["shared_0_weight"] + w["shared_0_bias"])
        outputs = hidden @ w["shared_1_weight"] + w["shared_1_bias"]
        return outputs[:, :-1], outputs[:, -1]


def returns_to_go(rewards: list[float], gamma: float, after: float) -> list[float]:
    """Of one episode, each as the sum of its definition; `after`: the value that goes on from the end."""
    n = len(rewards)
    return [sum(gamma ** (k - t) * rewards[k] for k in range(t, n)) + gamma ** (n - t) * after for t in range(n)]


CASES: dict[str, dict[str, Any]] = {
    "none": {"baseline": "none"},
    "mean": {"baseline": "mean", "normalize_advantage": False},
    "value": {"entropy_coef": 0.1, "value_loss_coef": 0.25},
    "cut by the limit": {"env_kwargs": {"max_episode_steps": 7}},
    "cut by the limit, terminal": {"env_kwargs": {"max_episode_steps": 7}, "time_limit": "terminal"},
    "episode means": {"returns": "episode_mean", "episodes_per_update": 3},
    "clipped rewards": {"reward_clip": 0.5, "gamma": 0.9},
}


@pytest.mark.parametrize("fields", CASES.values(), ids=CASES)
def test_the_gradient_is_autograds_of_the_definition(fields: dict[str, Any]) -> None:
    lane = lane_of(**{"episodes_per_update": 2, **fields})
    c = lane.configuration
    past: list[float] = []
    for _ in range(2):  # the second update has a mean of past returns
        network, observed = Network(lane), []
        collect = lane._step

        def step(action: NDArray[Any], collect: Any = collect, observed: list[Any] = observed) -> Any:
            observed.append(lane.actors.observations[0, 0])
            return collect(action)

        lane._step = step  # type: ignore[method-assign]
        rollout = played(lane)
        lane._step = collect  # type: ignore[method-assign]
        observations = torch.tensor(np.array([*observed, lane.actors.observations[0, 0]]))
        logits, values = network(observations)
        log_pi = logits.log_softmax(dim=1)
        targets = definition(rollout, values.detach().tolist(), c)
        steps = sorted(targets)
        g = torch.tensor([targets[t] for t in steps], dtype=torch.float64)
        mean = sum(past) / len(past) if past else 0.0
        baseline = {"none": 0.0, "mean": mean, "value": values[steps].detach()}[c.baseline]
        weights = g - baseline
        if c.normalize_advantage:
            weights = (weights - weights.mean()) / (weights.std() + 1e-8)
        actions = torch.tensor(rollout.actions[0, :, 0])[steps]
        loss = -(log_pi[steps, actions] * weights).mean()
        loss -= c.entropy_coef * -(log_pi.exp() * log_pi)[steps].sum(dim=1).mean()
        if c.baseline == "value":
            loss += c.value_loss_coef * (values[steps] - g).square().mean()
        loss.backward()
        lane.learning.update(lane.model, rollout, lane.estimate(rollout))
        for name, parameter in network.weights.items():
            assert parameter.grad is not None
            found = lane.model.gradients.named[name.replace("_", ".")][0].numpy()
            np.testing.assert_allclose(found, parameter.grad.numpy(), rtol=1e-3, atol=2e-5)
        past += g.tolist()


def definition(rollout: Rollout, values: list[float], c: Configuration) -> dict[int, float]:
    """The return of each step of each episode."""
    found: dict[int, float] = {}
    rewards = rollout.rewards[0, :, 0].tolist()
    first = 0
    for t, (terminated, truncated) in enumerate(
        zip(rollout.terminated[0, :, 0], rollout.truncated[0, :, 0], strict=True)
    ):
        if not (terminated or truncated):
            continue
        steps = [k for k in range(first, t + 1) if rollout.valid[0, k, 0]]
        goes_on = truncated and not terminated and c.baseline == "value" and c.time_limit == "bootstrap"
        seen = [min(rewards[k], c.reward_clip or np.inf) for k in steps]
        g = returns_to_go(seen, c.gamma, values[t + 1] if goes_on else 0.0)
        if c.returns == "episode_mean":
            g = [sum(g) / len(g)] * len(g)
        found.update(zip(steps, g, strict=True))
        first = t + 1
    return found


def test_the_mean_of_each_episode_leaves_out_reset_rows_and_what_is_not_finished() -> None:
    returns = np.array([[1, 3, 100, 2, 5, 100, 7]], dtype=np.float32)
    ended = np.array([[0, 1, 0, 0, 1, 0, 0]], dtype=bool)
    valid = np.array([[1, 1, 0, 1, 1, 0, 0]], dtype=bool)
    means = episode_means(returns, ended, valid)
    assert means[valid].tolist() == [2.0, 2.0, 3.5, 3.5]


# -------------------------------------------------------------------------------------------- a gradient that is known

# Two states, two actions, two steps. In A action 0 gives 1 and stays; action 1 gives 0 and leads to B. In B action 0
# gives 3, action 1 gives -1; either ends. A second step in A gives 1 for action 0 and 0 for action 1.
STATES = np.eye(2, dtype=np.float32)
TWO_STATES = Settings(
    None, 2, 2, 2, hidden_sizes=(5,), algorithm="reinforce", n_envs=1, normalize_advantage=False, gamma=1.0,
    entropy_coef=0.0, value_loss_coef=0.0, max_grad_norm=None, learning_rate=0.0, total_steps=10**9,
)  # fmt: skip


def outcome(first: int, second: int) -> tuple[list[int], list[float]]:
    """The states and rewards of two actions."""
    states = [0, first]
    return states, [[1.0, 0.0][first], ([1.0, 0.0], [3.0, -1.0])[first][second]]


def expected_return(logits: NDArray[np.float64]) -> float:
    """Of the policy with these `logits` [states, actions]."""
    pi = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return sum(
        pi[0, first] * pi[outcome(first, second)[0][1], second] * sum(outcome(first, second)[1])
        for first, second in itertools.product(range(2), repeat=2)
    )


def head_gradient(lane: Lane) -> NDArray[np.float64]:
    """d J / d (biases of the policy's head), by differences of the closed form."""
    evaluator = lane.evaluator(2)
    logits = evaluator.forward(STATES)[0].astype(np.float64)
    small = 1e-5
    return np.array(
        [
            (expected_return(logits + small * unit) - expected_return(logits - small * unit)) / (2 * small)
            for unit in np.eye(2)
        ]
    )


def episode(lane: Lane, reset_row: bool) -> None:
    """An episode, and an update from it that leaves the weights as they are."""
    if reset_row:
        lane.act(STATES[:1])
        lane.record(np.zeros(1), np.zeros(1, bool), np.zeros(1, bool))
    first = int(lane.act(STATES[:1])[0, 0])
    states, rewards = outcome(first, 0)
    lane.record(np.array(rewards[:1]), np.zeros(1, bool), np.zeros(1, bool))
    second = int(lane.act(STATES[states[1]][None])[0, 0])
    lane.record(np.array(outcome(first, second)[1][1:]), np.ones(1, bool), np.zeros(1, bool))
    lane.learn(STATES[:1])


@pytest.mark.parametrize("baseline", ["none", "mean", "value"])
def test_the_gradient_is_unbiased_where_it_is_known(baseline: str) -> None:
    """The mean over episodes is the gradient of the expected return, over the two steps that the loss is a mean of."""
    lane = load().lane(replace(TWO_STATES, baseline=baseline), 5)
    gradients = []
    for number in range(3000):
        episode(lane, reset_row=number > 0)
        gradients.append(lane.gradients()["shared.1.bias"][0, :2].astype(np.float64))
    mean, error = np.mean(gradients, axis=0), np.std(gradients, axis=0) / np.sqrt(len(gradients))
    known = -head_gradient(lane) / 2
    assert (np.abs(known) > 8 * error).all()  # a wrong sign or factor would be seen
    assert (np.abs(mean - known) < 4 * error).all()
