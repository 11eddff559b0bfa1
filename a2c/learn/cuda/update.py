"""One lane's update on the device, from its rollout to its metrics. Nothing here waits for the device."""

import torch
from torch import Tensor

from a2c.config import Configuration
from a2c.config.metrics import CLOSE, metrics_of
from a2c.learn import measures
from a2c.learn.cuda.estimates import Rollout, estimate, explained_variance, moments
from a2c.learn.loss import TINY, a2c_losses
from a2c.learn.networks import Output
from a2c.learn.policy import Model


def update(configuration: Configuration, model: Model, rollout: Rollout, closely: bool) -> Tensor:
    """One optimiser step of the lane; its metrics, in the order of `metrics_of`. Changes `model`, which has one lane.

    The observations go through the network again, those of all steps together: the weights are still those that acted.
    `closely`: measure what is costly, too.
    """
    n_steps, n_envs = rollout.rewards.shape
    rows = n_steps * n_envs
    whole = model.network.forward(model.parameters, rollout.observations)
    estimates = estimate(configuration, rollout, whole.values.reshape(n_steps + 1, n_envs))
    advantages, returns, valid = (x.reshape(1, rows) for x in (*estimates, rollout.valid))
    mean, std = moments(advantages, valid)
    weights = (advantages - mean) / (std + TINY) if configuration.normalize_advantage else advantages
    output = _first(whole, rows)
    losses = a2c_losses(
        model.distribution, output.logits, output.values, rollout.actions, weights, returns, valid,
        configuration.value_loss_coef, configuration.entropy_coef,
    )  # fmt: skip
    clipped = model.step(output.kept, losses, closely)
    numbers = {
        "policy_loss": losses.policy,
        "value_loss": losses.value,
        "entropy": losses.entropy,
        "advantage_mean": mean,
        "advantage_std": std,
        "grad_norm": clipped.norm,
        "explained_variance": explained_variance(output.values, returns, valid),
        "clip_coefficient": clipped.coefficient,
        "value_max": measures.value_max_of(output.values, valid),
        "terminal_share": (rollout.terminal.reshape(1, rows) * valid).sum() / valid.sum(),
        "observation_distance": measures.observation_distance_of(rollout.observations[:, :rows], valid),
        **dict.fromkeys(CLOSE, torch.full_like(mean, torch.nan)),
    }
    if clipped.parts is not None:
        after = model.network.forward(model.parameters, rollout.observations[:, :rows])
        kl = measures.policy_kl(model.distribution, output.logits, after.logits, valid)
        numbers |= dict(zip(CLOSE, (*clipped.parts, kl), strict=True))
    return torch.stack([numbers[name].reshape(()) for name in metrics_of("a2c")])


def _first(output: Output, rows: int) -> Output:
    """The output for the first rows: without the final observations, whose values alone are used."""
    kept = [[layer[:, :rows] for layer in column] for column in output.kept]
    return Output(output.logits[:, :rows], output.values[:, :rows], kept)
