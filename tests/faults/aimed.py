"""Kills aimed at files: a process kills itself before or after its n-th creation, rename or removal of a file."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

OPERATIONS = ("open", "replace", "rename", "unlink", "rmdir", "mkdir", "fsync", "chmod")


class Aim(NamedTuple):
    """The operation at which a process kills itself, counted from 1, before it or after it."""

    number: int
    after: bool
    counts: Path  # a file that gets a byte at each operation


def take(aim: Aim) -> None:
    """Have this process kill itself as `aim` says."""
    counts = open(aim.counts, "ab", buffering=0)  # noqa: SIM115 - open as long as the process

    def counted(operation: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            counts.write(b".")
            is_target = counts.tell() == aim.number
            if is_target and not aim.after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = operation(*arguments, **keywords)
            if is_target:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    for name in OPERATIONS:
        setattr(os, name, counted(getattr(os, name)))
