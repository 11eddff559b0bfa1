"""Variables of the environment that choose how libraries compute: they can change the bits of a run."""

import os
import re

from a2c.untrusted import CONTROL

# Of MKL, oneDNN, PyTorch, CUDA, BLAS, NumPy and the C library. What the core makes alone depends on none of them.
DECIDES = re.compile(
    r"(MKL|DNNL|ONEDNN|ATEN|TORCH|CUBLAS|CUDNN|NVIDIA_TF32|OPENBLAS|NPY|VECLIB|BLIS)_\w+|GLIBC_TUNABLES|LD_PRELOAD"
)
# These change messages or the number of threads; every run has one thread. The last is set by a2c.learn.determinism.
CHANGES_NO_BITS = re.compile(
    r"\w+_(NUM_THREADS|VERBOSE|LOGS|LOGLEVEL|LOGDEST|LOGINFO|HOME|CACHE_DIR)|CUBLAS_WORKSPACE_CONFIG"
)


def _in_one_line(value: str) -> str:
    """A value as manifests have text: without control characters and what is not UTF-8."""
    return " ".join(CONTROL.sub(" ", os.fsencode(value).decode(errors="replace")).split())


def deciding_variables() -> dict[str, str]:
    """The variables that are set, with their values."""
    return {
        name: _in_one_line(value)
        for name, value in sorted(os.environ.items())
        if DECIDES.fullmatch(name) and not CHANGES_NO_BITS.fullmatch(name)
    }
