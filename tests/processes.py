"""Real trainings and pipelines in separate processes, for the tests."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

from a2c.runs.files import locked
from tests.commands import Command, Ended

ROOT = Path(__file__).parent.parent
SMALL = {"hidden_sizes": [16, 16], "total_steps": 4000, "eval_episodes": 2}


def start_training(folder: Path, seeds: str, fields: dict[str, Any], *options: str) -> subprocess.Popen[str]:
    """Start a training in a new interpreter, as a user does, and return without waiting."""
    command = [sys.executable, "-m", "a2c", "train", "-", "--seeds", seeds, "--out", str(folder), *options]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT, start_new_session=True
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(fields))
    process.stdin.close()
    return process


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Wait until no other process of the tests is between the lines."""
    with open(lock, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def held_up(folder: Path) -> Iterator[None]:
    """While this lasts, a training of this folder waits before its first step, as if another process trained there."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder, on_wait=lambda: None, warn=print):
        yield


def contents(folder: Path, leave_out: Sequence[str] = ()) -> dict[str, bytes]:
    """The bytes of every file of a result; the manifest without its timings and its seal."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
    for name in [name for name in files if name.endswith("manifest.json")]:
        manifest = json.loads(files[name])
        del manifest["timings"], manifest["sha256"]
        files[name] = json.dumps(manifest).encode()
    return {name: held for name, held in files.items() if not any(name.startswith(part) for part in leave_out)}


def run_snakemake(folder: Path, *arguments: str, timeout: float = 500) -> Ended:
    """Run Snakemake with this checkout's Snakefile in the given folder."""
    options = ("--snakefile", ROOT / "Snakefile", "--directory", folder, "--profile", ROOT / "profiles" / "default")
    with chdir(ROOT):
        command = Command(*options, *arguments, program="snakemake", python_path=ROOT, environment=os.environ)
    return command.wait(timeout)


def in_a_process_of_its_own(code: str, *arguments: Path | str) -> None:
    """Run Python code with arguments in a new process."""
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True)


def unsettle() -> None:
    """Undo the settings of a training: Hypothesis cannot draw numbers if denormal numbers are flushed."""
    import torch

    torch.set_flush_denormal(False)
    torch.set_deterministic_debug_mode("default")
