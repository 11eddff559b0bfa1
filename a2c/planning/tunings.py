"""What a job of a tuning costs: its budget in whole runs of configurations that it may try, then the tests."""

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

from a2c.config import Configuration
from a2c.config.space import Dimension
from a2c.config.tunings import PRUNING, REFERENCES, Tuning
from a2c.learn.trainer import uses_core
from a2c.planning.cost import Cost, block_cost
from a2c.planning.work import Times
from a2c.runs.layout import SeedBlock

DRAWN = 64  # configurations whose mean cost is taken
EXAMPLES = 8  # of them that are trained for a second
START_SECONDS = 1.0  # of Optuna
TRIAL_SECONDS = 0.05  # of a tuner's own arithmetic, and of writing the checkpoint
RUN_SECONDS = 0.03  # of the records of a run and their checksums
ROW_BYTES = 67  # of a trial's or a test's row, most of it its checksum
MORE_ROWS = 3.6  # of hyperband and asha: most of their trials end at the first rung


class _PerRun(NamedTuple):
    """What a run costs."""

    seconds: float
    memory: float  # bytes of its process


def job_cost(tuning: Tuning, tuner: str, source: str, times: Times) -> Cost:
    """The cost of a tuner's repeat or of the references. `times`: from `known_times`; `source` names the paper."""
    is_search = tuner != REFERENCES
    tuned = _cost_of_runs(drawn(tuning, tuner), tuning.seeds_per_trial, source, times)
    n_trials = tuning.trials if is_search else 0
    n_tests = tests_of(tuning, tuner)
    tested = tuned if is_search else _cost_of_runs(list(tuning.references.values()), 1, source, times)
    runs = runs_of(tuning, tuner) - n_tests
    return Cost(
        cores=1,
        seconds=START_SECONDS
        + times["core job"]
        + runs * tuned.seconds
        + n_trials * TRIAL_SECONDS
        + n_tests * tested.seconds,
        bytes=ROW_BYTES * (runs * (MORE_ROWS if tuner in PRUNING else 1) + n_tests),
        checkpoint=0.0,
        memory=max(tuned.memory, tested.memory),
    )


def runs_of(tuning: Tuning, tuner: str) -> int:
    """The runs of a job, in whole ones: trials and tests. A grid may end before its budget does."""
    if tuner == REFERENCES:
        return tests_of(tuning, tuner)
    trials = min(tuning.trials, tuning.n_points) if tuner == "grid" else tuning.trials
    return trials * tuning.seeds_per_trial + tests_of(tuning, tuner)


def tests_of(tuning: Tuning, tuner: str) -> int:
    """The runs on test seeds of a job: of the winner at each budget, or of each reference."""
    return len(tuning.test_seeds) * len(tuning.references if tuner == REFERENCES else tuning.budgets)


def drawn(tuning: Tuning, tuner: str) -> list[Configuration]:
    """Configurations drawn evenly from what a tuner searches: its grid, or the space."""
    generator = random.Random(0)
    if tuner == "grid":
        points = [{name: generator.choice(values) for name, values in tuning.grid.items()} for _ in range(DRAWN)]
    else:
        points = [{one.field: _draw(generator, one) for one in tuning.space} for _ in range(DRAWN)]
    return [tuning.configuration(values) for values in points]


def examples(tuning: Tuning) -> list[SeedBlock]:
    """Some of the trials that tuners may make, for `times_here`."""
    return [SeedBlock(one, 0, tuning.seeds_per_trial - 1) for one in drawn(tuning, "random")[:EXAMPLES]]


def _draw(generator: random.Random, one: Dimension) -> Any:
    if not one.is_range:
        return generator.choice(one.choices)
    low, high = one.ends
    share = generator.random()
    return one.value(low * (high / low) ** share if one.log else low + share * (high - low))


def _cost_of_runs(configurations: Sequence[Configuration], n_seeds: int, source: str, times: Times) -> "_PerRun":
    """Mean seconds of a run, and the most memory, where so many seeds are trained side by side."""
    costs = [block_cost(SeedBlock(config, 0, n_seeds - 1), source, times, {}) for config in configurations]
    starts = [times["core job" if uses_core(config) else "job"] for config in configurations]
    seconds = [(cost.seconds - start) / n_seeds for cost, start in zip(costs, starts, strict=True)]
    return _PerRun(sum(seconds) / max(1, len(seconds)) + RUN_SECONDS, max((cost.memory for cost in costs), default=0.0))
