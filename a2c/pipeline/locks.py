"""A folder of results belongs to one paper, and one pipeline at a time works in it."""

import errno
import fcntl
import os
import sys
from pathlib import Path

from a2c.config import ConfigError
from a2c.runs.files import NO_LOCKS, DamagedError, no_locks
from a2c.runs.study import read_paper_record


def claim_folder(folder: Path) -> None:
    """Lock the folder until this process ends. ConfigError if another process has locked it, or it cannot be written.

    Where the file system has no locks a line says so. The kernel releases the lock when the process ends,
    killed or not.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}; allowed: a folder that can be written") from None
    if not os.access(folder, os.W_OK):
        raise ConfigError(f"{folder}: {os.strerror(errno.EACCES)}; allowed: a folder that can be written")
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


def check_owner(folder: Path, config: str) -> None:
    """ConfigError if the folder holds the results of another paper than the one in the file `config`."""
    try:
        owner = read_paper_record(folder).config
    except DamagedError:  # none yet, or one that the pipeline writes again
        return
    if owner not in ("", config):
        raise ConfigError(
            f"{folder}: holds the results of {owner}; allowed: another folder for {config}, by its key `results`"
        )
