"""One A2C update in float64 by PyTorch's own differentiation and optimisers: what the core is held to."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.distributions import Bernoulli, Categorical, Distribution, Normal

from a2c.core.settings import Settings


class Reference:
    """A lane's weights and optimiser; `learn` is one update."""

    def __init__(self, settings: Settings, weights: dict[str, NDArray[np.float32]]) -> None:
        self.settings = settings
        self.weights = {name: torch.tensor(w, dtype=torch.float64, requires_grad=True) for name, w in weights.items()}
        self.square = {name: torch.ones_like(w) for name, w in self.weights.items()}  # of TensorFlow's RMSprop
        rate, eps = settings.learning_rate, settings.optimizer_eps
        self.optimizer = (
            torch.optim.Adam(self.weights.values(), lr=rate, eps=eps)
            if settings.optimizer == "adam"
            else torch.optim.RMSprop(self.weights.values(), lr=rate, eps=eps, alpha=settings.rmsprop_alpha)
        )

    def forward(self, observations: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
        """The policy's outputs [..., n_outputs] and values [...]."""
        outputs = [self._column(name, observations) for name in ("shared", "policy", "value")]
        joined = torch.cat([x for x in outputs if x is not None], dim=-1)
        policy, values = joined[..., :-1], joined[..., -1]
        if "log_std" in self.weights:
            policy = torch.cat([policy, self.weights["log_std"].expand_as(policy)], dim=-1)
        return policy, values

    def distributions(self, outputs: Tensor) -> list[Distribution]:
        """That of each number of an action."""
        s = self.settings
        if s.actions == "softmax":
            return [Categorical(logits=one) for one in outputs.split(list(s.choices), dim=-1)]
        if s.actions == "bernoulli":
            return [Bernoulli(logits=one) for one in outputs.unbind(dim=-1)]
        means, log_stds = outputs.split(s.action_size, dim=-1)
        return [Normal(mean, std) for mean, std in zip(means.unbind(-1), log_stds.exp().unbind(-1), strict=True)]

    def _column(self, column: str, observations: NDArray[np.float32]) -> Tensor | None:
        if f"{column}.0.weight" not in self.weights:
            return None
        x = torch.tensor(observations, dtype=torch.float64)
        for layer in range(len(self.settings.hidden_sizes) + 1):
            if layer > 0:
                x = x.relu() if self.settings.activation == "relu" else x.tanh()
            x = x @ self.weights[f"{column}.{layer}.weight"] + self.weights[f"{column}.{layer}.bias"]
        return x

    def learn(
        self,
        observations: NDArray[np.float32],  # [steps + 1, environments, numbers]
        actions: NDArray[np.float32],  # [steps, environments, numbers]
        rewards: NDArray[np.float64],  # [steps, environments], and so are the others
        terminated: NDArray[np.bool_],
        truncated: NDArray[np.bool_],
        valid: NDArray[np.bool_],
        rate: float,
    ) -> dict[str, float]:
        """One update; gives the metrics. The gradient before clipping stays in `gradients`."""
        s = self.settings
        outputs, values = self.forward(observations)
        parts = self.distributions(outputs[:-1])
        advantages, returns = self.estimate(rewards, terminated, truncated, values.detach())
        used = torch.tensor(valid)
        mean, std = moments(advantages[used])
        weights = (advantages - mean) / (std + 1e-8) if s.normalize_advantage else advantages
        taken = torch.tensor(actions, dtype=torch.float64).unbind(dim=-1)
        chosen = torch.stack([one.log_prob(action) for one, action in zip(parts, taken, strict=True)]).sum(dim=0)
        rows = max(1, int(used.sum()))
        policy = (-chosen * weights)[used].sum() / rows
        value = (values[:-1] - returns)[used].square().sum() / rows
        entropy = torch.stack([one.entropy() for one in parts]).sum(dim=0)[used].sum() / rows
        self.optimizer.zero_grad()
        (policy + s.value_loss_coef * value - s.entropy_coef * entropy).backward()
        self.gradients = {name: w.grad.numpy().copy() for name, w in self.weights.items()}
        norm = torch.nn.utils.clip_grad_norm_(self.weights.values(), s.max_grad_norm or np.inf)
        self.step(rate)
        spread, left = moments(returns[used])[1], moments((returns - values.detach()[:-1])[used])[1]
        explained = 1 - float(left / spread) ** 2 if spread > 0 else np.nan
        numbers = (policy, value, entropy, mean, std, norm, explained)
        names = (
            "policy_loss", "value_loss", "entropy", "advantage_mean", "advantage_std", "grad_norm", "explained_variance"
        )  # fmt: skip
        return {
            name: float(number.detach() if isinstance(number, Tensor) else number)
            for name, number in zip(names, numbers, strict=True)
        }

    def estimate(
        self, rewards: NDArray[np.float64], terminated: NDArray[np.bool_], truncated: NDArray[np.bool_], values: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Advantages and returns by the sums of their definitions, step by step forwards."""
        s = self.settings
        cut = terminated | truncated
        stops = cut if s.time_limit == "terminal" else terminated
        seen = rewards if s.reward_clip is None else rewards.clip(-s.reward_clip, s.reward_clip)
        lambda_ = s.gae_lambda if s.advantage_estimator == "gae" else 1.0
        advantages = torch.zeros(rewards.shape, dtype=torch.float64)
        for t, env in np.ndindex(*rewards.shape):
            weight = 1.0
            for k in range(t, len(rewards)):
                discount = 0.0 if stops[k, env] else s.gamma
                delta = seen[k, env] + discount * values[k + 1, env] - values[k, env]
                advantages[t, env] += weight * delta
                if cut[k, env]:
                    break
                weight *= lambda_ * discount
        return advantages, advantages + values[:-1]

    def step(self, rate: float) -> None:
        """One step of the optimiser along the clipped gradient."""
        if self.settings.optimizer != "rmsprop_tf":
            self.optimizer.param_groups[0]["lr"] = rate
            self.optimizer.step()
            return
        alpha = self.settings.rmsprop_alpha
        with torch.no_grad():
            for name, w in self.weights.items():
                square = self.square[name]
                square.mul_(alpha).add_((1 - alpha) * w.grad**2)
                w -= rate * w.grad / (square + self.settings.optimizer_eps).sqrt()


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation (n - 1); 0 where there are too few."""
    mean = x.sum() / max(1, len(x))
    return mean, ((x - mean).square().sum() / max(1, len(x) - 1)).sqrt()
