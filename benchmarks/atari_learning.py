"""Compare A2C's final returns on CrazyClimber with Stable-Baselines3's, which has the same settings.

python -m benchmarks.atari_learning                           prints the table (two processes, an hour and a half)
python -m benchmarks.atari_learning --write docs/atari.md     puts it between the markers in that file

Ours are the published runs of `config/atari_learning.yaml`, whose first half is judged: their learning rate is
constant, so that a run of half the budget would be the same. Only Stable-Baselines3 is trained.
After a stop the same command goes on: `benchmarks/jobs.py`.
"""

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch start their threads

import numpy as np
import torch
from numpy.typing import NDArray

from a2c.analysis.curves import final_return
from a2c.analysis.stats.comparisons import p_equivalent, welch
from a2c.analysis.stats.intervals import t_interval
from a2c.config import ConfigError, Configuration
from a2c.learn.determinism import settle
from a2c.runs.result import Result, read_result
from a2c.runs.study import read_study_record
from benchmarks import sb3_peer
from benchmarks.jobs import results
from benchmarks.markers import command

PUBLISHED = Path(__file__).parent.parent / "results" / "published" / "atari_learning"
GAME = "ALE/CrazyClimber-v5"
BUDGET = 500_000  # agent steps
MARGIN = 2500.0  # a tenth of what a human scores above a random policy, as in config/claims_atari_learning.yaml

Values = NDArray[np.float64]


def main(n_seeds: int, write: Callable[[str], None]) -> None:
    """Train `n_seeds` seeds of Stable-Baselines3, then `write` the table."""
    if n_seeds < 2:
        raise ConfigError(f"--seeds: {n_seeds} is not allowed; allowed: a whole number of at least 2")
    if find_spec("cv2") is None:
        raise ConfigError(
            "cv2 is not installed; Stable-Baselines3's Atari wrappers need it; pip install -r requirements-bench.lock"
        )
    published = published_results()
    fields = published[0].configuration.model_dump() | {"total_steps": BUDGET}
    mine = np.array([final for result in published for final in final_returns(result)])
    jobs = [(fields, seed) for seed in range(n_seeds)]
    write(table(mine, np.array(results("atari_learning", theirs, jobs, BUDGET))))


def published_results() -> list[Result]:
    """The published runs of the study `games` on this game."""
    study = read_study_record(PUBLISHED / "studies" / "games")
    (of_game,) = (one for one in study.configurations if one.fields["env_id"] == GAME)
    return [read_result(PUBLISHED / "runs" / place) for place in of_game.blocks]


def final_returns(result: Result) -> list[float]:
    """The final return of each seed, as if the run had ended at the budget."""
    episodes = result.episodes.to_pandas()
    of_seeds = [episodes[episodes["seed"] == seed] for seed in result.seeds]
    return [final_return(one["step"].to_numpy(), one["return"].to_numpy(np.float64), BUDGET) for one in of_seeds]


def theirs(job: tuple[dict[str, Any], int]) -> float:
    """Train a seed of Stable-Baselines3; its final return."""
    fields, seed = job
    settle()
    torch.set_deterministic_debug_mode("default")
    ended = sb3_peer.train(Configuration(**fields), seed)
    steps, returns = np.array([one.step for one in ended]), np.array([one.total_reward for one in ended])
    return final_return(steps, returns.astype(np.float64), BUDGET)


def table(mine: Values, peer: Values) -> str:
    """Markdown: our final returns, the peer's, and their difference."""
    difference = welch(mine, peer)
    low, high = difference.interval()
    p_differs, p_same = difference.p_differs(), p_equivalent(difference, -MARGIN, MARGIN)
    return "\n".join(
        [
            "| trained by | seeds | final return, mean [95 % t interval] | each seed |",
            "| --- | --- | --- | --- |",
            _row("a2c-bench", mine),
            _row("Stable-Baselines3", peer),
            "",
            f"Difference, ours less the peer's: {difference.value:+,.0f} [{low:,.0f}, {high:,.0f}] (Welch, 95 %), p of "
            f"no difference {p_differs:.2g}, p of a difference of {MARGIN:,.0f} or more {p_same:.2g}. CrazyClimber, "
            f"{BUDGET:,} agent steps; mean return of the episodes that ended in the last tenth.",
        ]
    )


def _row(name: str, values: Values) -> str:
    mean = t_interval(values)
    each = ", ".join(f"{value:,.0f}" for value in sorted(values))
    interval = f"({mean.words})" if np.isnan(mean.low) else f"[{mean.low:,.0f}, {mean.high:,.0f}]"
    return f"| {name} | {len(values)} | {mean.estimate:,.0f} {interval} | {each} |"


if __name__ == "__main__":
    command(__doc__ or "", main, "sb3 beside", "seeds", 5)
