"""The core's functions, random numbers and environments, compiled for tests: each build, by each compiler."""

import ctypes
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CORE = Path(__file__).parents[2] / "a2c" / "core"
SOURCES = [CORE / "functions.c", CORE / "random.c", *sorted((CORE / "environments").glob("*.c"))]
FLAGS = "-std=c11 -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math -Wall -Wextra -Werror".split()
LIBRARY = "-shared -fPIC -nostdlib -ffreestanding".split()
MACHINES = {
    "x86_64": {
        "baseline": ["-march=x86-64"],
        "avx2": ["-march=x86-64-v3"],
        "avx512": ["-march=x86-64-v4", "-mprefer-vector-width=512"],
    },
    "aarch64": {"neon": []},
}
NEEDS = {"baseline": set(), "avx2": {"avx2", "fma"}, "avx512": {"avx512f", "avx512dq", "avx512bw", "avx512vl"}, "neon": set()}


def builds() -> Iterator[tuple[str, str]]:
    """Every compiler with every build that this CPU runs."""
    has = set(Path("/proc/cpuinfo").read_text().split())
    for compiler in ("gcc", "clang"):
        if shutil.which(compiler):
            for build in MACHINES[platform.machine()]:
                if NEEDS[build] <= has:
                    yield compiler, build


def best() -> tuple[str, str]:
    """The widest build, by the first compiler."""
    compiler = next(builds())[0]
    return [pair for pair in builds() if pair[0] == compiler][-1]


def architecture(build: str) -> list[str]:
    return next(machine[build] for machine in MACHINES.values() if build in machine)


@cache
def folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="a2c-core-"))


@cache
def library(compiler: str, build: str) -> ctypes.CDLL:
    """The shared object of one build."""
    out = folder() / f"{compiler}-{build}.so"
    subprocess.run([compiler, *FLAGS, *LIBRARY, *architecture(build), *SOURCES, "-o", out], check=True)
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
