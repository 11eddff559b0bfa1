"""A2C, the synchronous form of A3C (Mnih et al. 2016): collect a rollout, estimate advantages, update, measure.

The first axis of every array is the lane: one seed with its own environments, weights, optimiser state and random
streams. Lanes are computed together because that is fast. No operation mixes them, so a run has the same bits alone or
beside others.
"""

from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from a2c.config import Configuration
from a2c.config.metrics import metrics_of
from a2c.envs import Ended
from a2c.learn.actors import Actors
from a2c.learn.loss import TINY, a2c_losses, moments
from a2c.learn.networks import Kept, join
from a2c.learn.policy import Model, Policy, to_tensor
from a2c.learn.returns import gae, n_step_returns

Floats = NDArray[np.float32]
Number = TypeVar("Number", bound=np.generic)


class Rollout(NamedTuple):
    """`n_steps` rows of every lane's environments, arrays [lanes, steps, environments]."""

    logits: Tensor  # [lanes, steps * environments, width of the action space]
    values: Tensor  # [lanes, (steps + 1) * environments]: the last ones are those of the final observations
    kept: Kept  # the network's activations, for its backward pass
    actions: NDArray[Any]
    rewards: Floats
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    valid: NDArray[np.bool_]  # false on reset rows
    ended: list[Ended]


class Estimates(NamedTuple):
    """Advantages, and the returns that the values are fitted to, each [lanes, steps * environments]."""

    advantages: Floats
    returns: Floats


class Update(NamedTuple):
    """One update in numbers, each [lanes]."""

    losses: dict[str, Tensor]
    entropy: Tensor
    advantage_mean: Floats
    advantage_std: Floats
    grad_norm: Tensor  # before clipping


class A2C:
    """The algorithm's four steps, which `Learner.train` calls in this order."""

    metrics = metrics_of("a2c")

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration

    @torch.inference_mode()
    def collect(self, actors: Actors, policy: Policy) -> Rollout:
        """Act in every environment for `n_steps` rows, fewer where the budget ends. Changes `actors`."""
        space = actors.action_space
        n_steps = min(self.configuration.n_steps, actors.total_rows - actors.rows)
        noise = space.noise(actors.generators, (n_steps, actors.n_envs))
        shape = (actors.n_lanes, n_steps, actors.n_envs)
        rewards = np.empty(shape, dtype=np.float32)
        terminated, truncated, valid = (np.empty(shape, dtype=bool) for _ in range(3))
        outputs, actions, ended = [], [], []
        for t in range(n_steps):
            output = policy.forward(actors.observations)
            action = space.sample(output.logits.cpu().numpy(), noise[:, t])
            valid[:, t] = ~actors.episodes.reset_row
            row, finished = actors.step(action)
            rewards[:, t], terminated[:, t], truncated[:, t] = row.rewards, row.terminated, row.truncated
            outputs.append(output)
            actions.append(action)
            ended += finished
        final = policy.forward(actors.observations)
        logits = torch.cat([output.logits for output in outputs], dim=1)
        values = torch.cat([output.values for output in [*outputs, final]], dim=1)
        kept = join([output.kept for output in outputs])
        return Rollout(logits, values, kept, np.stack(actions, axis=1), rewards, terminated, truncated, valid, ended)

    def estimate(self, rollout: Rollout) -> Estimates:
        """Advantages and returns by GAE or n-step returns, see `a2c.learn.returns`."""
        configuration = self.configuration
        n_lanes, n_steps, n_envs = rollout.rewards.shape
        ended = rollout.terminated | rollout.truncated
        terminal = ended if configuration.time_limit == "terminal" else rollout.terminated
        clip = configuration.reward_clip
        rewards = by_time(rollout.rewards if clip is None else rollout.rewards.clip(-clip, clip))
        discounts = by_time((configuration.gamma * ~terminal).astype(np.float32))
        values = by_time(rollout.values.cpu().numpy().reshape(n_lanes, n_steps + 1, n_envs))
        if configuration.advantage_estimator == "gae":
            advantages = gae(rewards, discounts, values, by_time(ended), configuration.gae_lambda)
            returns = advantages + values[:-1]
        else:
            returns = n_step_returns(rewards, discounts, values, by_time(ended))
            advantages = returns - values[:-1]
        return Estimates(by_lane(advantages), by_lane(returns))

    @torch.inference_mode()
    def update(self, model: Model, rollout: Rollout, estimates: Estimates) -> Update:
        """One optimiser step along the gradient of the loss. Changes `model`."""
        update = self.differentiate(model, rollout, estimates)
        model.optimizer.step()
        return update

    @torch.inference_mode()
    def differentiate(self, model: Model, rollout: Rollout, estimates: Estimates) -> Update:
        """The gradient of the loss, clipped, see `a2c.learn.loss`. Changes the gradients of `model`."""
        configuration = self.configuration
        advantages, returns = estimates
        valid = rollout.valid.reshape(advantages.shape)
        mean, std = moments(advantages, valid)
        weights = (advantages - mean) / (std + TINY) if configuration.normalize_advantage else advantages
        losses = a2c_losses(
            model.distribution,
            rollout.logits,
            rollout.values[:, : advantages.shape[1]],
            to_tensor(rollout.actions.reshape(*advantages.shape, -1), model.device),  # [lanes, rows, numbers]
            to_tensor(weights, model.device),
            to_tensor(returns, model.device),
            to_tensor(valid.astype(np.float32), model.device),
            configuration.value_loss_coef,
            configuration.entropy_coef,
        )
        model.network.backward(model.parameters, model.gradients, rollout.kept, losses.d_logits, losses.d_values)
        norms = model.gradients.norms()
        if configuration.max_grad_norm is not None:
            model.gradients.scale((configuration.max_grad_norm / (norms + 1e-6)).clamp(max=1.0))
        terms = {"policy loss": losses.policy, "value loss": losses.value}
        return Update(terms, losses.entropy, mean[:, 0], std[:, 0], norms)

    def measure(self, rollout: Rollout, estimates: Estimates, update: Update) -> Floats:
        """The metrics of an update, [lanes, metrics], in the order of `metrics`."""
        valid = rollout.valid.reshape(estimates.returns.shape)
        values = rollout.values[:, : estimates.returns.shape[1]].cpu().numpy()
        tensors = (*update.losses.values(), update.entropy, update.grad_norm)
        policy_loss, value_loss, entropy, grad_norm = (tensor.cpu().numpy() for tensor in tensors)
        explained = explained_variance(values, estimates.returns, valid)
        columns = [
            policy_loss, value_loss, entropy, update.advantage_mean, update.advantage_std, grad_norm, explained
        ]  # fmt: skip
        return np.stack(columns, axis=1)


def explained_variance(values: Floats, returns: Floats, valid: NDArray[np.bool_]) -> Floats:
    """1 - variance(returns - values) / variance(returns) of each lane, [lanes]; NaN where all returns are equal."""
    spread = moments(returns, valid)[1]
    share = moments(returns - values, valid)[1] / np.where(spread > 0, spread, np.nan)
    return 1 - np.square(share[:, 0])


def by_time(array: NDArray[Number]) -> NDArray[Number]:
    """[lanes, steps, environments] as [steps, lanes, environments]."""
    return np.moveaxis(array, 1, 0)


def by_lane(array: NDArray[Number]) -> NDArray[Number]:
    """[steps, lanes, environments] as [lanes, steps * environments]."""
    return np.moveaxis(array, 0, 1).reshape(array.shape[1], -1)
