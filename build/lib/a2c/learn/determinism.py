"""One core and the same bits: set before a process trains or evaluates."""

import os

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts; deterministic products need it

import torch


def settle() -> dict[str, object]:
    """One thread, deterministic algorithms, denormal numbers flushed to zero; gives the flags for the manifest.

    Adam's averages of a dead unit's gradient decay into denormals, which are some hundred times slower to compute with.
    """
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    flushed = torch.set_flush_denormal(True)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    return {"threads": 1, "deterministic_algorithms": True, "flush_denormal": flushed, "tf32": False}
