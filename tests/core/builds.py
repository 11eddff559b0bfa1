"""The core's functions, random numbers and environments, compiled for tests: each build, by each compiler."""

import ctypes
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from a2c.core import build, choose
from tests.core.compiled import compiled

CORE, HERE = Path(build.__file__).parent, Path(__file__).parent
SOURCES = [
    CORE / "functions.c",
    CORE / "random.c",
    CORE / "distribution.c",
    *sorted((CORE / "environments").glob("*.c")),
    HERE / "arrays.c",
]
HIDDEN = "-fvisibility=hidden"  # the tests call what the core keeps to itself
PROGRAM = {"-shared", "-fPIC", "-nostdlib", "-ffreestanding", HIDDEN}  # what a program is compiled without


def flags(compiler: str, architecture: list[str]) -> list[str]:
    """The core's own flags, with all names visible."""
    own = [] if build.is_clang(compiler) else build.GCC_FLAGS
    return [flag for flag in (*build.FLAGS, "-Werror", *own, *architecture) if flag != HIDDEN]


@cache
def builds() -> tuple[tuple[str, str], ...]:
    """Every compiler that is here with every build that this CPU runs, the best one last."""
    return tuple((cc, name) for cc in ("clang", "gcc") if shutil.which(cc) for name in choose.available())


def each_build() -> list[Any]:
    """The same for a test's parameters: those of one compiler in the fast tests."""
    first = builds()[-1][0]
    return [pytest.param(cc, name, marks=() if cc == first else pytest.mark.slow) for cc, name in builds()]


def best() -> tuple[str, str]:
    return builds()[-1]


@cache
def library(compiler: str, name: str) -> ctypes.CDLL:
    """The shared object of one build."""
    out = compiled(compiler, [*flags(compiler, build.builds()[name]), *SOURCES])
    loaded = ctypes.CDLL(str(out))
    loaded.a2c_inverse_normal.restype = ctypes.c_double
    loaded.a2c_inverse_normal.argtypes = [ctypes.c_double]
    loaded.a2c_kind.restype = ctypes.POINTER(Kind)
    return loaded


def of(core: ctypes.CDLL, name: str, *arguments: NDArray, outputs: int = 1) -> NDArray:
    """`a2c_<name>_of` the arguments' elements; with several outputs [outputs, n]."""
    arrays = [np.ascontiguousarray(argument) for argument in arguments]
    out = np.empty((outputs, arrays[0].size), arrays[0].dtype)
    pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in (*arrays, *out)]
    getattr(core, f"a2c_{name}_of")(*pointers, ctypes.c_int64(arrays[0].size))
    return out if outputs > 1 else out[0]


class Stream(ctypes.Structure):
    """`struct stream` of random.h."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("state_low", "state_high", "increment_low", "increment_high")]

    @classmethod
    def like(cls, bits: np.random.PCG64) -> "Stream":
        """The same stream, at the same place."""
        whole = bits.state["state"]
        state, increment, low = whole["state"], whole["inc"], 2**64 - 1
        return cls(state & low, state >> 64, increment & low, increment >> 64)


class Kind(ctypes.Structure):
    """`struct kind` of environments/environment.h."""

    _fields_ = [
        ("id", ctypes.c_char_p),
        ("n_observation", ctypes.c_int32),
        ("n_actions", ctypes.c_int32),
        ("n_state", ctypes.c_int32),
        ("time_limit", ctypes.c_int32),
        ("action_bound", ctypes.c_double),
        ("option", ctypes.c_char_p),
        ("option_default", ctypes.c_double),
        ("draw", ctypes.c_void_p),
        ("move", ctypes.c_void_p),
        ("observe", ctypes.c_void_p),
    ]


class Batch(ctypes.Structure):
    """`struct environments` of environments/environment.h."""

    _fields_ = [
        ("kind", ctypes.POINTER(Kind)),
        ("n", ctypes.c_int32),
        ("time_limit", ctypes.c_int32),
        ("option", ctypes.c_double),
        ("state", ctypes.c_void_p),
        ("steps", ctypes.c_void_p),
        ("over", ctypes.c_void_p),
        ("streams", ctypes.POINTER(Stream)),
    ]
