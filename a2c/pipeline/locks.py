"""One pipeline at a time in a folder of results."""

import fcntl
import os
from pathlib import Path

from a2c.config import ConfigError


def claim_folder(folder: Path) -> None:
    """Lock the folder until this process ends. ConfigError if another process holds it.

    The kernel lets go of the lock when its holder dies, however it dies: after a kill there is nothing to unlock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)  # never closed: held as long as the process lives
    os.set_inheritable(handle, False)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigError(f"{folder}: another snakemake is at work here; allowed: one at a time") from None
