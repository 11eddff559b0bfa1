"""A lane's memory and what it contains: weights, optimiser, running moments, snapshots."""

from ctypes import POINTER, byref, c_double, c_float, c_void_p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c import streams
from a2c.config.configuration import snapshot_rows
from a2c.core import layout
from a2c.core.library import Floats, Library, Status, Stream, environment_stream, pointer, stream
from a2c.core.settings import Settings, config_of

LINE = 64  # bytes: where a lane's memory begins
REASONS = {1: "policy loss", 2: "value loss", 3: "gradient norm"}


class LaneState:
    """One run, in one block of memory. Its arrays are views of that block."""

    def __init__(
        self, core: Library, settings: Settings, seed: int, purpose: str = "environments", first: int = 0
    ) -> None:
        """`first`: the number of its first environment, which its random streams go by."""
        self.core, self.settings, self.seed = core, settings, seed
        size = core.lane_bytes(settings)
        block = np.empty(size + LINE, dtype=np.uint8)
        start = -block.ctypes.data % LINE
        self._memory = block[start : start + size]
        self._lane = self._start(purpose, first)
        self._view_parameters()
        self._view_moments()

    def _start(self, purpose: str, first: int) -> c_void_p:
        """Lay the lane out in its memory, before its first step."""
        actions = "actions" if purpose == "environments" else f"{purpose} actions"
        names = ("weights", actions, "minibatches")
        drawn = [stream(streams.generator(self.seed, name).bit_generator) for name in names]
        native = range(self.settings.n_envs if self.settings.env_id else 0)
        own = (environment_stream(self.seed, purpose, first + i) for i in native)
        environments = (Stream * max(1, len(native)))(*own)
        config = config_of(self.settings)
        return c_void_p(
            self.core.c.a2c_lane_start(pointer(self._memory), byref(config), *map(byref, drawn), environments)
        )

    def _view_parameters(self) -> None:
        """Parameters, gradients and the optimiser's running means; snapshots of the parameters."""
        pointers = [POINTER(c_float)() for _ in range(4)]
        number = self.core.c.a2c_parameters(self._lane, *map(byref, pointers))
        self._flat = [np.ctypeslib.as_array(pointer, (number,)) for pointer in pointers]
        kept, kept_moments = POINTER(c_float)(), POINTER(c_double)()
        count = self.core.c.a2c_snapshots(self._lane, byref(kept), byref(kept_moments))
        n_shares = len(self.settings.snapshots)
        n_moments = 2 * self.settings.n_observation if self.settings.normalize_observations else 0
        self._n_kept = np.ctypeslib.as_array(count, (1,))
        self._kept = np.ctypeslib.as_array(kept, (n_shares, number))
        self._kept_moments = np.ctypeslib.as_array(kept_moments, (n_shares, n_moments))

    def _view_moments(self) -> None:
        """Running moments: of observations and rewards, the gradient's norm, REINFORCE's returns."""
        moments = POINTER(c_double)()
        size = self.core.c.a2c_normalizer(self._lane, byref(moments))
        self._normalizer = np.ctypeslib.as_array(moments, (size,)) if size else np.empty(0)
        self._running_norm = np.ctypeslib.as_array(self.core.c.a2c_running_norm(self._lane), (1,))
        self._past_returns = np.ctypeslib.as_array(self.core.c.a2c_past_returns(self._lane), (2,))

    def _status(self) -> Status:
        status = Status()
        self.core.c.a2c_status(self._lane, byref(status))
        return status

    @property
    def rows(self) -> int:
        """Rows so far: agent steps of each environment."""
        return int(self._status().rows)

    @property
    def diverged(self) -> tuple[int, str] | None:
        """The step at which the gradient was not finite, and the reason; None if it always was."""
        status = self._status()
        if status.diverged_reason == 0:
            return None
        return int(status.diverged_step), f"{REASONS[status.diverged_reason]} is {float(status.diverged_value)}"

    @property
    def stopped(self) -> int | None:
        """The step at which the run ended on purpose, before its budget; None if it has not."""
        return int(self._status().stopped_step) or None

    def state(self) -> dict[str, NDArray[Any]]:
        """Arrays from which `restore` goes on, as to weights and optimiser; environments are replayed."""
        parameters, _, first, second = (_canonical(flat) for flat in self._flat)
        kept = {
            "snapshots": _canonical(self._kept),
            "snapshots.moments": self._kept_moments.copy(),
            "snapshots.kept": self._n_kept[0].copy(),
        }
        clipping = {"clipping.norm": self._running_norm.copy()} if self.settings.clip_by == "running" else {}
        state: dict[str, NDArray[Any]] = {
            "parameters": parameters,
            "optimizer.first": first,
            "optimizer.second": second,
            "optimizer.updates": np.array(self._status().updates, dtype=np.int64),
            **clipping,
            **(kept if self.settings.snapshots else {}),
        }
        return state | ({"returns": self._past_returns.copy()} if self._has_mean else {})

    @property
    def _has_mean(self) -> bool:
        return self.settings.algorithm == "reinforce" and self.settings.baseline == "mean"

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Weights and optimiser as `state` gave them. Replay the environments afterwards."""
        for flat, name in zip(
            (self._flat[0], *self._flat[2:]), ("parameters", "optimizer.first", "optimizer.second"), strict=True
        ):
            flat[:] = state[name]
        self.core.c.a2c_set_updates(self._lane, int(state["optimizer.updates"]))
        if self._has_mean:
            self._past_returns[:] = state["returns"]
        if self.settings.snapshots:
            self._kept[:] = state["snapshots"]
            self._kept_moments[:] = state["snapshots.moments"]
            self._n_kept[0] = state["snapshots.kept"]
        if "clipping.norm" in state:
            self._running_norm[:] = state["clipping.norm"]

    @property
    def _observed(self) -> NDArray[np.float64]:
        """Means and variances of the observations, [2, numbers], as a view."""
        return self._normalizer[1 : 1 + 2 * self.settings.n_observation].reshape(2, -1)

    @property
    def address(self) -> c_void_p:
        """Of the lane in memory."""
        return self._lane

    def set_parameters(self, flat: Floats) -> None:
        """Put in parameters as `state` gives them."""
        self._flat[0][:] = flat

    def weights(self) -> dict[str, Floats]:
        """Weights [inputs, outputs] and biases [1, outputs] by name: `shared.0.weight`, `policy.2.bias`, ...

        Where observations are normalised, their moments besides, [1, numbers].
        """
        return self._named(self._flat[0], self._observed)

    def _named(self, flat: Floats, moments: NDArray[np.float64]) -> dict[str, Floats]:
        """Parameters, and the moments of observations [2, numbers] where they are normalised, by name."""
        named = layout.unpack(self.settings, _canonical(flat))
        if self.settings.normalize_observations:
            parts = _canonical(moments.reshape(2, -1)).astype(np.float32)
            named |= {name: one[None] for name, one in zip(layout.MOMENTS, parts, strict=True)}
        return named

    def snapshots(self) -> dict[float, dict[str, Floats]]:
        """The weights that were kept, by share of the budget; the last ones for a share that no update followed."""
        shares, n_kept = self.settings.snapshots, int(self._n_kept[0])
        kept = dict(zip(shares, map(self._named, self._kept[:n_kept], self._kept_moments[:n_kept]), strict=False))
        if not self.diverged:
            rows = snapshot_rows(shares, self.settings.total_rows)
            passed = [share for share, row in zip(shares, rows, strict=True) if row <= self.rows]
            kept |= {share: self.weights() for share in passed[n_kept:]}
        return kept

    def gradients(self) -> dict[str, Floats]:
        """The last step's gradient, named as the weights: before it was clipped, where all of it is."""
        return layout.unpack(self.settings, _canonical(self._flat[1]))

    def set_weights(self, weights: dict[str, Floats]) -> None:
        """Put in weights as `weights` gives them."""
        layout.pack(self.settings, weights, self._flat[0])
        if self.settings.normalize_observations:
            self._observed[:] = np.concatenate([weights[name] for name in layout.MOMENTS])


def _canonical(array: NDArray[Any]) -> NDArray[Any]:
    """A copy in which every NaN is the same NaN: machines differ in the one that an operation makes."""
    return np.where(np.isnan(array), array.dtype.type(np.nan), array)
