"""A process that stops itself after it has written a file, so that a test finds it in the middle of its work."""

import os
import signal
from pathlib import Path
from typing import Any, NamedTuple


class Pause(NamedTuple):
    """The file after which a process stops itself, and how many times it has written it by then."""

    file: str
    times: int = 1


def take(pause: Pause) -> None:
    """Have this process stop itself as `pause` says. Files are written by renaming, so this counts renames."""
    replace, written = os.replace, 0

    def counted(source: Any, target: Any, **keywords: Any) -> None:
        nonlocal written
        replace(source, target, **keywords)
        written += Path(target).name == pause.file
        if written == pause.times and Path(target).name == pause.file:
            os.kill(os.getpid(), signal.SIGSTOP)

    os.replace = counted  # type: ignore[assignment]


def is_stopped(number: int) -> bool:
    """Whether the process of this number has stopped itself."""
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "T"
    except FileNotFoundError:
        return False
