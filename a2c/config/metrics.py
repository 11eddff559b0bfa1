"""The metrics that each algorithm records of its updates, on a fixed grid of steps."""

import math
from typing import Any

CURVE_POINTS = 100  # equal steps of a learning curve
OF_UPDATES = (
    "policy_loss", "value_loss", "entropy", "advantage_mean", "advantage_std", "grad_norm", "explained_variance"
)  # fmt: skip
# Recorded besides, since version 0.2.0. The close ones are costly, and missing (NaN) where the close grid has no step.
CLOSE = ("policy_grad_norm", "value_grad_norm", "grad_cosine", "policy_kl")
BESIDES = ("clip_coefficient", *CLOSE, "value_max", "terminal_share", "observation_distance")
METRICS: dict[str, tuple[str, ...]] = {
    "a2c": (*OF_UPDATES, *BESIDES),
    "reinforce": (*OF_UPDATES, *BESIDES),
    "a3c": (*OF_UPDATES, *BESIDES),
    "ppo": (*OF_UPDATES, *BESIDES, "clip_fraction"),
}
OLDER: dict[str, tuple[str, ...]] = {"a2c": OF_UPDATES}  # of results from before version 0.2.0
MOST_ROWS = 500  # of metrics for a run
CLOSE_SHARE = 25  # at most one pass over a rollout of so many is looked at closely: this costs about one more pass


def metrics_of(algorithm: str) -> tuple[str, ...]:
    """Names of the metrics that an algorithm records, in the order of the columns of metrics.parquet."""
    return METRICS[algorithm]


def all_metrics() -> list[str]:
    """Names of the metrics of all algorithms, each once."""
    return list(dict.fromkeys(name for names in METRICS.values() for name in names))


def passes_grid(before: Any, after: Any, total: int, n_steps: int) -> Any:
    """Whether one of `n_steps` equal steps of the budget `total` lies in the rows after `before`, up to `after`.

    Two whole numbers, or arrays of them.
    """
    return after * n_steps // total > before * n_steps // total


def close_rows(total_rows: int, n_steps: int, passes: int) -> int:
    """Equal steps of the budget at which the close metrics are recorded, too: a divisor of the grid's number.

    `passes`: over the rollout of `n_steps` rows in each update.
    """
    most = math.ceil(total_rows / n_steps) * passes / CLOSE_SHARE
    return max(n for n in range(1, MOST_ROWS + 1) if MOST_ROWS % n == 0 and n <= max(1, most))
