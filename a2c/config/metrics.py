"""What is recorded of updates, on a fixed grid of steps."""

METRICS = (
    "policy_loss",
    "value_loss",
    "entropy",
    "advantage_mean",
    "advantage_std",
    "grad_norm",
    "explained_variance",
)
MOST_ROWS = 500
