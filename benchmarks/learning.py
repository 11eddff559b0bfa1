"""Compare final returns with a peer's: Stable-Baselines3's A2C and PPO, plain PyTorch's REINFORCE and A3C.

python -m benchmarks.learning                                       prints the table (two processes, half an hour)
python -m benchmarks.learning --write benchmarks/README.md          puts it between the markers in that file

After a stop the same command goes on: `benchmarks/jobs.py`.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch start their threads

import numpy as np
import torch
from numpy.typing import NDArray

from a2c.analysis.curves import final_return
from a2c.analysis.stats.comparisons import untestable, welch
from a2c.analysis.stats.intervals import t_interval
from a2c.analysis.stats.multiplicity import holm
from a2c.config import ConfigError, Configuration, read_mapping, seed_blocks
from a2c.envs import Ended, check
from a2c.learn.determinism import settle
from a2c.learn.trainer import Trainer, make_trainer
from benchmarks import plain_peer, sb3_peer
from benchmarks.jobs import results
from benchmarks.markers import command

PENDULUM: dict[str, Any] = read_mapping(Path(__file__).parent.parent / "examples" / "pendulum.yaml")
LANES = 10  # our seeds in one process
# Settings in which these algorithms solve CartPole.
REINFORCE: dict[str, Any] = {
    "algorithm": "reinforce", "n_envs": 1, "hidden_sizes": (64, 64), "shared_trunk": False, "learning_rate": 2e-3,
    "max_grad_norm": None,
}  # fmt: skip
A3C: dict[str, Any] = {"algorithm": "a3c", "n_envs": 4, "init": "torch"}  # the peer has PyTorch's initial weights
SETTINGS: dict[str, dict[str, Any]] = {
    "the article's": {},
    "the article's, 16 environments": {"n_envs": 16},
    "the article's, no clipping": {"max_grad_norm": None},
    "SB3's defaults": sb3_peer.DEFAULTS,
    "examples/pendulum.yaml": PENDULUM,
    "REINFORCE, no baseline": {**REINFORCE, "baseline": "none"},
    "REINFORCE, mean": {**REINFORCE, "baseline": "mean", "episodes_per_update": 2},
    "REINFORCE, critic": REINFORCE,
    "A3C, SB3's A2C defaults, 4 workers": {**sb3_peer.DEFAULTS, **A3C},
    "A3C, the same without clipping": {**sb3_peer.DEFAULTS, **A3C, "max_grad_norm": None},
    "PPO, SB3's defaults": sb3_peer.PPO_DEFAULTS,
    "PPO, CleanRL's without annealing": sb3_peer.PPO_DEFAULTS
    | {"learning_rate": 2.5e-4, "n_envs": 4, "n_steps": 128, "n_epochs": 4, "n_minibatches": 4, "entropy_coef": 0.01}
    | {"value_loss_coef": 0.25},
}
CASES = [  # environment, settings, budget in agent steps; the paper's budget for the changes that it found to help most
    ("CartPole-v1", "the article's", 100_000),
    ("CartPole-v1", "the article's, 16 environments", 200_000),
    ("CartPole-v1", "the article's, no clipping", 200_000),
    ("CartPole-v1", "SB3's defaults", 100_000),
    ("Acrobot-v1", "SB3's defaults", 100_000),
    ("Pendulum-v1", "examples/pendulum.yaml", 400_000),
    ("CartPole-v1", "REINFORCE, no baseline", 100_000),
    ("CartPole-v1", "REINFORCE, mean", 100_000),
    ("CartPole-v1", "REINFORCE, critic", 100_000),
    ("CartPole-v1", "A3C, SB3's A2C defaults, 4 workers", 100_000),
    ("CartPole-v1", "A3C, the same without clipping", 100_000),
    ("CartPole-v1", "PPO, SB3's defaults", 60_000),
    ("CartPole-v1", "PPO, CleanRL's without annealing", 60_000),
    ("Acrobot-v1", "PPO, CleanRL's without annealing", 100_000),
]
RESET_ROWS = 0.15  # upper bound of their share of a budget: an episode of CartPole lasts 8 steps or more

Values = NDArray[np.float64]
Episodes = list[tuple[int, float]]  # agent steps of the run when it ended, return


class Job(NamedTuple):
    """What one process trains: all of our seeds in lanes, or one seed of the peer."""

    env_id: str
    settings: str
    steps: int
    seeds: tuple[int, ...]
    peer: bool


class Finals(NamedTuple):
    """Final returns of seeds."""

    agent_steps: list[float]  # the budget counts reset rows
    valid_steps: list[float]  # it does not


def main(n_seeds: int, write: Callable[[str], None]) -> None:
    """Train all cases, then `write` the table."""
    if n_seeds < 1:
        raise ConfigError(f"--seeds: {n_seeds} is not allowed; allowed: a whole number of at least 1")
    jobs = [job for case in CASES for job in jobs_of(*case, n_seeds)]
    found: dict[tuple[str, str, int, bool], Finals] = {}
    for job, (agent_steps, valid_steps) in zip(jobs, results("learning", train, jobs, SETTINGS), strict=True):
        merged = found.setdefault((job.env_id, job.settings, job.steps, job.peer), Finals([], []))
        merged.agent_steps.extend(agent_steps)
        merged.valid_steps.extend(valid_steps)
    write(table(found))


def jobs_of(env_id: str, settings: str, steps: int, n_seeds: int) -> Iterator[Job]:
    """All trainings of one case."""
    for first, last in seed_blocks(range(n_seeds), [], LANES):
        yield Job(env_id, settings, steps, tuple(range(first, last + 1)), peer=False)
    for seed in range(n_seeds):
        yield Job(env_id, settings, steps, (seed,), peer=True)


def train(job: Job) -> Finals:
    """Train the job's seeds; gives the mean return of the episodes that ended in the last tenth of the budget."""
    settle()
    fields = {"env_id": job.env_id, **SETTINGS[job.settings]}
    if job.peer:
        runs = theirs(Configuration(**{**fields, "total_steps": job.steps}), job.seeds)
    else:
        runs = ours(Configuration(**{**fields, "total_steps": int(job.steps * (1 + RESET_ROWS))}), job.seeds)
    by_agent_steps, by_valid_steps = zip(*runs, strict=True)
    return Finals(*([final(episodes, job.steps) for episodes in by] for by in (by_agent_steps, by_valid_steps)))


def theirs(configuration: Configuration, seeds: tuple[int, ...]) -> Iterator[tuple[Episodes, Episodes]]:
    """Like `ours`. A peer has no reset rows, so agent steps and valid steps are the same."""
    torch.set_deterministic_debug_mode("default")
    peer = plain_peer if configuration.algorithm in ("reinforce", "a3c") else sb3_peer
    for seed in seeds:
        episodes = [(step, total_reward) for step, total_reward, _ in peer.train(configuration, seed)]
        yield episodes, episodes


def ours(
    configuration: Configuration, seeds: Sequence[int], make: Callable[..., Trainer] = make_trainer
) -> Iterator[tuple[Episodes, Episodes]]:
    """For each seed its episodes, by agent steps and by valid steps (agent steps without reset rows)."""
    trainer = make(configuration, seeds, check(configuration, "learning"))
    ended: list[Ended] = []
    trainer.train(lambda progress: ended.extend(progress.ended))
    assert not trainer.diverged
    for lane in range(len(seeds)):
        own = sorted((one.step, one.total_reward) for one in ended if one.lane == lane)
        steps = np.array([step for step, _ in own])
        # An environment resets in the row after its episode's end.
        valid = steps - np.searchsorted(steps, steps, side="left")
        rows_end = trainer.rows * configuration.n_envs
        n_valid = rows_end - np.searchsorted(steps, rows_end, side="left")
        assert n_valid >= configuration.total_steps / (1 + RESET_ROWS), "more reset rows than thought: raise RESET_ROWS"
        yield own, [(int(step), total_reward) for step, (_, total_reward) in zip(valid, own, strict=True)]


def final(episodes: Episodes, budget: int) -> float:
    """The final return of a run, see `a2c.analysis.curves`."""
    steps, returns = zip(*episodes, strict=True)
    return final_return(np.array(steps), np.array(returns, dtype=np.float64), budget)


def table(found: dict[tuple[str, str, int, bool], Finals]) -> str:
    """Markdown: one row per case."""
    peers = [np.array(found[*case, True].agent_steps) for case in CASES]
    lines = [
        f"Final returns: mean over {len(peers[0])} seeds [95 % t interval]; difference: ours less the peer's by "
        "Welch, p after Holm's correction within its column. Budget: agent steps. The peer is Stable-Baselines3; of "
        "REINFORCE and A3C it is plain PyTorch (`benchmarks/plain_peer.py`).",
        "",
        "| environment | settings | budget | peer | ours | difference | p | ours, equal valid steps | difference | p |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    columns = [
        [np.array(getattr(found[*case, False], field)) for case in CASES] for field in ("agent_steps", "valid_steps")
    ]
    compared = [_compared(column, peers) for column in columns]
    for number, (env_id, settings, steps) in enumerate(CASES):
        cells = [env_id, settings, f"{steps:,}", _mean(peers[number])]
        for column, differences in zip(columns, compared, strict=True):
            cells += [_mean(column[number]), *differences[number]]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _compared(samples: list[Values], peers: list[Values]) -> list[tuple[str, str]]:
    """For each pair of samples, the difference with its interval and corrected p value."""
    pairs = list(zip(samples, peers, strict=True))
    words = [untestable(*pair) for pair in pairs]
    estimates = [welch(*pair) for pair in pairs]
    p = holm(np.array([float("nan") if w else e.p_differs() for w, e in zip(words, estimates, strict=True)]))
    return [
        (f"{e.value:+.1f} ({w})", "") if w else (f"{e.value:+.1f} {_interval(*e.interval())}", f"{adjusted:.2g}")
        for w, e, adjusted in zip(words, estimates, p, strict=True)
    ]


def _mean(values: Values) -> str:
    mean = t_interval(values)
    return f"{mean.estimate:.1f} " + (f"({mean.words})" if np.isnan(mean.low) else _interval(mean.low, mean.high))


def _interval(low: float, high: float) -> str:
    return f"[{low:.1f}, {high:.1f}]"


if __name__ == "__main__":
    command(__doc__ or "", main, "learning", "seeds", 10)
