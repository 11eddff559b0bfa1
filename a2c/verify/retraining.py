"""Training seed blocks again, several processes at a time."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from a2c.config import ConfigError
from a2c.display.trainings import Job, Trainings, screen
from a2c.envs import check
from a2c.runs import manifest
from a2c.runs.files import DamagedError
from a2c.runs.layout import SeedBlock
from a2c.verify.bitwise import origin_here
from a2c.verify.selection import Retraining


def train_again(retrainings: Sequence[Retraining], out: Path, cores: int) -> None:
    """Train the blocks into `out`, `cores` processes at a time. Shows progress; reuses what `out` holds already.

    Raises ConfigError if `out` holds runs of other code, machine or seeds, or the published runs themselves.
    DamagedError if a training fails, with the last line of its error output. ConfigError also if the environment of a
    published run cannot be had here, or registers itself by a module that the user has not allowed.
    """
    for retraining in retrainings:
        check(retraining.block.configuration, str(retraining.published.manifest_path), "configuration")
    waiting = [retraining.block for retraining in retrainings if not _is_trained(retraining, out)]
    trainings = Trainings(
        {block.path: Job(out / block.path, len(block.seeds), block.configuration.total_steps) for block in waiting}
    )
    with screen(trainings, cores), _processes() as running:
        while waiting or running:
            while waiting and len(running) < cores:
                block = waiting.pop(0)
                trainings.start(block.path)
                running[_start(block, out)] = block
            time.sleep(0.1)
            for process in [process for process in running if process.poll() is not None]:
                block = running.pop(process)
                _check_ended(process, out / block.path)
                trainings.finish(block.path)


def _is_trained(retraining: Retraining, out: Path) -> bool:
    """Whether `out` holds the block, trained by this code on this machine."""
    folder = out / retraining.block.path
    if not (folder / manifest.NAME).exists():
        return False
    if folder.resolve() == retraining.published.folder.resolve():
        raise ConfigError(f"--out {out}: holds the published runs; allowed: another folder")
    content = manifest.read(folder)
    same_origin = manifest.origin(content) == manifest.origin(origin_here(retraining.block.configuration))
    if not same_origin or content["seeds"] != list(retraining.block.seeds):
        raise ConfigError(f"--out {out}: {folder} is of other code, machine or seeds; allowed: an empty folder")
    return True


def _start(block: SeedBlock, out: Path) -> "subprocess.Popen[str]":
    seeds = f"{block.first}-{block.last}"
    command = [sys.executable, "-m", "a2c", "train", "-", "--seeds", seeds, "--out", str(out / block.path), "--quiet"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(block.configuration.canonical_json())
    process.stdin.close()
    return process


def _check_ended(process: "subprocess.Popen[str]", folder: Path) -> None:
    assert process.stderr is not None
    with process.stderr:
        lines = process.stderr.read().splitlines()
    if process.returncode:
        message = lines[-1].removeprefix("a2c: ") if lines else f"exit code {process.returncode}"
        raise (ConfigError if process.returncode == 2 else DamagedError)(f"{folder}: training failed: {message}")


@contextmanager
def _processes() -> "Iterator[dict[subprocess.Popen[str], SeedBlock]]":
    """A dictionary for running processes; on leaving, they are asked to end, which leaves their checkpoints.

    SIGTERM ends this process with exit code 143, as SIGINT does by KeyboardInterrupt.
    """
    running: dict[subprocess.Popen[str], SeedBlock] = {}
    previous = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield running
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
        signal.signal(signal.SIGTERM, previous)
