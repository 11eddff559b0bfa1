"""The scale of normalised scores: 0 for a uniformly random policy, 1 at the environment's reward threshold."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

# Mean return of a uniformly random policy: python benchmarks/random_policy.py
RANDOM_RETURNS = {
    "CartPole-v1": 22.2,  # standard error 0.4
    "Acrobot-v1": -499.1,  # standard error 0.3
    "MountainCar-v0": -200.0,  # standard error 0.0
    "LunarLander-v3": -181.7,  # standard error 3.5
}


def unscaled(thresholds: Iterable[tuple[str, float | None]]) -> str:
    """Why returns in these environments (id, reward threshold) have no normalised score, or "" where they do."""
    for env_id, threshold in thresholds:
        if env_id not in RANDOM_RETURNS:
            return f"no random policy's return known for {env_id}"
        if threshold is None:
            return f"no reward threshold registered for {env_id}"
    return ""


def normalise(returns: NDArray[np.float64], env_id: str, threshold: float) -> NDArray[np.float64]:
    """(return - random) / (threshold - random)."""
    zero = RANDOM_RETURNS[env_id]
    return (returns - zero) / (threshold - zero)
