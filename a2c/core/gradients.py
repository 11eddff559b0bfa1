"""Gradient studies by the core: samples by frozen weights, and gradients of the policy's loss on them."""

from collections.abc import Mapping
from ctypes import Structure, byref, c_void_p
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2c.core.face import Core, Lane
from a2c.core.library import Floats
from a2c.core.settings import Settings

Doubles = NDArray[np.float64]
NOT_TRAINED: dict[str, Any] = {"algorithm": "a2c", "snapshots": (), "stop_return": None}  # takes the least memory


class Sample(NamedTuple):
    """Consecutive steps of several environments, [rows, environments]; observations and values have a row more."""

    observations: Floats  # [rows + 1, environments, numbers]
    actions: Floats  # [rows, environments, action_size]
    values: Floats  # [rows + 1, environments]
    rewards: Doubles
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    valid: NDArray[np.bool_]  # false on reset rows


class _Pointers(Structure):
    _fields_ = [(name, c_void_p) for name in Sample._fields]


def empty_sample(settings: Settings, rows: int) -> Sample:
    """Room for `rows` steps of `n_envs` environments."""
    n_envs = settings.n_envs
    return Sample(
        np.empty((rows + 1, n_envs, settings.n_observation), np.float32),
        np.empty((rows, n_envs, settings.action_size), np.float32),
        np.empty((rows + 1, n_envs), np.float32),
        np.empty((rows, n_envs)),
        *(np.empty((rows, n_envs), bool) for _ in range(3)),
    )


class Sampler(Lane):
    """A frozen policy at play in `n_envs` environments."""

    def __init__(self, core: Core, settings: Settings, weights: Mapping[str, Floats], seed: int, purpose: str) -> None:
        shape = replace(settings, n_steps=1, total_steps=settings.n_envs, **NOT_TRAINED)
        super().__init__(core, shape, seed, purpose)
        self.set_weights(dict(weights))

    def sample(self, rows: int) -> Sample:
        """The next `rows` steps of native environments; the next call goes on from there."""
        self._check(native=True)
        sample = empty_sample(self.settings, rows)
        pointers = _Pointers(*(array.ctypes.data for array in sample))
        self.core.c.a2c_sample(self._lane, rows, byref(pointers), self._ended.ctypes.data)
        return sample


class Differentiator(Lane):
    """Gradients of the policy's loss at frozen weights, on at most `rows` observations at a time."""

    def __init__(self, core: Core, settings: Settings, weights: Mapping[str, Floats], rows: int) -> None:
        shape = replace(settings, env_id=None, n_envs=1, n_steps=rows, total_steps=rows, **NOT_TRAINED)
        super().__init__(core, shape, seed=0)
        self.set_weights(dict(weights))
        self._observations = np.empty((0, settings.n_observation), np.float32)

    @property
    def size(self) -> int:
        """Numbers in a gradient: one for each parameter, and for the padding between them, where it is 0."""
        return len(self._flat[1])

    def look(self, observations: Floats) -> None:
        """Compute the network's outputs on observations [rows, numbers]."""
        if len(observations) > self.settings.n_steps:
            raise ValueError(f"{len(observations)} observations; at most {self.settings.n_steps}")
        self._observations = np.ascontiguousarray(observations, dtype=np.float32)
        self.core.c.a2c_look(self._lane, len(observations), self._observations.ctypes.data)

    def gradient(self, actions: Floats, weights: Floats) -> Floats:
        """The gradient of sum(-weight log pi(action)) on the rows that were looked at, [size].

        `actions`: [rows, action_size]; `weights`: [rows]. The array is used again by the next call.
        """
        if not len(actions) == len(weights) == len(self._observations):
            raise ValueError(f"{len(actions)} actions, {len(weights)} weights, {len(self._observations)} observations")
        actions, weights = (np.ascontiguousarray(array, dtype=np.float32) for array in (actions, weights))
        pointers = (array.ctypes.data for array in (self._observations, actions, weights))
        self.core.c.a2c_policy_gradient(self._lane, len(weights), *pointers)
        return self._flat[1]

    def inner(self, x: Doubles, y: Doubles) -> float:
        """sum(x y) of two gradients, [size] each, in the core's order of sums."""
        return float(self.core.c.a2c_inner(self.size, x.ctypes.data, y.ctypes.data))
