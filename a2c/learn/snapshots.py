"""The weights of each lane during a run: copies at the first update at or after each configured share of the budget."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.config.configuration import snapshot_rows

Weights = dict[str, NDArray[np.float32]]  # of a lane, by name


class Snapshots:
    """What was kept so far: by name [lanes, shares, ...], of which each lane has its first `n_kept` [lanes]."""

    def __init__(self, configuration: Configuration, weights: Sequence[Weights]) -> None:
        """`weights`: of each lane."""
        self.shares = configuration.snapshots
        self.steps = snapshot_rows(
            self.shares, configuration.total_steps // configuration.n_envs * configuration.n_envs
        )
        shape = (len(weights), len(self.shares))
        self.kept = {name: np.zeros((*shape, *array.shape), np.float32) for name, array in weights[0].items()}
        self.n_kept = np.zeros(len(weights), dtype=np.int64)

    def keep(self, lanes: Iterable[int], steps: int, weights_of: Callable[[int], Weights]) -> None:
        """Keep the weights of the lanes that have passed a share with their last update, after so many agent steps."""
        passed = sum(steps >= step for step in self.steps)
        for lane in lanes:
            number = int(self.n_kept[lane])
            if passed > number:
                for name, array in weights_of(lane).items():
                    self.kept[name][lane, number:passed] = array
                self.n_kept[lane] = passed

    def of_lane(self, lane: int) -> dict[float, Weights]:
        """The weights that a lane had, by share."""
        return {
            share: {name: array[lane, number].copy() for name, array in self.kept.items()}
            for number, share in enumerate(self.shares[: int(self.n_kept[lane])])
        }

    def state(self) -> dict[str, NDArray[Any]]:
        """Copies of the arrays from which `restore` goes on; none without shares."""
        if not self.shares:
            return {}
        arrays: dict[str, NDArray[Any]] = {f"snapshots.{name}": array.copy() for name, array in self.kept.items()}
        return {**arrays, "snapshots.kept": self.n_kept.copy()}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Stand as another that gave `state`."""
        if self.shares:
            for name, array in self.kept.items():
                array[:] = state[f"snapshots.{name}"]
            self.n_kept[:] = state["snapshots.kept"]
