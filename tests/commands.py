"""Run `a2c` and Snakemake in separate processes that start quickly, for tests that kill them or limit their memory.

A server imports PyTorch, Snakemake and the package once (tests/preloaded.py) and forks a process for each command.
Otherwise the imports would take most of the tests' time.
"""

import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from tests import pauses
from tests.faults.aimed import Aim, take
from tests.pauses import Pause

TRACEBACK = 70  # exit code of a command that raised
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.preloaded"])

Ended = subprocess.CompletedProcess[str]  # its return code: `TRACEBACK` if it raised, negative if it was killed


class Command:
    """A running `a2c ARGUMENTS`, or another program whose module `cli` has a function `main`.

    `told`: text on standard input. `limits`: `resource.RLIMIT_*` and a number; a limit on memory (RLIMIT_AS) counts
    only the memory beyond that at the start. `python_path`: for PYTHONPATH. `environment`: further variables. `aim`:
    where the command kills itself. `pause`: where it stops itself (`paused`).
    """

    def __init__(
        self,
        *arguments: object,
        told: str = "",
        limits: dict[int, int] | None = None,
        python_path: Path | None = None,
        environment: Mapping[str, str] | None = None,
        aim: Aim | None = None,
        pause: Pause | None = None,
        program: str = "a2c",
    ) -> None:
        self.arguments = [*map(str, arguments)]
        self._folder = tempfile.TemporaryDirectory(prefix="a2c-command-")
        self._streams = [Path(self._folder.name, name) for name in ("stdin", "stdout", "stderr")]
        for stream in self._streams:
            stream.write_text(told if stream.name == "stdin" else "")
        held = (program, self.arguments, self._streams, limits or {}, python_path, dict(environment or {}), aim, pause)
        self._process = _forks.Process(target=_run, args=held)
        self._process.start()

    @property
    def number(self) -> int:
        """Of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def is_at_work(self) -> bool:
        return self._process.is_alive()

    def stops_itself(self) -> bool:
        """Wait until the command has stopped itself; False if it has ended without."""
        while not pauses.is_stopped(self.number):
            if not self.is_at_work():
                return False
            time.sleep(0.005)
        return True

    def wait_until_it_says(self, text: str) -> None:
        """Wait until the command has written this text to standard error."""
        while text not in self._streams[2].read_text():
            assert self.is_at_work(), self.wait()
            time.sleep(0.005)

    def go_on(self) -> None:
        """Let a command that has stopped itself go on."""
        os.kill(self.number, signal.SIGCONT)

    def kill(self, number: int = signal.SIGKILL) -> Ended:
        """Send a signal, unless the command has ended, and wait for the end."""
        with suppress(ProcessLookupError):
            os.kill(self.number, number)
            self.go_on()
        return self.wait(timeout=60)

    def wait(self, timeout: float = 120) -> Ended:
        """Wait for the end; return output and exit code. Kill the command after `timeout` seconds."""
        self._process.join(timeout)
        self._process.kill()
        self._process.join()
        assert self._process.exitcode is not None
        _, stdout, stderr = (stream.read_text(errors="replace") for stream in self._streams)
        self._folder.cleanup()
        return Ended(self.arguments, self._process.exitcode, stdout, stderr)


def a2c_says(*arguments: object, fields: dict[str, Any] | None = None, python_path: Path | None = None) -> Ended:
    """Run a command to its end. `fields` are the configuration, passed on standard input."""
    return Command(*arguments, told="" if fields is None else json.dumps(fields), python_path=python_path).wait()


def training(folder: Path, seeds: str, fields: dict[str, Any], *options: str, pause: Pause | None = None) -> Command:
    """Start `a2c train`."""
    return Command("train", "-", "--seeds", seeds, "--out", folder, *options, told=json.dumps(fields), pause=pause)


@contextmanager
def paused(command: Command) -> Iterator[Command]:
    """A command that has stopped itself. On leaving it is killed if it has not ended."""
    try:
        assert command.stops_itself(), command.wait()
        yield command
    finally:
        if command.is_at_work():
            command.kill()


def _run(
    program: str,
    arguments: list[str],
    streams: list[Path],
    limits: dict[int, int],
    python_path: Path | None,
    environment: dict[str, str],
    aim: Aim | None,
    pause: Pause | None,
) -> None:
    code: object = 0
    sys.argv = [program, *arguments]
    os.environ |= environment
    tempfile.tempdir = None  # it is that of the server
    if python_path is not None:
        os.environ["PYTHONPATH"] = str(python_path)
        sys.path.insert(0, str(python_path))
    multiprocessing.set_start_method("fork", force=True)  # as in a command of a user; here it would be "forkserver"
    for number, stream in enumerate(streams):  # for libraries and for processes that the command starts
        os.dup2(os.open(stream, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_APPEND), number)
    sys.stdin, sys.stdout = open(0, encoding="utf-8"), open(1, "w", encoding="utf-8", buffering=1)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, errors="backslashreplace")  # noqa: SIM115
    for what, most in limits.items():
        most += _reserved() if what == resource.RLIMIT_AS else 0
        resource.setrlimit(what, (most, most))
    if aim:
        take(aim)
    if pause:
        pauses.take(pause)
    try:
        import_module(f"{program}.cli").main(arguments)
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = TRACEBACK
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 1)


def _reserved() -> int:
    """Bytes of address space that this process uses."""
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]) * resource.getpagesize()
