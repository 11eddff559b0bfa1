"""A real terminal for the tests: what a person would see on the screen, by tmux."""

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import ROOT

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
ENDED = "exit code "


class Terminal:
    """A command in a terminal of some columns and 24 lines."""

    def __init__(self, server: list[str]) -> None:
        self._server = server

    def screen(self) -> list[str]:
        """The lines that are visible now, without the empty ones at the end."""
        return self._tmux("capture-pane", "-p").rstrip("\n").split("\n")

    def everything(self) -> list[str]:
        """All lines since the start; those that the terminal has wrapped are put together again."""
        return self._tmux("capture-pane", "-p", "-J", "-S", "-").rstrip("\n").split("\n")

    def press(self, key: str) -> None:
        """Press a key, such as C-c."""
        self._tmux("send-keys", key)

    def screens(self, timeout: float = 120) -> Iterator[list[str]]:
        """What is visible, ten times a second, until the command has ended."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            lines = self.screen()
            yield lines
            if any(line.startswith(ENDED) for line in lines):
                return
            time.sleep(0.1)
        raise AssertionError("\n".join(self.everything()))

    def _tmux(self, *arguments: str) -> str:
        return subprocess.run([*self._server, *arguments], capture_output=True, text=True, check=True).stdout


@contextmanager
def terminal(folder: Path, command: Sequence[str | Path], columns: int = 80) -> Iterator[Terminal]:
    """Run a command in a terminal, in `folder`, with the package of this checkout."""
    server = ["tmux", "-S", str(folder / "tmux"), "-f", os.devnull]
    said = f"{shlex.join(map(str, command))}; echo {ENDED}$?; sleep 100"
    variables = [f"PYTHONPATH={ROOT}", f"PATH={os.environ['PATH']}"]
    options = [option for variable in variables for option in ("-e", variable)]
    start = ["new-session", "-d", "-x", str(columns), "-y", "24", "-c", str(folder), *options, said]
    subprocess.run([*server, *start], check=True)
    try:
        yield Terminal(server)
    finally:
        subprocess.run([*server, "kill-server"], check=True)
