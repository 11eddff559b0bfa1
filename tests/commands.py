"""Commands of `a2c` in processes of their own that start at once, to be killed, starved or given damaged files.

A server has imported what commands need and forks for each: PyTorch's import would take most of a fault's time.
"""

import multiprocessing
import os
import resource
import sys
import tempfile
import traceback
from pathlib import Path

import a2c.cli

TRACEBACK = 70  # exit code of a command that raised
PRELOADED = [
    *("a2c.cli", "a2c.runs.training", "a2c.runs.audit", "a2c.runs.film", "a2c.runs.tensorboard", "a2c.envs.atari"),
    *("a2c.analysis.study", "a2c.analysis.doctor", "a2c.figures.draw", "a2c.figures.page", "a2c.figures.verdicts"),
]
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(PRELOADED)


class Command:
    """`a2c ARGUMENTS` at work, with limits (`resource.RLIMIT_*`: a number) if there are any.

    A limit on memory (RLIMIT_AS) is of what it takes beyond what it begins with.
    """

    def __init__(self, *arguments: object, limits: dict[int, int] | None = None) -> None:
        handle, self._output = tempfile.mkstemp(prefix="a2c-output-")
        os.close(handle)
        self.process = _forks.Process(target=_run, args=([*map(str, arguments)], self._output, limits or {}))
        self.process.start()

    def kill(self) -> None:
        self.process.kill()

    def wait(self, timeout: float = 120) -> tuple[int, str]:
        """Exit code (`TRACEBACK` if it raised, negative if killed, as after `timeout` seconds) and all it said."""
        self.process.join(timeout)
        self.process.kill()
        self.process.join()
        said = Path(self._output).read_text(errors="replace")
        Path(self._output).unlink()
        assert self.process.exitcode is not None
        return self.process.exitcode, said


def a2c_says(*arguments: object, limits: dict[int, int] | None = None) -> tuple[int, str]:
    """Exit code and output of a command, when it has ended."""
    return Command(*arguments, limits=limits).wait()


def _run(arguments: list[str], output: str, limits: dict[int, int]) -> None:
    code: object = 0
    sys.stdout = sys.stderr = open(output, "a", buffering=1)  # noqa: SIM115 - until the process ends
    for what, most in limits.items():
        most += _reserved() if what == resource.RLIMIT_AS else 0
        resource.setrlimit(what, (most, most))
    try:
        a2c.cli.main(arguments)
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = TRACEBACK
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 1)


def _reserved() -> int:
    """Bytes of address space that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
