"""One lane's update on the device, from its rollout to its metrics. Nothing here waits for the device."""

import torch
from torch import Tensor

from a2c.config import Configuration
from a2c.learn.algorithms.a2c import take_step
from a2c.learn.cuda.estimates import Rollout, estimate, explained_variance, moments
from a2c.learn.loss import TINY
from a2c.learn.networks import Output
from a2c.learn.policy import Model


def update(configuration: Configuration, model: Model, rollout: Rollout) -> Tensor:
    """One optimiser step of the lane; its metrics, in the order of `metrics_of`. Changes `model`, which has one lane.

    The observations go through the network again, those of all steps together: the weights are still those that acted.
    """
    n_steps, n_envs = rollout.rewards.shape
    rows = n_steps * n_envs
    whole = model.network.forward(model.parameters, rollout.observations)
    estimates = estimate(configuration, rollout, whole.values.reshape(n_steps + 1, n_envs))
    advantages, returns, valid = (x.reshape(1, rows) for x in (*estimates, rollout.valid))
    mean, std = moments(advantages, valid)
    weights = (advantages - mean) / (std + TINY) if configuration.normalize_advantage else advantages
    output = _first(whole, rows)
    losses, norm = take_step(configuration, model, output, rollout.actions, weights, returns, valid)
    explained = explained_variance(output.values, returns, valid)
    numbers = (losses.policy, losses.value, losses.entropy, mean, std, norm, explained)
    return torch.stack([number.reshape(()) for number in numbers])


def _first(output: Output, rows: int) -> Output:
    """The output for the first rows: without the final observations, whose values alone are used."""
    kept = [[layer[:, :rows] for layer in column] for column in output.kept]
    return Output(output.logits[:, :rows], output.values[:, :rows], kept)
