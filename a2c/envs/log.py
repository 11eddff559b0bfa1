"""The action log: every action of every environment, from which all episodes can be replayed."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2c.envs.spaces import ActionSpace


class Logged(NamedTuple):
    """Actions that a lane's environments took next: all of them side by side, or one of them alone."""

    lane: int
    env: int | None  # None: all
    actions: NDArray[Any]  # [rows, environments, ...]; of one environment [rows, ...]


class ActionLog:
    """The actions of a seed block so far.

    `actions`: [lanes, rows, environments, ...], of which the first `rows` ([lanes, environments]) are taken. Where
    environments go at their own pace, as A3C's workers do, their numbers of rows differ.
    """

    def __init__(self, space: ActionSpace, n_lanes: int, total_rows: int, n_envs: int) -> None:
        # Allocated whole: small arrays, one for each update, would fragment the memory of a long training.
        self.actions = np.zeros((n_lanes, total_rows, n_envs, *space.shape), dtype=space.dtype)
        self.rows = np.zeros((n_lanes, n_envs), dtype=np.int64)

    @property
    def taken(self) -> NDArray[Any]:
        """The actions up to the row that any environment has reached, [lanes, rows, environments, ...]."""
        return self.actions[:, : int(self.rows.max(initial=0))]

    def add(self, logged: Logged) -> None:
        """Take in the next actions of a lane."""
        lane, env, actions = logged
        at = slice(None) if env is None else env
        first = int(self.rows[lane, 0 if env is None else env])
        self.actions[lane, first : first + len(actions), at] = actions
        self.rows[lane, at] += len(actions)

    def restore(self, taken: NDArray[Any], rows: NDArray[np.int64]) -> None:
        """Stand as another log that gave `taken` and `rows`."""
        self.actions[:, : taken.shape[1]] = taken
        self.rows[:] = rows
