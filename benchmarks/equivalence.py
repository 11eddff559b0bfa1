"""Test whether the core and PyTorch learn equally well: the equivalence of their mean final returns on CartPole.

python -m benchmarks.equivalence                                    prints the table (two processes, 20 minutes)
python -m benchmarks.equivalence --write benchmarks/README.md       puts it between the markers in that file

A training that differs from another in the last bit of one number soon plays other episodes, so whole runs of the two
cannot be compared one by one. Their samples of seeds are: by two one-sided tests (TOST, Schuirmann 1987) with Welch's
standard error, whose p values are corrected for both settings (Holm). The number of seeds follows from the power.
After a stop the same command goes on: `benchmarks/jobs.py`.
"""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch start their threads

import numpy as np
from numpy.typing import NDArray

from a2c.analysis.stats.comparisons import Estimate, p_equivalent, welch
from a2c.analysis.stats.intervals import t_interval
from a2c.analysis.stats.multiplicity import holm
from a2c.analysis.stats.power import one_sided_power, seeds_for_region
from a2c.config import ConfigError, Configuration, seed_blocks
from a2c.learn.determinism import settle
from a2c.learn.learner import Learner
from a2c.learn.trainer import make_trainer
from benchmarks import learning, sb3_peer
from benchmarks.jobs import results
from benchmarks.markers import command

SETTINGS: dict[str, dict[str, Any]] = {  # those whose mean final return is above 400
    "the article's, no clipping": {"max_grad_norm": None},
    "SB3's defaults": sb3_peer.DEFAULTS,
}
MARGIN = 25.0  # of the mean final return, whose largest value is 500
ALPHA, POWER = 0.05, 0.9
# Standard deviation over seeds that the number of seeds is planned for. A sample of 177 seeds had up to 35 and 106,
# and 96 as the root mean square of a pair. Its seeds, below 400, are not used again.
SPREAD = 100.0
FIRST_SEED = 400
LANES = 20  # seeds of a job
# Holm's correction divides alpha by two at most.
SEEDS = seeds_for_region((MARGIN, MARGIN), (SPREAD, SPREAD), ALPHA / len(SETTINGS), POWER)
assert SEEDS is not None, "no number of seeds has this power"

Values = NDArray[np.float64]


class Job(NamedTuple):
    """Some seeds of one setting, by the core or by PyTorch."""

    settings: str
    first: int
    last: int
    by_core: bool


def main(n_seeds: int, write: Callable[[str], None]) -> None:
    """Train both settings by both, then `write` the table."""
    if n_seeds < 2:
        raise ConfigError(f"--seeds: {n_seeds} is not allowed; allowed: a whole number of at least 2")
    blocks = seed_blocks(range(FIRST_SEED, FIRST_SEED + n_seeds), [], LANES)
    pairs = [(settings, by_core) for settings in SETTINGS for by_core in (False, True)]
    jobs = [Job(settings, *block, by_core) for settings, by_core in pairs for block in blocks]
    done = list(zip(jobs, results("equivalence", final_returns, jobs, SETTINGS), strict=True))
    finals = {
        pair: np.array([value for job, values in done if (job.settings, job.by_core) == pair for value in values])
        for pair in pairs
    }
    write(table(finals))


def final_returns(job: Job) -> list[float]:
    """Trains the job; the final return of each seed."""
    settle()
    configuration = Configuration(**SETTINGS[job.settings])
    make = make_trainer if job.by_core else Learner
    runs = learning.ours(configuration, range(job.first, job.last + 1), make)
    return [learning.final(episodes, configuration.total_steps) for episodes, _ in runs]


def table(finals: dict[tuple[str, bool], Values]) -> str:
    """Markdown: a row per setting. `finals`: by setting, and whether the core trained."""
    pairs = {name: (finals[name, True], finals[name, False]) for name in SETTINGS}
    differences = [welch(*pair) for pair in pairs.values()]
    p = holm(np.array([_p(difference) for difference in differences]))
    n_seeds = len(finals[next(iter(SETTINGS)), True])
    lines = [
        f"Final returns on CartPole-v1: mean over {n_seeds} seeds [95 % t interval], standard deviation (sd); "
        f"difference: core less PyTorch [95 % Welch interval]; p: of a difference of {MARGIN:g} or more, after Holm's "
        "correction.",
        "",
        "| settings | core | sd | PyTorch | sd | difference | p | equivalent | power |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for (name, pair), difference, adjusted in zip(pairs.items(), differences, p, strict=True):
        cells = [name, *(cell for values in pair for cell in _cells(values))]
        cells += [
            f"{difference.value:+.1f} {_interval(*difference.interval())}".removesuffix(" [nan, nan]"),
            f"{adjusted:.2g}",
        ]
        spreads = float(np.std(pair[0], ddof=1)), float(np.std(pair[1], ddof=1))
        cells += ["yes" if adjusted < ALPHA else "not shown", f"{power(n_seeds, spreads):.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    planned = f"{power(n_seeds, (SPREAD, SPREAD)):.2f} if both standard deviations are {SPREAD:g}"
    words = f"Power: at the sd of the row and a true difference of 0, before Holm's second step. It is {planned}."
    return "\n".join([*lines, "", words])


def power(n_seeds: int, spreads: tuple[float, float]) -> float:
    """Power of the TOST at a difference of 0, at the strictest level of Holm's correction."""
    if not any(spreads):
        return 1.0
    one = one_sided_power(MARGIN, spreads, np.array([float(n_seeds)]), ALPHA / len(SETTINGS))[0]
    return max(0.0, float(2 * one - 1))


def _p(difference: Estimate) -> float:
    """The p value of the TOST; 0 or 1 where all seeds tie on either side."""
    if difference.standard_error == 0:
        return float(abs(difference.value) >= MARGIN)
    return p_equivalent(difference, -MARGIN, MARGIN)


def _cells(values: Values) -> tuple[str, str]:
    mean = t_interval(values)
    interval = f"({mean.words})" if np.isnan(mean.low) else _interval(mean.low, mean.high)
    return f"{mean.estimate:.1f} {interval}", f"{np.std(values, ddof=1):.1f}"


def _interval(low: float, high: float) -> str:
    return f"[{low:.1f}, {high:.1f}]"


if __name__ == "__main__":
    command(__doc__ or "", main, "equivalence", "seeds", SEEDS)
