"""The weights of each lane during a run: copies at the first update at or after each configured share of the budget."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.config.configuration import snapshot_rows

Floats = NDArray[np.float32]


class Snapshots:
    """What was kept so far: `kept` [lanes, shares, numbers], of which each lane has its first `n_kept` [lanes]."""

    def __init__(self, configuration: Configuration, n_lanes: int, n_numbers: int) -> None:
        self.shares = configuration.snapshots
        self.rows = snapshot_rows(self.shares, configuration.total_steps // configuration.n_envs)
        self.kept = np.zeros((n_lanes, len(self.shares), n_numbers), dtype=np.float32)
        self.n_kept = np.zeros(n_lanes, dtype=np.int64)

    def is_due(self, lane: int, rows: int) -> bool:
        """Whether the lane has passed the next of the shares after `rows` steps of every environment."""
        number = int(self.n_kept[lane])
        return number < len(self.rows) and rows >= self.rows[number]

    def keep(self, lane: int, rows: int, weights: Floats) -> None:
        """Keep the lane's weights, [numbers], for each share that it has passed."""
        while self.is_due(lane, rows):
            self.kept[lane, self.n_kept[lane]] = weights
            self.n_kept[lane] += 1

    def of_lane(self, lane: int) -> dict[float, Floats]:
        """The weights that a lane had, by share."""
        kept = self.kept[lane, : self.n_kept[lane]]
        return dict(zip(self.shares, kept, strict=False))

    def state(self) -> dict[str, NDArray[Any]]:
        """Copies of the arrays from which `restore` goes on; none without shares."""
        return {"snapshots": self.kept.copy(), "snapshots.kept": self.n_kept.copy()} if self.shares else {}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Stand as another that gave `state`."""
        if self.shares:
            self.kept[:] = state["snapshots"]
            self.n_kept[:] = state["snapshots.kept"]
