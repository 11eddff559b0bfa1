"""Group-sequential tests: looks at growing numbers of seeds that keep the chance of a false verdict."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

Array = NDArray[np.float64]
POINTS = 801  # of a density between -WIDTH and the bound
WIDTH = 8.0  # deviations


def levels(looks: Sequence[int], alpha: float) -> list[float]:
    """The one-sided level of each look at so many seeds, by O'Brien and Fleming's bounds (1979).

    The bound on the statistic at a look with a share t of the last number of seeds is c / sqrt(t), so that early looks
    need strong evidence; c makes the chance of crossing any bound `alpha`.
    """
    shares = np.asarray(looks, float) / looks[-1]
    c = float(brentq(lambda c: crossing(c / np.sqrt(shares), shares) - alpha, 0.1, 10.0, xtol=1e-10))
    return [float(ndtr(-c / np.sqrt(share))) for share in shares]


def crossing(bounds: Array, shares: Array) -> float:
    """The chance that a standard Brownian motion, seen at these shares of time, crosses a bound of its z statistic.

    By the recursion of Armitage, McPherson and Rowe (1969): the density of the sum at each look over the paths that
    have crossed none so far.
    """
    scale = np.sqrt(shares)
    grid = np.linspace(-WIDTH * scale[0], bounds[0] * scale[0], POINTS)
    density = _normal(grid / scale[0]) / scale[0]
    crossed = float(ndtr(-bounds[0]))
    for (before, now), bound in zip(pairwise(shares), bounds[1:], strict=True):
        step, weights = np.sqrt(now - before), _trapezoid(grid) * density
        top = bound * np.sqrt(now)
        crossed += float(np.sum(weights * ndtr((grid - top) / step)))
        new = np.linspace(-WIDTH * np.sqrt(now), top, POINTS)
        density = (_normal((new[:, None] - grid[None, :]) / step) / step) @ weights
        grid = new
    return crossed


def _normal(z: Array) -> Array:
    return np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)


def _trapezoid(grid: Array) -> Array:
    """The weights of the trapezoidal rule on an even grid."""
    weights = np.full(grid.size, grid[1] - grid[0])
    weights[[0, -1]] /= 2
    return weights
