"""The lock on a folder of results: one pipeline at a time works in it."""

import fcntl
import os
import sys
from pathlib import Path

from a2c.config import ConfigError
from a2c.runs.files import NO_LOCKS, no_locks


def claim_folder(folder: Path) -> None:
    """Lock the folder until this process ends. ConfigError if another process has locked it.

    Where the file system has no locks a line says so. The kernel releases the lock when the process ends,
    killed or not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)  # never closed: the lock lasts as long as the process
    os.set_inheritable(handle, False)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigError(f"{folder}: another snakemake is running here; allowed: one at a time") from None
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        print(f"a2c: {no_locks(folder)}", file=sys.stderr, flush=True)
