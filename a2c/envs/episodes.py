"""Episodes as they are found in a stream of rewards and ends."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2c.envs.vector import Environments, Observations


class Ended(NamedTuple):
    """A finished episode."""

    lane: int
    env: int
    step: int  # the run's agent steps when it ended
    total_reward: float
    length: int


class Episodes:
    """Adds up rewards and lengths per environment, and gives a record whenever an episode ends.

    The row after an episode's end is the reset row: its action was ignored, so it belongs to no episode.
    """

    def __init__(self, n_lanes: int, n_envs: int) -> None:
        self.steps = 0  # agent steps of every lane so far, reset rows included
        self.reset_row = np.zeros((n_lanes, n_envs), dtype=bool)  # is the next row a reset row?
        self._return = np.zeros((n_lanes, n_envs))
        self._length = np.zeros((n_lanes, n_envs), dtype=np.int64)

    def add(self, rewards: NDArray[np.float32], done: NDArray[np.bool_]) -> list[Ended]:
        """Take one row, [lanes, environments]; give what ended in it."""
        self.steps += rewards.shape[1]
        self._return += rewards
        self._length += ~self.reset_row
        self.reset_row = done
        if not done.any():
            return []
        ended = [
            Ended(int(lane), int(env), self.steps, float(self._return[lane, env]), int(self._length[lane, env]))
            for lane, env in zip(*np.nonzero(done), strict=True)
        ]
        self._return[done] = 0.0
        self._length[done] = 0
        return ended


def replay(
    environments: Environments, episodes: Episodes, actions: NDArray[np.uint8]
) -> tuple[list[Ended], Observations]:
    """Step freshly reset environments by logged actions [lanes, rows, environments].

    Gives the episodes that ended and the last observations: all that a resumed training or an audit needs.
    """
    ended: list[Ended] = []
    observations = environments.reset()
    for row in np.moveaxis(actions, 1, 0):
        stepped = environments.step(row.astype(np.int64))
        ended += episodes.add(stepped.rewards, stepped.done)
        observations = stepped.observations
    return ended, observations
