"""A3C by real processes on shared memory beside A2C in one process: wall time and agent steps a second.

python -m benchmarks.asynchrony                                     prints the table (about two minutes)
python -m benchmarks.asynchrony --write benchmarks/README.md        puts it between the markers in that file

Both are plain PyTorch with the same network, loss and optimiser (`benchmarks/plain_peer.py`). A3C's workers write the
shared weights and statistics without locks, as in Mnih et al. 2016. A2C acts and learns in batches of all environments.
"""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch start their threads

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor, multiprocessing
from torch.nn.functional import mse_loss

from a2c.analysis.curves import final_return
from a2c.config import Configuration
from benchmarks import plain_peer, sb3_peer
from benchmarks.markers import command

ENVIRONMENTS = 8
WORKERS = (1, 2, 4, 8)
SETTINGS: dict[str, Any] = {**sb3_peer.DEFAULTS, "algorithm": "a3c", "init": "torch"}
Episodes = list[tuple[int, float]]  # agent steps of the run when it ended, return


class Measured(NamedTuple):
    """One training."""

    seconds: float  # from the moment at which all processes were ready
    steps: int
    episodes: Episodes


def configured(n_envs: int, steps: int) -> Configuration:
    """The settings of all trainings, with so many environments or workers."""
    return Configuration(**SETTINGS, n_envs=n_envs, total_steps=steps)


# ---------------------------------------------------------------------------------------------------------------- A3C


def a3c(configuration: Configuration, seed: int) -> Measured:
    """Train with a process for each worker."""
    context = multiprocessing.get_context("spawn")
    torch.manual_seed(seed)
    shared = plain_peer.build(configuration).share_memory()
    squares = [torch.zeros_like(parameter).share_memory_() for parameter in shared.parameters()]
    steps, ready, results = context.Value("q", 0), context.Barrier(configuration.n_envs + 1), context.SimpleQueue()
    arguments = (configuration, shared, squares, steps, ready, results)
    workers = [
        context.Process(target=_work, args=(seed * 1000 + number, *arguments)) for number in range(configuration.n_envs)
    ]
    for worker in workers:
        worker.start()
    ready.wait()
    start = time.perf_counter()
    episodes = [episode for _ in workers for episode in results.get()]
    seconds = time.perf_counter() - start
    for worker in workers:
        worker.join()
    return Measured(seconds, steps.value, sorted(episodes))


def _work(
    seed: int,
    configuration: Configuration,
    shared: plain_peer.ActorCritic,
    squares: list[Tensor],
    steps: Any,
    ready: Any,
    results: Any,
) -> None:
    """One worker: copy the weights, act, differentiate, move the shared weights."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model, player = plain_peer.build(configuration), plain_peer.Player(configuration.env_id, seed)
    episodes: Episodes = []
    ready.wait()
    while steps.value < configuration.total_steps:
        model.load_state_dict(shared.state_dict())
        played, ended = player.play(model, configuration.n_steps, True)
        policy, values = model(played.observations)
        advantages = plain_peer.advantages_of(configuration, played, values.detach().tolist())
        loss = plain_peer.loss_of(configuration, policy, played.actions, advantages)
        loss = loss + configuration.value_loss_coef * mse_loss(values, advantages + values.detach())
        plain_peer.descend(configuration, model, loss)
        _step(configuration, shared, squares, model)
        with steps.get_lock():
            steps.value += configuration.n_steps
            now = steps.value
        episodes += [(now, total_reward) for _, total_reward, _ in ended]
    results.put(episodes)


@torch.no_grad()
def _step(
    configuration: Configuration, shared: plain_peer.ActorCritic, squares: list[Tensor], model: plain_peer.ActorCritic
) -> None:
    """RMSprop on the shared weights with shared statistics (Mnih et al. 2016, equation S2), without a lock."""
    alpha = configuration.rmsprop_alpha
    for parameter, square, local in zip(shared.parameters(), squares, model.parameters(), strict=True):
        assert local.grad is not None
        square.mul_(alpha).addcmul_(local.grad, local.grad, value=1 - alpha)
        divisor = square.sqrt().add_(configuration.optimizer_eps)
        parameter.addcdiv_(local.grad, divisor, value=-configuration.learning_rate)


# ---------------------------------------------------------------------------------------------------------------- A2C


def a2c(configuration: Configuration, seed: int) -> Measured:
    """Train in this process, in batches."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    model = plain_peer.build(configuration)
    optimizer = plain_peer.optimizer_of(configuration, model)
    envs = [gym.make(configuration.env_id) for _ in range(configuration.n_envs)]
    observed = np.stack([env.reset(seed=seed * 1000 + number)[0] for number, env in enumerate(envs)])
    totals, episodes, steps = np.zeros(len(envs)), [], 0
    start = time.perf_counter()
    while steps < configuration.total_steps:
        rows = []
        for _ in range(configuration.n_steps):
            with torch.no_grad():
                actions = model(torch.from_numpy(observed))[0].sample()
            row = _row(envs, observed, actions, totals)
            steps += len(envs)
            episodes += [(steps, total_reward) for total_reward in row.ended]
            rows.append(row)
            observed = row.following
        optimizer.zero_grad()
        _batch_loss(configuration, model, rows).backward()
        if configuration.max_grad_norm is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), configuration.max_grad_norm)
        optimizer.step()
    return Measured(time.perf_counter() - start, steps, episodes)


class _Row(NamedTuple):
    """A step of all environments."""

    observed: np.ndarray  # [environments, numbers]
    actions: Tensor
    rewards: np.ndarray
    terminated: np.ndarray
    done: np.ndarray
    final: np.ndarray  # observations after the step, before a reset
    following: np.ndarray  # those that are acted on next
    ended: list[float]  # returns


def _row(envs: list[gym.Env[Any, Any]], observed: np.ndarray, actions: Tensor, totals: np.ndarray) -> _Row:
    stepped = [env.step(action) for env, action in zip(envs, actions.tolist(), strict=True)]
    final = np.stack([one[0] for one in stepped])
    rewards, terminated = np.array([float(one[1]) for one in stepped]), np.array([one[2] for one in stepped])
    done = terminated | np.array([one[3] for one in stepped])
    totals += rewards
    ended = totals[done].tolist()
    totals[done] = 0
    following = final.copy()
    for number in np.flatnonzero(done):
        following[number] = envs[number].reset()[0]
    return _Row(observed, actions, rewards, terminated, done, final, following, ended)


def _batch_loss(configuration: Configuration, model: plain_peer.ActorCritic, rows: list[_Row]) -> Tensor:
    """A2C's loss of a rollout."""
    policy, values = model(torch.from_numpy(np.concatenate([row.observed for row in rows])))
    with torch.no_grad():
        after = model(torch.from_numpy(np.concatenate([row.final for row in rows])))[1].reshape(len(rows), -1).numpy()
    known = values.detach().reshape(after.shape).numpy()
    advantages, following = np.zeros_like(after), np.zeros(after.shape[1])
    lambda_ = configuration.gae_lambda
    for t in reversed(range(len(rows))):
        row = rows[t]
        delta = row.rewards + configuration.gamma * after[t] * ~row.terminated - known[t]
        following = delta + configuration.gamma * lambda_ * following * ~row.done
        advantages[t] = following
    weights = torch.from_numpy(advantages.reshape(-1))
    loss = plain_peer.loss_of(configuration, policy, torch.cat([row.actions for row in rows]), weights)
    return loss + configuration.value_loss_coef * mse_loss(values, weights + values.detach())


# -------------------------------------------------------------------------------------------------------------- table


def measurements(steps: int, n_cores: int) -> Iterator[tuple[str, int, Measured]]:
    """Name, environments and measurement of each training on so many cores."""
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(all_cores)[:n_cores])  # processes that are started inherit it
    try:
        yield "A2C, one process", ENVIRONMENTS, a2c(configured(ENVIRONMENTS, steps), 0)
        for n_workers in WORKERS:
            yield "A3C, processes", n_workers, a3c(configured(n_workers, steps), 0)
    finally:
        os.sched_setaffinity(0, all_cores)


def main(steps: int, write: Callable[[str], None]) -> None:
    """Measure on one core and on two, then `write` the table."""
    most = len(os.sched_getaffinity(0))
    rows = [(cores, *row) for cores in (1, 2) if cores <= most for row in measurements(steps, cores)]
    write(table(rows, steps))


def table(rows: list[tuple[int, str, int, Measured]], steps: int) -> str:
    """Markdown: one row per training."""
    lines = [
        f"CartPole-v1, {steps:,} agent steps, Stable-Baselines3's settings of A2C, one seed. The return is the mean of "
        "the episodes in the last tenth.",
        "",
        "| cores | training | environments | seconds | agent steps/s | return |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for cores, name, n_envs, measured in rows:
        at, returns = zip(*measured.episodes, strict=True)
        final = final_return(np.array(at), np.array(returns, dtype=np.float64), measured.steps)
        speed = measured.steps / measured.seconds
        lines.append(f"| {cores} | {name} | {n_envs} | {measured.seconds:.1f} | {speed:,.0f} | {final:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    command(__doc__ or "", main, "asynchrony", "steps", 40_000)
