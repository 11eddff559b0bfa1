"""What measuring a run of a gradient study costs: its samples, mean gradients and batches at every snapshot."""

import math

from a2c.config.gradients import GradientStudy
from a2c.core.settings import is_native
from a2c.envs import check
from a2c.learn.gradients.measure import GROUPS
from a2c.learn.gradients.sampling import BURN_IN
from a2c.learn.trainer import weight_shapes
from a2c.planning.cost import PROCESS_MEMORY_CORE, Cost
from a2c.planning.work import Times, environment_name

FORWARD = 1 / 3  # of the time of a "core product": one forward, two backward
PASSES = 6  # over all parameters for each batch: its gradient, its sum, two inner products
STATISTICS_SECONDS = 0.1  # of the inner products and bootstraps of an estimator
RECORDED_BYTES = 120  # of a step, in a sample and in the window that is cut of it
ROW_BYTES = 250  # of a file of estimates


def run_cost(study: GradientStudy, source: str, times: Times) -> Cost:
    """The cost of measuring one run at all its snapshots. `times`: from `known_times`; `source` names the paper."""
    configuration = study.configuration
    facts = check(configuration, source)
    n_parameters = sum(map(math.prod, weight_shapes(configuration, facts).values()))
    length, n_envs = facts.time_limit + 1, GROUPS * study.n_envs[-1]
    sampled = study.reference_steps + (BURN_IN + 2) * length * n_envs
    batches = len(study.n_envs) * max(study.batches, GROUPS)
    batch_steps = sum(
        max(study.batches, GROUPS) * size * (one.n_steps or length / 2)
        for size in study.n_envs
        for one in study.estimators
    )
    differentiated = study.reference_steps + len(study.estimators) * study.steps + batch_steps
    seconds = (
        (FORWARD * sampled + differentiated) * n_parameters * times["core product"]
        + sampled * times[environment_name(configuration)]
        + (0.0 if is_native(configuration) else sampled / n_envs * (times["core row"] + times["core lane row"]))
        + len(study.estimators) * (batches * PASSES * n_parameters * times["core parameter"] + STATISTICS_SECONDS)
    )
    rows = study.steps / n_envs + 3 * length
    groups = GROUPS * n_parameters * (4 * len(study.estimators) + 8 * 4)  # means in float32, references in float64
    return Cost(
        cores=1,
        seconds=times["core job"] + len(study.snapshots) * seconds,
        bytes=ROW_BYTES * len(study.snapshots) * len(study.estimators) * len(study.n_envs),
        checkpoint=0.0,
        memory=PROCESS_MEMORY_CORE + groups + RECORDED_BYTES * rows * n_envs,
    )
