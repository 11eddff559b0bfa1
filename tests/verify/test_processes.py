"""The processes that work for a command end with it, in whatever way it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import ROOT

PROGRAM = """
import os, sys, time
from pathlib import Path
import a2c.cli
from a2c.verify.processes import worker_processes

def work(folder):
    Path(folder, str(os.getpid())).touch()
    time.sleep(1000)

def run(args):
    with worker_processes(2, [], "here: a test") as processes:
        list(processes.map(work, [sys.argv[1]] * 3))

a2c.cli._run = run
a2c.cli.main(["schema"])
"""


@contextmanager
def at_work(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A command with two workers that are busy, and their process numbers."""
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            while len(names := os.listdir(folder)) < 2:
                assert process.poll() is None
                time.sleep(0.01)
            yield process, sorted(map(int, names))
        finally:
            process.kill()


def is_alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def all_end(workers: list[int], seconds: float = 100) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(map(is_alive, workers)):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_command_that_is_ended_leaves_no_process(number: signal.Signals, tmp_path: Path) -> None:
    with at_work(tmp_path) as (command, workers):
        command.send_signal(number)
        assert all_end(workers)
        told = command.communicate(timeout=100)[1]
    line = "" if number == signal.SIGKILL else f"a2c: interrupted by {number.name}\n"
    assert (command.returncode, told) == (-9 if number == signal.SIGKILL else 128 + number, line)


def test_ctrl_c_ends_all_processes_with_one_line(tmp_path: Path) -> None:
    with at_work(tmp_path) as (command, workers):
        os.killpg(command.pid, signal.SIGINT)
        assert all_end(workers)
        assert (command.communicate(timeout=100)[1], command.returncode) == ("a2c: interrupted\n", 130)


def test_a_killed_worker_is_told_in_one_line_and_ends_the_others(tmp_path: Path) -> None:
    with at_work(tmp_path) as (command, workers):
        os.kill(workers[0], signal.SIGKILL)
        assert all_end(workers)
        told = "a2c: here: a test was killed, perhaps because memory ran out\n"
        assert (command.communicate(timeout=100)[1], command.returncode) == (told, 1)
