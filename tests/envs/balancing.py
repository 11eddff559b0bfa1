"""A good CartPole policy, to reach its time limit."""

import numpy as np
from numpy.typing import NDArray


def balance(observations: NDArray[np.float32]) -> NDArray[np.int64]:
    """Actions [...] for observations [..., 4]: push towards the side to which the pole falls."""
    x, x_dot, theta, theta_dot = np.moveaxis(observations, -1, 0)
    return (0.05 * x + 0.15 * x_dot + theta + 0.3 * theta_dot > 0).astype(np.int64)
