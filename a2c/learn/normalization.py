"""Observations and rewards normalised by running moments, as Stable-Baselines3's VecNormalize does it.

The moments are float64 and sums go through the environments in order, so that this gives the bits of the core's
`normalize.c`, whose layout of the state is the same.
"""

from collections.abc import Mapping
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.core.layout import MOMENTS
from a2c.envs import Facts

EPSILON, LIMIT = 1e-8, 10.0
FIRST_COUNT = 1e-4  # of the moments 0 and 1 that are there before the first row

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


class Normalizer:
    """The running moments of every lane; without effect unless the configuration asks for it.

    `state`: [lanes, numbers]. Where observations are normalised, their count, means and variances; then, where rewards
    are, count, mean and variance of the discounted returns and each environment's discounted return so far.
    """

    def __init__(self, configuration: Configuration, n_lanes: int, facts: Facts) -> None:
        self.of_observations: bool = configuration.normalize_observations
        self.of_rewards: bool = configuration.normalize_rewards
        self.gamma: float = configuration.gamma
        self.n_numbers = facts.observation_shape[0] if self.of_observations else 0
        observed = [FIRST_COUNT, *[0.0] * self.n_numbers, *[1.0] * self.n_numbers] if self.of_observations else []
        discounted = [FIRST_COUNT, 0.0, 1.0, *[0.0] * configuration.n_envs] if self.of_rewards else []
        self.state: Doubles = np.tile(np.array([*observed, *discounted]), (n_lanes, 1))

    def observations(self, observations: NDArray[Any], count: bool) -> Any:
        """What the network sees of `observations`, [lanes, environments, numbers]; `count`: take them in before."""
        if not self.of_observations:
            return observations
        return np.stack([self._observations(*lane, count) for lane in zip(self.state, observations, strict=True)])

    def _observations(self, state: Doubles, observations: Floats, count: bool) -> Floats:
        n = self.n_numbers
        if count:
            _take_in(state[: 1 + 2 * n], observations.astype(np.float64))
        mean, variance = state[1 : 1 + n], state[1 + n : 1 + 2 * n]
        return _within((observations - mean) / np.sqrt(variance + EPSILON))

    def rewards(self, rewards: Doubles, reset_rows: NDArray[np.bool_], done: NDArray[np.bool_]) -> Any:
        """What the learner sees of a row's rewards, [lanes, environments]; `reset_rows` count in no moment."""
        if not self.of_rewards:
            return rewards
        lanes = zip(self.state, rewards, reset_rows, done, strict=True)
        return np.stack([self._rewards(*lane) for lane in lanes])

    def _rewards(
        self, state: Doubles, rewards: Doubles, reset_row: NDArray[np.bool_], done: NDArray[np.bool_]
    ) -> Floats:
        start = 1 + 2 * self.n_numbers if self.of_observations else 0
        moments, returns = state[start : start + 3], state[start + 3 :]
        returns[~reset_row] = returns[~reset_row] * self.gamma + rewards[~reset_row]
        _take_in(moments, returns[~reset_row, None])
        returns[done] = 0.0
        return _within(rewards / np.sqrt(moments[2] + EPSILON))

    def rounded(self) -> "Normalizer":
        """A copy with the moments as `weights` gives them: what an evaluation normalises by."""
        other = copy(self)
        other.state = self.state.astype(np.float32).astype(np.float64)
        return other

    def weights(self, lane: int) -> dict[str, Floats]:
        """The moments of one lane's observations, as an evaluation and a result have them: [1, numbers], float32."""
        if not self.of_observations:
            return {}
        moments = self.state[lane, 1 : 1 + 2 * self.n_numbers].astype(np.float32).reshape(2, 1, -1)
        return dict(zip(MOMENTS, moments, strict=True))

    def set_weights(self, lane: int, weights: Mapping[str, Floats]) -> None:
        """The inverse of `weights`."""
        if self.of_observations:
            self.state[lane, 1 : 1 + 2 * self.n_numbers] = np.concatenate([weights[name] for name in MOMENTS]).flat


def _take_in(moments: Doubles, rows: Doubles) -> None:
    """Change count, means and variances by more rows, [rows, columns] (Chan, Golub and LeVeque 1982)."""
    n, columns = rows.shape
    if n == 0:
        return
    batch_mean = _sum(rows) / n
    batch_variance = _sum(np.square(rows - batch_mean)) / n
    count, mean, variance = moments[0], moments[1 : 1 + columns], moments[1 + columns :]
    total, delta = count + n, batch_mean - mean
    variance[:] = (variance * count + batch_variance * n + delta * delta * count * n / total) / total
    mean += delta * n / total
    moments[0] = total


def _sum(rows: Doubles) -> Doubles:
    """Over the rows, in order: NumPy's own sums may go by pairs."""
    total: Doubles = np.add.accumulate(rows, axis=0)[-1]
    return total


def _within(numbers: Doubles) -> Floats:
    clipped = numbers.clip(-LIMIT, LIMIT).astype(np.float32)
    clipped[np.abs(clipped) < np.finfo(np.float32).tiny] = 0.0
    return clipped
