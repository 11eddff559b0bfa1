"""The rule that ends a run before its budget: the mean return of its last ten finished episodes."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.envs import Ended

RECENT = 10  # episodes
STATE = "stopping.recent"  # name of the state's array, [lanes, RECENT], not a number where there is no return yet


class StoppingRule:
    """Watches the episodes of every lane. A lane has to stop once the mean of its last ten returns reaches the bound.

    The rule is looked at after each episode; the run ends with the update in which that happened.
    """

    def __init__(self, stop_return: float | None, n_lanes: int) -> None:
        self.stop_return = stop_return
        self.recent: list[deque[float]] = [deque(maxlen=RECENT) for _ in range(n_lanes)]  # returns, the oldest first
        self.reached: set[int] = set()  # lanes

    def state(self) -> dict[str, NDArray[np.float64]]:
        """The returns that it remembers, from which `restore` goes on; nothing where there is no rule."""
        padded = [[*recent, *[np.nan] * (RECENT - len(recent))] for recent in self.recent]
        return {} if self.stop_return is None else {STATE: np.array(padded)}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Remember what `state` returned."""
        for recent, held in zip(self.recent, state.get(STATE, ()), strict=STATE in state):
            recent.extend(held[~np.isnan(held)].tolist())

    def watch(self, ended: Iterable[Ended]) -> None:
        """Take in episodes in the order of their ends."""
        for episode in ended:
            recent = self.recent[episode.lane]
            recent.append(episode.total_reward)
            is_full = len(recent) == RECENT
            if self.stop_return is not None and is_full and sum(recent) / RECENT >= self.stop_return:
                self.reached.add(episode.lane)
