"""The compiled core as C has it: its functions, the types of their arguments, and the arrays that they fill."""

import ctypes
from ctypes import POINTER, Structure, byref, c_double, c_float, c_int64, c_uint64, c_void_p
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from a2c import streams
from a2c.core.settings import Settings, config_of

ENDED = np.dtype([("env", np.int64), ("step", np.int64), ("total_reward", np.float64), ("length", np.int64)])
METRICS = np.dtype(
    [("step", np.int64)]
    + [
        (name, np.float32)
        for name in (
            "policy_loss", "value_loss", "entropy", "advantage_mean", "advantage_std", "grad_norm",
            "explained_variance", "clip_coefficient", "policy_grad_norm", "value_grad_norm", "grad_cosine",
            "policy_kl", "value_max", "terminal_share", "observation_distance", "clip_fraction",
        )
    ]
)  # fmt: skip

SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "a2c_lane_bytes": (c_int64, [c_void_p]),
    "a2c_lane_start": (c_void_p, [c_void_p] * 6),
    "a2c_train": (c_int64, [c_void_p, c_int64, *[c_void_p] * 5]),
    "a2c_act": (None, [c_void_p, c_void_p, c_int64, c_void_p]),
    "a2c_record": (c_int64, [c_void_p] * 5),
    "a2c_update": (c_int64, [c_void_p] * 3),
    "a2c_rollout_rows": (c_int64, [c_void_p]),
    "a2c_rollout_is_over": (c_int64, [c_void_p]),
    "a2c_replay": (c_int64, [c_void_p, c_int64, c_void_p, c_void_p]),
    "a2c_retake": (None, [c_void_p] * 3),
    "a2c_go_on": (None, [c_void_p, c_void_p]),
    "a2c_evaluate": (None, [c_void_p, c_int64, c_void_p, c_void_p, c_void_p]),
    "a2c_forward": (None, [c_void_p] * 4),
    "a2c_parameters": (c_int64, [c_void_p] * 5),
    "a2c_normalizer": (c_int64, [c_void_p] * 2),
    "a2c_freeze": (None, [c_void_p]),
    "a2c_status": (None, [c_void_p, c_void_p]),
    "a2c_set_updates": (None, [c_void_p, c_int64]),
    "a2c_share": (None, [c_void_p] * 2),
    "a2c_take_turns": (c_int64, [c_void_p, c_int64, *[c_void_p] * 6]),
    "a2c_update_shared": (c_int64, [c_void_p] * 3),
    "a2c_stand": (None, [c_void_p, c_int64]),
    "a2c_past_returns": (POINTER(c_double), [c_void_p]),
    "a2c_image": (None, [c_void_p] * 4),
    "a2c_snapshots": (POINTER(c_int64), [c_void_p] * 3),
    "a2c_sample": (None, [c_void_p, c_int64, c_void_p, c_void_p]),
    "a2c_look": (None, [c_void_p, c_int64, c_void_p]),
    "a2c_policy_gradient": (None, [c_void_p, c_int64, *[c_void_p] * 3]),
    "a2c_inner": (c_double, [c_int64, c_void_p, c_void_p]),
    "a2c_running_norm": (POINTER(c_double), [c_void_p]),
    "a2c_level": (c_int64, []),
    "a2c_multiply_adds": (c_float, [c_int64]),
    "a2c_roots": (c_float, [c_int64]),
    "a2c_sources": (ctypes.c_char_p, []),
}

Floats = NDArray[np.float32]


class Stream(Structure):
    _fields_ = [(name, c_uint64) for name in ("state_low", "state_high", "increment_low", "increment_high")]


class Status(Structure):
    _fields_ = [
        *((name, c_int64) for name in ("rows", "updates", "stopped_step", "diverged_step", "diverged_reason")),
        ("diverged_value", c_double),
    ]


class Trained(NamedTuple):
    """What some updates of a lane did."""

    actions: Floats  # [rows, environments, action_size]
    ended: NDArray[Any]  # of type ENDED
    metrics: NDArray[Any]  # of type METRICS


def stream(generator: np.random.BitGenerator) -> Stream:
    """Where a PCG64 stands, in halves."""
    held = generator.state["state"]
    low = (1 << 64) - 1
    return Stream(held["state"] & low, held["state"] >> 64, held["inc"] & low, held["inc"] >> 64)


def environment_stream(seed: int, purpose: str, index: int) -> Stream:
    """The stream of environment `index`, as Gymnasium's `reset(seed=...)` makes it."""
    entropy = streams.environment_seed(seed, purpose, index)
    return stream(np.random.PCG64(np.random.SeedSequence(entropy)))


def pointer(array: NDArray[Any]) -> int:
    """The address of the array's numbers."""
    return int(array.ctypes.data)


class Library:
    """One build of the core, loaded; `c` has its functions, those of `SIGNATURES`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.c = ctypes.CDLL(str(path))
        except OSError as error:
            if "failed to map" in str(error):  # the loader's words for what the kernel refused
                raise MemoryError(str(error)) from None
            raise
        for name, (result, arguments) in SIGNATURES.items():
            function = getattr(self.c, name)
            function.restype, function.argtypes = result, arguments

    @property
    def name(self) -> str:
        """The build: baseline, avx2, avx512 or neon."""
        return self.path.stem.removeprefix("core-")

    @property
    def sources(self) -> str:
        """The hash of the sources that this build was made of."""
        return str(self.c.a2c_sources().decode())

    @property
    def level(self) -> int:
        """What this CPU runs: 1 x86-64 or AArch64, 3 AVX2, 4 AVX-512."""
        return int(self.c.a2c_level())

    def lane_bytes(self, settings: Settings) -> int:
        """Memory that a lane takes."""
        return int(self.c.a2c_lane_bytes(byref(config_of(settings))))
