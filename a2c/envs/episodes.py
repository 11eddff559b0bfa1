"""The episodes in a stream of rewards and ends."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2c.envs.spaces import ActionSpace
from a2c.envs.vector import Environments, Observations


class Ended(NamedTuple):
    """A finished episode."""

    lane: int
    env: int
    step: int  # the run's agent steps when it ended
    total_reward: float
    length: int


class Episodes:
    """Sums rewards and counts steps of the current episode of every environment.

    The row after an episode's end is a reset row: its action is ignored, so it belongs to no episode.
    """

    def __init__(self, n_lanes: int, n_envs: int) -> None:
        self.steps = 0  # agent steps of every lane so far, reset rows included
        self.reset_row = np.zeros((n_lanes, n_envs), dtype=bool)  # is the next row a reset row?
        self.returns = np.zeros((n_lanes, n_envs))
        self.lengths = np.zeros((n_lanes, n_envs), dtype=np.int64)

    def add(self, rewards: NDArray[np.float64], done: NDArray[np.bool_]) -> list[Ended]:
        """Add one row of rewards and ends, [lanes, environments]; return the episodes that ended in it."""
        self.steps += rewards.shape[1]
        self.returns += rewards
        self.lengths += ~self.reset_row
        self.reset_row = done
        if not done.any():
            return []
        ended = [
            Ended(int(lane), int(env), self.steps, float(self.returns[lane, env]), int(self.lengths[lane, env]))
            for lane, env in zip(*np.nonzero(done), strict=True)
        ]
        self.returns[done] = 0.0
        self.lengths[done] = 0
        return ended


def replay(
    environments: Environments,
    episodes: Episodes,
    space: ActionSpace,
    log: NDArray[Any],
    last: Mapping[int, int] | None = None,
) -> tuple[list[Ended], Observations]:
    """Step freshly reset environments by the logged actions, [lanes, rows, environments, ...] as `space` logs them.

    `last`: the rows of lanes whose runs have ended, which are not stepped after them. Changes `environments` and
    `episodes`. Returns the episodes that ended and the last observations, from which a training goes on and an audit
    compares.
    """
    ended: list[Ended] = []
    observations = environments.reset()
    for number, row in enumerate(np.moveaxis(log, 1, 0)):
        for lane in (lane for lane, rows in (last or {}).items() if rows == number):
            environments.rest(lane)
        stepped = environments.step(space.from_log(row))
        ended += episodes.add(stepped.rewards, stepped.done)
        observations = stepped.observations
    return ended, observations
