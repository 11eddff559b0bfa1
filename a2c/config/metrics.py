"""The metrics that each algorithm records of its updates, on a fixed grid of steps."""

OF_UPDATES = (
    "policy_loss", "value_loss", "entropy", "advantage_mean", "advantage_std", "grad_norm", "explained_variance"
)  # fmt: skip
METRICS: dict[str, tuple[str, ...]] = {"a2c": OF_UPDATES, "reinforce": OF_UPDATES, "a3c": OF_UPDATES}
MOST_ROWS = 500  # of metrics for a run


def metrics_of(algorithm: str) -> tuple[str, ...]:
    """Names of the metrics that an algorithm records, in the order of the columns of metrics.parquet."""
    return METRICS[algorithm]


def all_metrics() -> list[str]:
    """Names of the metrics of all algorithms, each once."""
    return list(dict.fromkeys(name for names in METRICS.values() for name in names))
