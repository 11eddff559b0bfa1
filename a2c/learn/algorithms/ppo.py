"""PPO (Schulman et al. 2017, algorithm 1): it acts and estimates as A2C does, and takes several steps on each rollout.

Huang et al. 2022, "The 37 implementation details of proximal policy optimization", number the details of the original
program; docs/ppo.md says which of them are here. With one pass, one minibatch and no clipping this is A2C.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from a2c import streams
from a2c.config.metrics import metrics_of
from a2c.envs import Observations
from a2c.learn.algorithms.a2c import A2C, Estimates, Floats, Rollout, Update, flat
from a2c.learn.clipping import Clipped
from a2c.learn.loss import Losses, Old, ppo_losses
from a2c.learn.policy import Model, to_tensor

Rows = NDArray[np.int64]  # of a rollout, by lane, [lanes, rows]


class Data(NamedTuple):
    """A rollout as the update takes it, arrays [lanes, rows, ...]."""

    observations: Observations
    actions: NDArray[Any]
    advantages: Floats
    returns: Floats
    valid: NDArray[np.bool_]
    old_log_probs: Floats
    old_values: Floats

    def take(self, rows: Rows) -> "Data":
        """Some rows of each lane."""
        return Data(*(np.stack([of[own] for of, own in zip(array, rows, strict=True)]) for array in self))


class PPO(A2C):
    """A2C with another update."""

    metrics = metrics_of("ppo")

    @torch.inference_mode()
    def update(self, model: Model, rollout: Rollout, estimates: Estimates, closely: bool = False) -> Update:
        """`n_epochs` passes over the rollout, a step on each of its `n_minibatches`. Changes `model`.

        `closely`: measure the policy's and the value's part of the first step's gradient, too.
        """
        data = self._data(model, rollout, estimates)
        losses: list[Losses] = []
        clipped: list[Clipped] = []
        for rows in self._minibatches(model, rollout):
            batch = data if rows is None else data.take(rows)
            if rows is None and not losses:  # the policy is still the one that acted
                logits, values, kept = rollout.logits, rollout.values[:, : data.valid.shape[1]], rollout.kept
            else:
                logits, values, kept = model.forward(batch.observations)
            losses.append(self._losses(model, logits, values, batch))
            clipped.append(model.step(kept, losses[-1], closely and len(losses) == 1))
        return means(losses, clipped)

    def _data(self, model: Model, rollout: Rollout, estimates: Estimates) -> Data:
        shape = estimates.advantages.shape
        actions = rollout.actions.reshape(*shape, -1)  # [lanes, rows, numbers]
        judged = model.distribution.judge(rollout.logits, to_tensor(actions, model.device))
        old_log_probs = judged.log_prob.cpu().numpy()
        old_values = rollout.values[:, : shape[1]].cpu().numpy()
        valid = rollout.valid.reshape(shape)
        return Data(flat(rollout.observations), actions, *estimates, valid, old_log_probs, old_values)

    def _minibatches(self, model: Model, rollout: Rollout) -> Iterator[Rows | None]:
        """The rows of each minibatch of each pass; None for all rows in order where a pass has but one."""
        n_rows, parts = rollout.valid[0].size, self.configuration.n_minibatches
        if parts == 1:
            yield from [None] * self.configuration.n_epochs
            return
        generators = [self._generator(seed, rollout) for seed in model.seeds]
        for _ in range(self.configuration.n_epochs):
            order = np.stack([shuffled(n_rows, generator) for generator in generators])
            for first, end in pairwise(n_rows * part // parts for part in range(parts + 1)):
                if first < end:  # the budget's last rollout may have fewer rows than there are parts
                    yield order[:, first:end]

    def _generator(self, seed: int, rollout: Rollout) -> np.random.Generator:
        """The stream "minibatches", after the draws of the rollouts before this one."""
        configuration = self.configuration
        generator = streams.generator(seed, "minibatches")
        draws = configuration.n_epochs * (configuration.n_steps * configuration.n_envs - 1)
        generator.bit_generator.advance(rollout.first_row // configuration.n_steps * draws)  # type: ignore[attr-defined]
        return generator

    def _losses(self, model: Model, logits: Tensor, values: Tensor, batch: Data) -> Losses:
        configuration = self.configuration
        weights = self.policy_weights(batch.advantages, batch.valid)
        arrays = (batch.actions, weights, batch.returns, batch.valid.astype(np.float32))
        actions, advantages, returns, valid = (to_tensor(array, model.device) for array in arrays)
        old = Old(to_tensor(batch.old_log_probs, model.device), to_tensor(batch.old_values, model.device))
        return ppo_losses(
            model.distribution, logits, values, actions, advantages, returns, valid, old, configuration.value_loss_coef,
            configuration.entropy_coef, configuration.clip_range, configuration.clip_range_value,
        )  # fmt: skip


def means(losses: Sequence[Losses], clipped: Sequence[Clipped]) -> Update:
    """The numbers of an update: means over its steps, of a lane that diverges those of the step in which it did."""
    norms = torch.stack([step.norm for step in clipped])
    broken = ~norms.isfinite()
    first = broken & (broken.cumsum(dim=0) == 1)
    counted = torch.where(broken.any(dim=0), first, torch.ones_like(first))

    def mean(of_steps: list[Tensor]) -> Tensor:
        return torch.where(counted, torch.stack(of_steps).double(), 0).sum(dim=0).div(counted.sum(dim=0)).float()

    return Update(
        {"policy loss": mean([one.policy for one in losses]), "value loss": mean([one.value for one in losses])},
        entropy=mean([one.entropy for one in losses]),
        grad_norm=mean([step.norm for step in clipped]),
        clip_coefficient=mean([step.coefficient for step in clipped]),
        clip_fraction=mean([one.clipped for one in losses]),
        parts=clipped[0].parts,
    )


def shuffled(n: int, generator: np.random.Generator) -> Rows:
    """The numbers 0 to n - 1 in a random order (Fisher and Yates), by n - 1 draws of 64 bits.

    For i from n - 1 down to 1, numbers i and j change places: j is the whole part of u (i + 1), u the upper 32 bits of
    a draw as a share of 2^32.
    """
    order = list(range(n))
    draws = generator.bit_generator.random_raw(n - 1).tolist()
    for i, draw in zip(range(n - 1, 0, -1), draws, strict=True):
        j = (draw >> 32) * (i + 1) >> 32
        order[i], order[j] = order[j], order[i]
    return np.array(order)
