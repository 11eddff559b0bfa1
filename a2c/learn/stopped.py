"""Lanes that end on purpose while PyTorch computes on with the others: their parameters stay as they were."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray
from torch import Tensor

from a2c.envs import Ended
from a2c.learn.stopping import StoppingRule


class StoppedLanes:
    """The stopping rule of all lanes, where the lanes stopped, and the parameters and moments they had then."""

    def __init__(self, stop_return: float | None, lasting: Sequence[Sequence[Tensor]]) -> None:
        """`lasting`: of each lane the tensors, where they stay in memory, that a stopped lane keeps."""
        self.steps: dict[int, int] = {}  # lane: agent steps
        self._lasting = lasting
        self._rule = StoppingRule(stop_return, len(lasting))
        self._final: dict[int, list[Tensor]] = {}

    def note(self, ended: Iterable[Ended], steps: int, diverged: Collection[int]) -> None:
        """After an update at `steps`: stop the lanes that the rule tells to, and put back what earlier ones had."""
        self._rule.watch(ended)
        for lane in sorted(self._rule.reached - set(diverged) - self.steps.keys()):
            self.steps[lane] = steps
            self._final[lane] = self._copies(lane)
        for lane, final in self._final.items():
            for tensor, kept in zip(self._lasting[lane], final, strict=True):
                tensor.copy_(kept)

    def _copies(self, lane: int) -> list[Tensor]:
        return [tensor.clone() for tensor in self._lasting[lane]]

    def state(self) -> dict[str, NDArray[Any]]:
        """Arrays from which `restore` goes on."""
        return self._rule.state()

    def restore(self, state: Mapping[str, NDArray[Any]], steps: Mapping[int, int]) -> None:
        """Go on from `state` and the lanes that had stopped; the parameters have been restored before."""
        self._rule.restore(state)
        self.steps = dict(steps)
        self._final = {lane: self._copies(lane) for lane in steps}
