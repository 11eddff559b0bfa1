"""Lanes that end on purpose while PyTorch computes on with the others: their parameters stay as they were."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray
from torch import Tensor

from a2c.envs import Ended
from a2c.learn.stopping import StoppingRule


class StoppedLanes:
    """The stopping rule of all lanes, where the lanes stopped, and the parameters they had then."""

    def __init__(self, stop_return: float | None, parameters: Sequence[Tensor]) -> None:
        """`parameters`: of each lane, where they stay in memory."""
        self.steps: dict[int, int] = {}  # lane: agent steps
        self._parameters = parameters
        self._rule = StoppingRule(stop_return, len(parameters))
        self._final: dict[int, Tensor] = {}

    def note(self, ended: Iterable[Ended], steps: int, diverged: Collection[int]) -> None:
        """After an update at `steps`: stop the lanes that the rule tells to, and put back what earlier ones had."""
        self._rule.watch(ended)
        for lane in sorted(self._rule.reached - set(diverged) - self.steps.keys()):
            self.steps[lane] = steps
            self._final[lane] = self._parameters[lane].clone()
        for lane, final in self._final.items():
            self._parameters[lane].copy_(final)

    def state(self) -> dict[str, NDArray[Any]]:
        """Arrays from which `restore` goes on."""
        return self._rule.state()

    def restore(self, state: Mapping[str, NDArray[Any]], steps: Mapping[int, int]) -> None:
        """Go on from `state` and the lanes that had stopped; the parameters have been restored before."""
        self._rule.restore(state)
        self.steps = dict(steps)
        self._final = {lane: self._parameters[lane].clone() for lane in steps}
