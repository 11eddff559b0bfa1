"""Training published runs again: which ones, and how."""

import fnmatch
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from a2c.config import ConfigError
from a2c.config.seeds import consecutive
from a2c.runs import manifest
from a2c.runs.files import DamagedError, one_line, read_sealed
from a2c.runs.layout import Block
from a2c.runs.progress import Job, Monitor
from a2c.streams import generator
from a2c.verify.sameness import Result

FEWEST = 5  # seeds of a configuration: with fewer there is no test where bits may differ


@dataclass(frozen=True)
class Retraining:
    """A seed block to train again, and the published one that it is to be compared with."""

    published: Result
    block: Block


def of_study(published: Mapping[str, list[Result]], folder: Path, study: str) -> dict[str, list[Result]]:
    """Those of the `published` results that a study of the paper in `folder` has. ConfigError if it has no such study.

    DamagedError if its `study.json` can't be read, or none of its configurations has a result.
    """
    path = folder / "studies" / study / "study.json"
    if not path.exists():
        studies = ", ".join(sorted(found.parent.name for found in folder.glob("studies/*/study.json")))
        allowed = studies or f"none, as {folder / 'studies'} holds no study"
        raise ConfigError(f"--study: {study!r} is not allowed; allowed: {allowed}")
    try:
        names = {entry["configuration"] for entry in read_sealed(path)["configurations"]}
    except (KeyError, TypeError) as error:
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None
    found = {label: results for label, results in published.items() if results[0].configuration.name in names}
    if not found:
        raise DamagedError(f"{path}: none of its configurations has a result at or below {folder}")
    return found


def choose(
    published: Mapping[str, Sequence[Result]], pattern: str, seeds: Sequence[int] | None, sample: int | None
) -> list[Retraining]:
    """What to train again: of the configurations whose label fits `pattern` a random `sample` (None: all of them).

    Of each the `seeds` (None: its first five). The same arguments draw the same sample. ConfigError if nothing fits or
    a seed was not published.
    """
    labels = fnmatch.filter(sorted(published), pattern)
    if not labels:
        some = ", ".join(sorted(published)[:3])
        raise ConfigError(f"--configuration: {pattern!r} is not allowed; allowed: what fits one of {some}, ...")
    if sample is not None and sample < len(labels):
        drawn = generator(0, "verification").choice(len(labels), sample, replace=False)
        labels = [labels[number] for number in sorted(drawn)]
    return [chosen for label in labels for chosen in _of_seeds(published[label], seeds)]


def _of_seeds(results: Sequence[Result], seeds: Sequence[int] | None) -> list[Retraining]:
    held = sorted(seed for result in results for seed in result.held["seeds"])
    wanted = set(held[:FEWEST] if seeds is None else seeds)
    if missing := sorted(wanted.difference(held)):
        raise ConfigError(f"--seeds: {missing[0]} is not allowed; allowed: those of {results[0].label}: {held}")
    return [
        Retraining(result, Block(result.configuration, run[0], run[-1]))
        for result in results
        for run in consecutive(wanted.intersection(result.held["seeds"]))
    ]


def train_again(chosen: Sequence[Retraining], out: Path, cores: int) -> None:
    """Train the blocks into `out`, `cores` at a time; what is finished there is reused, progress is shown.

    ConfigError if `out` holds what another code or machine has trained, or the published runs themselves; DamagedError
    if a training fails, with its own last line.
    """
    waiting = [one.block for one in chosen if not _is_there(one, out)]
    Monitor([Job(out / block.place, len(block.seeds), block.configuration.total_steps) for block in waiting]).start()
    with _processes() as running:
        while waiting or running:
            while waiting and len(running) < cores:
                block = waiting.pop(0)
                running[_start(block, out)] = block
            time.sleep(0.1)
            for process in [process for process in running if process.poll() is not None]:
                _ended(process, out / running.pop(process).place)


def _is_there(one: Retraining, out: Path) -> bool:
    """Whether the block was trained into `out` before, by this code on this machine."""
    folder = out / one.block.place
    if not (folder / manifest.NAME).exists():
        return False
    if folder.resolve() == one.published.folder.resolve():
        raise ConfigError(f"--out {out}: holds the published runs; allowed: another folder")
    held = manifest.read(folder)
    if manifest.origin(held) != manifest.origin(manifest.where_it_runs()) or held["seeds"] != list(one.block.seeds):
        raise ConfigError(f"--out {out}: {folder} is of other code, machine or seeds; allowed: an empty folder")
    return True


def _start(block: Block, out: Path) -> "subprocess.Popen[str]":
    seeds = f"{block.first}-{block.last}"
    command = [sys.executable, "-m", "a2c", "train", "-", "--seeds", seeds, "--out", str(out / block.place)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(block.configuration.canonical_json())
    process.stdin.close()
    return process


def _ended(process: "subprocess.Popen[str]", folder: Path) -> None:
    assert process.stderr is not None
    lines = process.stderr.read().splitlines()
    if process.returncode:
        told = lines[-1].removeprefix("a2c: ") if lines else f"exit code {process.returncode}"
        raise (ConfigError if process.returncode == 2 else DamagedError)(f"{folder}: training failed: {told}")


@contextmanager
def _processes() -> "Iterator[dict[subprocess.Popen[str], Block]]":
    """Processes that end, each with a checkpoint, when this one is interrupted or asked to end."""
    running: dict[subprocess.Popen[str], Block] = {}
    previous = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield running
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
        signal.signal(signal.SIGTERM, previous)
