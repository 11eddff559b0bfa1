"""The progress of a training: a small file in its folder while it runs."""

import json
import time
from contextlib import suppress
from pathlib import Path

from a2c import untrusted
from a2c.runs.files import PART

NAME = "progress.json"


class ProgressWriter:
    """Writes the progress of a training at most once a second."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._next = 0.0

    def write(self, steps: int) -> None:
        """Write `steps`, the agent steps of every seed of the block so far."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 1
        part = self._path.with_name(f".{NAME}{PART}")
        part.write_text(json.dumps({"steps": steps}))
        with suppress(FileNotFoundError):  # another node's job renamed it: not every file system shares locks
            part.replace(self._path)


def read_steps(folder: Path) -> int:
    """The agent steps of every seed of the block in `folder` so far; 0 if there is no readable progress file."""
    try:
        return max(0, int(json.loads(untrusted.read(folder / NAME))["steps"]))
    except (untrusted.DamagedError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return 0
