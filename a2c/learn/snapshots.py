"""The weights of each lane during a run: copies at the first update at or after each configured share of the budget."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

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

    def keep_due(self, rows: int, parameters: Mapping[int, Tensor]) -> None:
        """Keep the weights of the lanes that have passed a share after `rows` steps of every environment.

        `parameters`: [numbers] of each lane that has not diverged.
        """
        for lane, weights in parameters.items():
            number = int(self.n_kept[lane])
            if number < len(self.rows) and rows >= self.rows[number]:
                passed = sum(rows >= row for row in self.rows)
                self.kept[lane, number:passed] = weights.cpu().numpy()
                self.n_kept[lane] = passed

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
