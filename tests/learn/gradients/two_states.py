"""A problem of two states whose policy gradients have a closed form."""

from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray

from a2c.config.gradients import Estimator

ENV_ID = "a2c-tests/TwoStates-v0"
TIME_LIMIT = 60  # reached with a probability of 5e-10
END = 0.3  # probability that an episode ends with a step
MOVE = np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.3, 0.7], [0.6, 0.4]]])  # [state, action, next state]
REWARD = np.array([[1.0, -0.5], [0.2, 2.0]])  # [state, action]

Array = NDArray[np.float64]


class TwoStates(gym.Env[NDArray[np.float32], int]):
    """The observation is the state, one-hot; an episode begins in either state with the same probability."""

    observation_space = gym.spaces.Box(0, 1, (2,))
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[NDArray[np.float32], dict[str, Any]]:
        super().reset(seed=seed)
        self.state = int(self.np_random.random() < 0.5)
        return self._observe(), {}

    def step(self, action: int) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        reward = float(REWARD[self.state, action])
        self.state = int(self.np_random.random() < MOVE[self.state, action, 1])
        return self._observe(), reward, bool(self.np_random.random() < END), False, {}

    def _observe(self) -> NDArray[np.float32]:
        return np.eye(2, dtype=np.float32)[self.state]


gym.register(ENV_ID, entry_point=TwoStates, max_episode_steps=TIME_LIMIT)


class ClosedForm:
    """What is true of a policy and a critic with these weights: a trunk of one tanh layer with both heads."""

    def __init__(self, weights: dict[str, NDArray[np.float32]], gamma: float) -> None:
        self.gamma = gamma
        tensors = {
            name: torch.tensor(array, dtype=torch.float64, requires_grad=True) for name, array in weights.items()
        }
        hidden = torch.tanh(torch.eye(2, dtype=torch.float64) @ tensors["shared.0.weight"] + tensors["shared.0.bias"])
        outputs = hidden @ tensors["shared.1.weight"] + tensors["shared.1.bias"]
        log_pi = torch.log_softmax(outputs[:, :2], dim=1)
        self.pi: Array = log_pi.exp().detach().numpy()
        self.critic: Array = outputs[:, 2].detach().numpy()
        self.scores = np.stack([[self._score(log_pi[s, a], tensors) for a in range(2)] for s in range(2)])
        self.rows = self._rows()

    def _score(self, log_pi: torch.Tensor, tensors: dict[str, torch.Tensor]) -> Array:
        """The gradient of -log pi(action) by all parameters, in the order of their names."""
        parts = torch.autograd.grad(-log_pi, [tensors[name] for name in sorted(tensors)], retain_graph=True)
        return np.concatenate([part.numpy().ravel() for part in parts])

    def _rows(self) -> Array:
        """The share of rows in each state; what is left are reset rows."""
        between = np.einsum("sa,sat->st", self.pi, MOVE) * (1 - END)
        chain = np.block([[between, np.full((2, 1), END)], [np.full((1, 2), 0.5), np.zeros((1, 1))]])
        matrix = np.vstack([chain.T - np.eye(3), np.ones(3)])
        return np.linalg.lstsq(matrix, np.array([0, 0, 0, 1.0]), rcond=None)[0][:2]

    def expected(self, advantages: Array) -> Array:
        """The mean gradient by agent step with these mean advantages, [state, action]."""
        return np.einsum("s,sa,sap,sa->p", self.rows, self.pi, self.scores, advantages)

    def action_values(self) -> Array:
        """The true values of actions."""
        values = np.linalg.solve(
            np.eye(2) - self.gamma * (1 - END) * np.einsum("sa,sat->st", self.pi, MOVE), (self.pi * REWARD).sum(axis=1)
        )
        return self._look_ahead(values)

    def reference(self) -> Array:
        """The true gradient."""
        return self.expected(self.action_values())

    def mean_gradient(self, estimator: Estimator) -> Array:
        """The mean of an estimator's gradient."""
        if estimator.kind == "reinforce":
            return self.reference()
        total = np.zeros_like(self.scores[0, 0])
        values, advantages = self.critic, np.zeros((2, 2))
        for _ in range(estimator.n_steps):  # rows that are left of the rollout: 1, 2, ...
            if estimator.kind == "gae":
                following = (self.pi * advantages).sum(axis=1)
                decayed = self.gamma * estimator.gae_lambda * (1 - END) * MOVE @ following
                advantages = self._look_ahead(self.critic) - self.critic[:, None] + decayed
            else:
                advantages = self._look_ahead(values) - self.critic[:, None]
                values = (self.pi * self._look_ahead(values)).sum(axis=1)
            total += self.expected(advantages) / estimator.n_steps
        return total

    def one_step_trace(self) -> float:
        """The trace of the covariance of a one-step gradient of one environment."""
        errors = REWARD - self.critic[:, None]
        going_on = errors[..., None] + self.gamma * self.critic
        squares = END * errors**2 + (1 - END) * (MOVE * going_on**2).sum(axis=2)
        norms = (self.scores**2).sum(axis=2)
        mean = self.expected(self._look_ahead(self.critic) - self.critic[:, None])
        return float(np.einsum("s,sa,sa,sa->", self.rows, self.pi, norms, squares) - mean @ mean)

    def _look_ahead(self, values: Array) -> Array:
        """Reward and discounted value of what follows an action, [state, action]."""
        return REWARD + self.gamma * (1 - END) * MOVE @ values
