"""A2C, from top to bottom: collect a rollout, estimate advantages, update, record.

Every lane is one run: one seed with its own environments, weights, optimiser state and random streams. Lanes are
stepped together because that is fast, and share nothing: a run has the same bits alone or beside others.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from a2c import streams
from a2c.config import Configuration
from a2c.config.metrics import MOST_ROWS
from a2c.envs import Ended, Environments, Episodes, Facts, replay
from a2c.learn import optimizers
from a2c.learn.loss import TINY, Losses, a2c_losses, moments
from a2c.learn.networks.cnn import build
from a2c.learn.networks.mlp import Kept, join
from a2c.learn.parameters import Parameters
from a2c.learn.returns import gae, n_step_returns

Floats = NDArray[np.float32]
Number = TypeVar("Number", bound=np.generic)


class Rollout(NamedTuple):
    """`n_steps` rows of every lane's environments, arrays [lanes, steps, environments]."""

    logits: Tensor  # [lanes, steps * environments, actions]
    values: Tensor  # [lanes, (steps + 1) * environments]: the last ones are the bootstrap
    kept: Kept
    actions: NDArray[np.int64]
    rewards: Floats
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    valid: NDArray[np.bool_]  # false on reset rows
    ended: list[Ended]


class Update(NamedTuple):
    """What one update tells a recorder."""

    rollout: Rollout
    metrics: Floats | None  # [lanes, metrics], on the fixed grid of steps only


class Learner:
    """The state of a seed block's training."""

    def __init__(self, configuration: Configuration, seeds: Sequence[int], facts: Facts) -> None:
        self.configuration = configuration
        self.seeds = list(seeds)
        self.device = torch.device(configuration.device)
        self.environments = Environments(configuration, seeds, configuration.n_envs, "environments")
        self.episodes = Episodes(len(self.seeds), configuration.n_envs)
        self.observations = self.environments.reset()
        self.network = build(configuration, facts)
        self.parameters = Parameters(self.network.shapes, len(self.seeds), self.device)
        self.gradients = Parameters(self.network.shapes, len(self.seeds), self.device)
        self.network.initialise(self.parameters, self.seeds)
        self.optimizer = optimizers.make(configuration, self.parameters.flat, self.gradients.flat)
        self.sampling = [streams.generator(seed, "actions") for seed in self.seeds]
        self.diverged: dict[int, tuple[int, str]] = {}  # lane: step and reason
        self.rows = 0
        self.total_rows = configuration.total_steps // configuration.n_envs

    def train(self, record: Callable[[Update], None]) -> None:
        """The training loop, until the budget is used or every lane has diverged."""
        while self.rows < self.total_rows and len(self.diverged) < len(self.seeds):
            with np.errstate(over="ignore", invalid="ignore"):  # diverged lanes go on being computed
                rollout = collect(self)
                advantages, returns = estimate(rollout, self.configuration)
                metrics = update(self, rollout, advantages, returns)
            record(Update(rollout, metrics))

    def state(self) -> dict[str, Floats]:
        """Arrays from which `restore` goes on; the environments are replayed from the action log instead."""
        optimiser = {f"optimizer.{key}": value for key, value in self.optimizer.state.items()}
        tensors = {"parameters": self.parameters.flat, **optimiser}
        return {name: tensor.detach().cpu().numpy().copy() for name, tensor in tensors.items()}

    def restore(
        self,
        state: Mapping[str, Floats],
        actions: NDArray[np.uint8],
        diverged: Mapping[int, tuple[int, str]],
    ) -> list[Ended]:
        """Go on from `state` after the logged `actions`, [lanes, rows, environments], whose episodes are given."""
        ended, self.observations = replay(self.environments, self.episodes, actions)
        self.rows = actions.shape[1]
        for generator in self.sampling:
            generator.bit_generator.advance(self.rows * self.configuration.n_envs * self.network.n_actions)  # type: ignore[attr-defined]
        self.diverged = dict(diverged)
        self.parameters.flat.copy_(torch.from_numpy(state["parameters"]))
        self.optimizer.state = {
            name.removeprefix("optimizer."): torch.from_numpy(array.copy()).to(self.device)
            for name, array in state.items()
            if name.startswith("optimizer.")
        }
        return ended

    def weights(self, lane: int) -> dict[str, Floats]:
        """One lane's weights by name."""
        return {name: tensor[lane].cpu().numpy().copy() for name, tensor in self.parameters.named.items()}


@torch.inference_mode()
def collect(learner: Learner) -> Rollout:
    """Act in every environment for `n_steps` rows (fewer where the budget ends)."""
    n_steps = min(learner.configuration.n_steps, learner.total_rows - learner.rows)
    noise = gumbel(learner.sampling, (n_steps, learner.configuration.n_envs, learner.network.n_actions))
    shape = (len(learner.seeds), n_steps, learner.configuration.n_envs)
    actions = np.empty(shape, dtype=np.int64)
    rewards = np.empty(shape, dtype=np.float32)
    terminated, truncated, valid = (np.empty(shape, dtype=bool) for _ in range(3))
    outputs, ended = [], []
    for t in range(n_steps):
        output = learner.network.forward(learner.parameters, to_tensor(learner.observations, learner.device))
        action = sample(output.logits, noise[:, t])
        row = learner.environments.step(action)
        outputs.append(output)
        actions[:, t], rewards[:, t] = action, row.rewards
        terminated[:, t], truncated[:, t] = row.terminated, row.truncated
        valid[:, t] = ~learner.episodes.reset_row
        ended += learner.episodes.add(row.rewards, row.done)
        learner.observations = row.observations
    bootstrap = learner.network.forward(learner.parameters, to_tensor(learner.observations, learner.device))
    learner.rows += n_steps
    return Rollout(
        logits=torch.cat([output.logits for output in outputs], dim=1),
        values=torch.cat([output.values for output in [*outputs, bootstrap]], dim=1),
        kept=join([output.kept for output in outputs]),
        actions=actions,
        rewards=rewards,
        terminated=terminated,
        truncated=truncated,
        valid=valid,
        ended=ended,
    )


def gumbel(generators: Sequence[np.random.Generator], shape: tuple[int, ...]) -> Floats:
    """Standard Gumbel noise [lanes, *shape], one draw of each lane's generator for each number."""
    uniform = np.stack([generator.random(shape) for generator in generators])
    with np.errstate(divide="ignore"):  # a draw of exactly 0 gives minus infinity: that action is not taken
        return (-np.log(-np.log(uniform))).astype(np.float32)


def sample(logits: Tensor, noise: Floats) -> NDArray[np.int64]:
    """Actions [...] from logits [..., actions]: the largest logit plus Gumbel noise is a draw from the softmax."""
    return (logits.cpu().numpy() + noise).argmax(axis=-1)


def estimate(rollout: Rollout, configuration: Configuration) -> tuple[Floats, Floats]:
    """Advantages and the returns that the values are fitted to, each [lanes, steps * environments]."""
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
    return by_lane(advantages), by_lane(returns)


def by_time(array: NDArray[Number]) -> NDArray[Number]:
    """[lanes, steps, environments] as [steps, lanes, environments]."""
    return np.moveaxis(array, 1, 0)


def by_lane(array: NDArray[Number]) -> NDArray[Number]:
    """[steps, lanes, environments] as [lanes, steps * environments]."""
    return np.moveaxis(array, 0, 1).reshape(array.shape[1], -1)


@torch.inference_mode()
def update(learner: Learner, rollout: Rollout, advantages: Floats, returns: Floats) -> Floats | None:
    """One optimiser step; metrics [lanes, metrics] where the fixed grid of steps asks for them."""
    configuration, device = learner.configuration, learner.device
    valid = rollout.valid.reshape(advantages.shape)
    values = rollout.values[:, : advantages.shape[1]]
    mean, std = moments(advantages, valid)
    weights = (advantages - mean) / (std + TINY) if configuration.normalize_advantage else advantages
    losses = a2c_losses(
        rollout.logits,
        values,
        to_tensor(rollout.actions.reshape(advantages.shape), device),
        to_tensor(weights, device),
        to_tensor(returns, device),
        to_tensor(valid.astype(np.float32), device),
        configuration.value_loss_coef,
        configuration.entropy_coef,
    )
    learner.network.backward(learner.parameters, learner.gradients, rollout.kept, losses.d_logits, losses.d_values)
    norms = learner.gradients.norms()
    note_divergence(learner, losses, norms)
    if configuration.max_grad_norm is not None:
        learner.gradients.scale((configuration.max_grad_norm / (norms + 1e-6)).clamp(max=1.0))
    n_steps = rollout.actions.shape[1]
    if configuration.lr_schedule == "linear":
        done = (learner.rows - n_steps) / learner.total_rows
        learner.optimizer.learning_rate = configuration.learning_rate * (1 - done)
    learner.optimizer.step()
    if not on_grid(learner, n_steps):
        return None
    explained = explained_variance(values.cpu().numpy(), returns, valid)
    policy, value, entropy, norm = (x.cpu().numpy() for x in (losses.policy, losses.value, losses.entropy, norms))
    return np.stack([policy, value, entropy, mean[:, 0], std[:, 0], norm, explained], axis=1)


def explained_variance(values: Floats, returns: Floats, valid: NDArray[np.bool_]) -> Floats:
    """1 - variance(returns - values) / variance(returns) of each lane, [lanes]; not a number if all returns tie."""
    spread = moments(returns, valid)[1]
    share = moments(returns - values, valid)[1] / np.where(spread > 0, spread, np.nan)
    return 1 - np.square(share[:, 0])


def note_divergence(learner: Learner, losses: Losses, norms: Tensor) -> None:
    """End the lanes whose gradient is not finite. Their numbers go on being computed, and are looked at by nobody."""
    finite = np.isfinite(norms.cpu().numpy())
    if finite.all():
        return
    for lane in np.flatnonzero(~finite).tolist():
        if lane not in learner.diverged:
            named = {"policy loss": losses.policy, "value loss": losses.value, "gradient norm": norms}
            reason = next(f"{name} is {float(x[lane])}" for name, x in named.items() if not x[lane].isfinite())
            learner.diverged[lane] = (learner.rows * learner.configuration.n_envs, reason)


def on_grid(learner: Learner, n_steps: int) -> bool:
    """Is this the update that passes one of the (at most) 500 equal steps of the budget?"""
    after, before = learner.rows, learner.rows - n_steps
    return after * MOST_ROWS // learner.total_rows > before * MOST_ROWS // learner.total_rows


def to_tensor(array: NDArray[np.generic], device: torch.device) -> Tensor:
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor
