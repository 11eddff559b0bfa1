"""One core and the same bits: set before a process trains or evaluates."""

import os

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts; deterministic products need it

import torch

from a2c.config import Configuration
from a2c.config.errors import mistake


def settle() -> dict[str, object]:
    """One thread, deterministic algorithms, denormal numbers flushed to zero; gives the flags for the manifest.

    Adam's averages of a dead unit's gradient decay into denormals, which are some hundred times slower to compute with.
    """
    torch.set_num_threads(1)
    torch.set_deterministic_debug_mode("error")  # as use_deterministic_algorithms, which imports a compiler for seconds
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # nothing here reads what nobody wrote
    flushed = torch.set_flush_denormal(True)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    return {"threads": 1, "deterministic_algorithms": True, "flush_denormal": flushed, "tf32": False}


def check_device(configuration: Configuration, source: str) -> None:
    """ConfigError if the configuration's device is not here."""
    if configuration.device == "cuda" and not torch.cuda.is_available():
        raise mistake(source, "device", "cuda", "cpu, as no CUDA device was found")
