"""A3C's workers in the core: lanes of one environment each, which share weights, optimiser and noise."""

import ctypes
from collections.abc import Sequence
from ctypes import byref, c_int64, c_void_p
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.core.face import Core, Lane
from a2c.core.library import ENDED, METRICS, Floats, Trained, pointer
from a2c.core.settings import Settings


class Workers:
    """One run of A3C. `shared` has the weights and the optimiser, each worker an environment and a copy of the weights.

    The caller says whose turn it is: a rollout of at most n_steps rows, and an update of the shared weights from it.
    """

    def __init__(self, core: Core, settings: Settings, seed: int) -> None:
        self.core, self.settings = core, settings
        self.shared = core.lane(shared_settings(settings), seed)
        self.workers = [Lane(core, settings.of_worker, seed, first=number) for number in range(settings.n_envs)]
        for worker in self.workers:
            core.c.a2c_share(worker.address, self.shared.address)
        self._addresses = (c_void_p * len(self.workers))(*(worker.address for worker in self.workers))

    def take_turns(self, order: Sequence[int]) -> tuple[Trained, NDArray[np.int64]]:
        """The turns of the workers in `order`, in native environments; fewer where the run diverges.

        Also returns whose each row is: actions are [rows, 1, action_size].
        """
        before = [worker.rows for worker in self.workers]
        owners = self._owners(order)
        actions = np.empty((len(owners), 1, self.settings.action_size), dtype=np.float32)
        ended, metrics = np.empty(len(owners), dtype=ENDED), np.empty(len(order), dtype=METRICS)
        numbers = np.array(order, dtype=np.int64)
        n_ended, n_metrics = c_int64(), c_int64()
        self.core.c.a2c_take_turns(
            ctypes.cast(self._addresses, c_void_p), len(numbers), pointer(numbers), pointer(actions), pointer(ended),
            byref(n_ended), pointer(metrics), byref(n_metrics),
        )  # fmt: skip
        n_rows = sum(worker.rows for worker in self.workers) - sum(before)
        trained = Trained(actions[:n_rows], ended[: n_ended.value], metrics[: n_metrics.value])
        return trained, owners[:n_rows]

    def _owners(self, order: Sequence[int]) -> NDArray[np.int64]:
        """Whose each row of these turns is."""
        left = [worker.settings.total_rows - worker.rows for worker in self.workers]
        lengths = []
        for number in order:
            lengths.append(min(self.settings.n_steps, left[number]))
            left[number] -= lengths[-1]
        return np.repeat(np.array(order, dtype=np.int64), lengths)

    def learn(self, number: int, observations: Floats) -> NDArray[Any]:
        """The update of a worker whose environment the caller has stepped, as `Lane.learn`."""
        metrics = np.empty(1, dtype=METRICS)
        rows = np.ascontiguousarray(observations, dtype=np.float32)
        done = self.core.c.a2c_update_shared(self.workers[number].address, pointer(rows), pointer(metrics))
        return metrics[:done]

    def stand(self) -> None:
        """After the workers' rows have been replayed: go on from there."""
        self.core.c.a2c_stand(self.shared.address, sum(worker.rows for worker in self.workers))

    def state(self) -> dict[str, NDArray[Any]]:
        """Arrays from which `restore` goes on, as to weights and optimiser."""
        return {**self.shared.state(), "workers": np.stack([worker.state()["parameters"] for worker in self.workers])}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Weights, copies and optimiser as `state` gave them. Replay the environments afterwards."""
        self.shared.restore(state)
        for worker, parameters in zip(self.workers, state["workers"], strict=True):
            worker.set_parameters(parameters)


def shared_settings(settings: Settings) -> Settings:
    """Of the lane that has what the workers share. A row of it is a step of any of them."""
    return replace(settings, n_envs=1, n_steps=1, total_steps=settings.total_rows * settings.n_envs, snapshots=())
