"""The lock on a folder of results: one pipeline at a time works in it."""

import fcntl
import os
from pathlib import Path

from a2c.config import ConfigError


def claim_folder(folder: Path) -> None:
    """Lock the folder until this process ends. ConfigError if another process has locked it.

    The kernel releases the lock when the process ends, even if it is killed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)  # never closed: the lock lasts as long as the process
    os.set_inheritable(handle, False)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigError(f"{folder}: another snakemake is running here; allowed: one at a time") from None
