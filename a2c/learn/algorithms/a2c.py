"""A2C, the synchronous form of A3C (Mnih et al. 2016): collect a rollout, estimate advantages, update, measure.

The first axis of every array is the lane: one seed with its own environments, weights, optimiser state and random
streams. Lanes are computed together because that is fast. No operation mixes them, so a run has the same bits alone or
beside others.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from a2c.config import Configuration
from a2c.config.metrics import CLOSE, metrics_of
from a2c.envs import Ended, Observations
from a2c.learn import measures
from a2c.learn.actors import Actors
from a2c.learn.clipping import Parts
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
    observations: list[Observations]  # of each step, [lanes, environments, ...]
    first_row: int  # steps of every environment before it


class Estimates(NamedTuple):
    """Advantages, and the returns that the values are fitted to, each [lanes, steps * environments]."""

    advantages: Floats
    returns: Floats


class Update(NamedTuple):
    """One update in numbers, each [lanes]; where it takes several steps, means over them."""

    losses: dict[str, Tensor]
    entropy: Tensor
    grad_norm: Tensor  # before clipping
    clip_coefficient: Tensor
    clip_fraction: Tensor  # of the rows whose ratio is clipped, with PPO
    parts: Parts | None  # of the (first) gradient, where it was looked at closely


class A2C:
    """The algorithm's four steps, which `Learner.iterate` calls in this order."""

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
        first_row = actors.rows
        outputs, actions, observations, ended = [], [], [], []
        for t in range(n_steps):
            output = policy.forward(actors.observations)
            action = space.sample(output.logits.cpu().numpy(), noise[:, t])
            valid[:, t] = ~actors.episodes.reset_row | self.configuration.train_on_reset_rows
            observations.append(actors.observations)
            row, finished = actors.step(action)
            rewards[:, t], terminated[:, t], truncated[:, t] = row.rewards, row.terminated, row.truncated
            outputs.append(output)
            actions.append(action)
            ended += finished
        final = policy.forward(actors.observations)
        logits = torch.cat([output.logits for output in outputs], dim=1)
        values = torch.cat([output.values for output in [*outputs, final]], dim=1)
        kept = join([output.kept for output in outputs])
        taken = np.stack(actions, axis=1)
        return Rollout(
            logits, values, kept, taken, rewards, terminated, truncated, valid, ended, observations, first_row
        )

    def estimate(self, rollout: Rollout) -> Estimates:
        """Advantages and returns by GAE or n-step returns, see `a2c.learn.returns`."""
        configuration = self.configuration
        n_lanes, n_steps, n_envs = rollout.rewards.shape
        ended = rollout.terminated | rollout.truncated
        clip = configuration.reward_clip
        rewards = by_time(rollout.rewards if clip is None else rollout.rewards.clip(-clip, clip))
        discounts = by_time((configuration.gamma * ~self._terminal(rollout)).astype(np.float32))
        values = by_time(rollout.values.cpu().numpy().reshape(n_lanes, n_steps + 1, n_envs))
        if configuration.advantage_estimator == "gae":
            advantages = gae(rewards, discounts, values, by_time(ended), configuration.gae_lambda)
            returns = advantages + values[:-1]
        else:
            returns = n_step_returns(rewards, discounts, values, by_time(ended))
            advantages = returns - values[:-1]
        return Estimates(by_lane(advantages), by_lane(returns))

    @torch.inference_mode()
    def update(self, model: Model, rollout: Rollout, estimates: Estimates, closely: bool = False) -> Update:
        """One optimiser step along the gradient of the loss, see `a2c.learn.loss`. Changes `model`.

        `closely`: measure the policy's and the value's part of the gradient, too.
        """
        configuration = self.configuration
        advantages, returns = estimates
        valid = rollout.valid.reshape(advantages.shape)
        losses = a2c_losses(
            model.distribution,
            rollout.logits,
            rollout.values[:, : advantages.shape[1]],
            to_tensor(rollout.actions.reshape(*advantages.shape, -1), model.device),  # [lanes, rows, numbers]
            to_tensor(self.policy_weights(advantages, valid), model.device),
            to_tensor(returns, model.device),
            to_tensor(valid.astype(np.float32), model.device),
            configuration.value_loss_coef,
            configuration.entropy_coef,
        )
        clipped = model.step(rollout.kept, losses, closely)
        terms = {"policy loss": losses.policy, "value loss": losses.value}
        return Update(terms, losses.entropy, clipped.norm, clipped.coefficient, losses.clipped, clipped.parts)

    def policy_weights(self, advantages: Floats, valid: NDArray[np.bool_]) -> Floats:
        """What -log pi is weighted with: the advantages, normalised over each lane's batch if so configured."""
        if not self.configuration.normalize_advantage:
            return advantages
        mean, std = moments(advantages, valid)
        return (advantages - mean) / (std + TINY)

    @torch.inference_mode()
    def measure(self, model: Model, rollout: Rollout, estimates: Estimates, update: Update) -> Floats:
        """The metrics of an update, [lanes, metrics], in the order of `metrics`. Changes nothing."""
        columns = self._of_rollout(rollout, estimates) | self._of_update(model, rollout, update)
        return np.stack([columns[name] for name in self.metrics], axis=1)

    def _of_rollout(self, rollout: Rollout, estimates: Estimates) -> dict[str, Floats]:
        valid, n_rows = rollout.valid.reshape(estimates.returns.shape), estimates.returns.shape[1]
        values = rollout.values[:, :n_rows].cpu().numpy()
        mean, std = moments(estimates.advantages, valid)
        return {
            "advantage_mean": mean[:, 0],
            "advantage_std": std[:, 0],
            "explained_variance": measures.explained_variance(values, estimates.returns, valid),
            "value_max": measures.value_max(values, valid),
            "terminal_share": measures.terminal_share(self._terminal(rollout).reshape(valid.shape), valid),
            "observation_distance": measures.observation_distance(flat(rollout.observations), valid),
        }

    def _of_update(self, model: Model, rollout: Rollout, update: Update) -> dict[str, Floats]:
        numbers = {
            "policy_loss": update.losses["policy loss"],
            "value_loss": update.losses["value loss"],
            "entropy": update.entropy,
            "grad_norm": update.grad_norm,
            "clip_coefficient": update.clip_coefficient,
            "clip_fraction": update.clip_fraction,
        }
        if update.parts is None:
            numbers |= dict.fromkeys(CLOSE, torch.full_like(update.entropy, torch.nan))
        else:
            valid = to_tensor(rollout.valid.reshape(len(rollout.valid), -1).astype(np.float32), model.device)
            logits = model.forward(flat(rollout.observations)).logits  # of the policy after the update
            kl = measures.policy_kl(model.distribution, rollout.logits, logits, valid)
            numbers |= dict(zip(CLOSE, (*update.parts, kl), strict=True))
        return {name: number.cpu().numpy() for name, number in numbers.items()}

    def _terminal(self, rollout: Rollout) -> NDArray[np.bool_]:
        """The rows after which no value counts, [lanes, steps, environments]."""
        by_limit = self.configuration.time_limit == "terminal"
        return rollout.terminated | rollout.truncated if by_limit else rollout.terminated


def flat(observations: Sequence[Observations]) -> Observations:
    """The observations of all steps, [lanes, steps * environments, ...]."""
    stacked: Any = np.stack(observations, axis=1)
    joined: Observations = stacked.reshape(len(stacked), -1, *stacked.shape[3:])
    return joined


def by_time(array: NDArray[Number]) -> NDArray[Number]:
    """[lanes, steps, environments] as [steps, lanes, environments]."""
    return np.moveaxis(array, 1, 0)


def by_lane(array: NDArray[Number]) -> NDArray[Number]:
    """[steps, lanes, environments] as [lanes, steps * environments]."""
    return np.moveaxis(array, 0, 1).reshape(array.shape[1], -1)
