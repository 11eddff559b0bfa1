"""The cores that this process may use."""

import os


def own_cores() -> int:
    """Cores that the system lets this process use: those of the job where a scheduler binds it, else the machine's."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
