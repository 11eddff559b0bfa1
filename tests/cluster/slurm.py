"""A real SLURM of two nodes on this machine (slurm.sh), pipelines on it, and their jobs."""

import csv
import getpass
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.processes import ROOT, contents, only_one

SCRIPT, STATE = Path(__file__).parent / "slurm.sh", Path("/var/tmp/a2c-slurm")
STARTED: list[subprocess.Popen[bytes]] = []
STEPS = 4_000_000  # ten seconds of the core: there is time to stop a training
STUDY: dict[str, Any] = {
    "name": "learning_rate",
    "base": {"hidden_sizes": [256, 256], "total_steps": STEPS, "eval_episodes": 2},
    "grid": {"learning_rate": [7e-4]},
}
SOON = ("--slurm-init-seconds-before-status-checks", "3", "--seconds-between-status-checks", "3")
UNTIL_TABLES = ("--", "data")
EXCEEDED = "exceeded memory limit"  # SLURM's words


def script(*arguments: str) -> None:
    done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@contextmanager
def cluster() -> Iterator[None]:
    """A running cluster. It is stopped afterwards unless it ran before. One module of tests has it at a time."""
    if os.geteuid() != 0 or not (shutil.which("slurmctld") or shutil.which("apt-get")):
        pytest.skip("SLURM's daemons need root and Debian's packages")
    if Path("/etc/slurm/slurm.conf").exists() and not STATE.exists():
        pytest.skip("this machine has a SLURM of its own")
    with only_one(Path(tempfile.gettempdir(), "a2c-slurm.lock")):
        was_there = STATE.exists()
        script("start")
        yield
        for process in STARTED:
            process.kill()
        subprocess.run(["scancel", f"--user={getpass.getuser()}"], check=True)
        if not was_there:
            script("stop")


def write_paper(folder: Path, seeds: str, **fields: Any) -> str:
    study = {**STUDY, "seeds": seeds, "base": {**STUDY["base"], **fields}}
    folder.mkdir(exist_ok=True)
    (folder / "paper.yaml").write_text(
        yaml.safe_dump({"title": "Test", "results": "results", "seeds_per_job": 1, "studies": [study]})
    )
    return str(folder / "paper.yaml")


class Pipeline:
    """Snakemake running in a folder, with the profile for SLURM."""

    def __init__(self, folder: Path, config: str, *arguments: str) -> None:
        self.folder, self.told = folder, folder / "snakemake.txt"
        command = [sys.executable, "-m", "snakemake", "--directory", str(folder), "--configfile", config]
        command += ["--workflow-profile", "profiles/slurm", *SOON, *arguments]
        environment = {**os.environ, "USER": getpass.getuser()}
        with open(self.told, "a", encoding="utf-8") as told:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=told, stderr=told, env=environment)
        STARTED.append(self.process)

    def end(self) -> int:
        return self.process.wait(timeout=600)

    def finish(self) -> None:
        assert self.end() == 0, self.told.read_text()


class Job(NamedTuple):
    number: str
    state: str
    node: str
    folder: str
    rule: str  # and the values of its wildcards


def jobs(folder: Path, ending: str = "") -> list[Job]:
    """A pipeline's jobs, finished ones included, whose rule has this ending."""
    told = subprocess.run(
        ["squeue", "--noheader", "--states=all", "--format=%A|%T|%N|%Z|%k"], capture_output=True, text=True, check=True
    )
    every = [Job(*map(str.strip, line.split("|"))) for line in told.stdout.splitlines()]
    return [job for job in every if job.folder == str(folder) and job.rule.endswith(ending)]


def job_training(folder: Path, seed: int) -> Job:
    return next(job for job in jobs(folder, f"_{seed}_{seed}") if job.state == "RUNNING")


def said_on_nodes(folder: Path) -> str:
    """The output on the nodes of jobs that failed. The files of other jobs are not kept."""
    return "".join(log.read_text() for log in (folder / ".snakemake" / "slurm_logs").rglob("*.log"))


def wait_for(what: Callable[[], object], seconds: float = 200) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def block(folder: Path, seed: int) -> Path:
    """The folder in which a seed is trained."""
    return next((folder / "results" / "runs").glob(f"*/*/seeds-{seed}-{seed}"), folder / "not yet")


def trainings(folder: Path, seed: int) -> list[int]:
    """The processes that train a seed, without the shells around them."""
    found = subprocess.run(["pgrep", "--full", f"a2c train - --seeds {seed}-{seed} "], capture_output=True, text=True)
    return [process for process in map(int, found.stdout.split()) if is_python_in(process, folder)]


def is_python_in(process: int, folder: Path) -> bool:
    try:
        comm = Path(f"/proc/{process}/comm").read_text(encoding="utf-8")
        return comm == "python\n" and Path(f"/proc/{process}/cwd").resolve() == folder
    except OSError:  # it has ended
        return False


def signal_training(folder: Path, seed: int, number: int) -> None:
    """Send a signal to the process that trains a seed only."""
    for process in trainings(folder, seed):
        os.kill(process, number)


def own_memory(process: int) -> int:
    """Memory of a process in MiB that no other process shares; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("Anonymous:")), 0)


def hold(folder: Path, *seeds: int) -> dict[int, Job]:
    """The jobs of these seeds, each paused after its training has written a checkpoint."""
    held: dict[int, Job] = {}

    def next_one() -> bool:
        for seed in seeds:
            if seed not in held and (block(folder, seed) / "checkpoint.npz").exists():
                signal_training(folder, seed, signal.SIGSTOP)
                held[seed] = job_training(folder, seed)
        return len(held) == len(seeds)

    wait_for(next_one)
    return held


def sessions(folder: Path, seed: int) -> list[dict[str, Any]]:
    timings = json.loads((block(folder, seed) / "manifest.json").read_text())["timings"]
    return timings["sessions"]


def went_on(folder: Path, seed: int) -> bool:
    """Whether a training was interrupted and resumed, so that each step of its result was trained once."""
    ends = [0, *(one["to_step"] for one in sessions(folder, seed))]
    begins = [one["from_step"] for one in sessions(folder, seed)]
    return begins == ends[:-1] and ends[-1] == STEPS and len(begins) > 1 and begins[1] > 0


def seeds_in_tables(folder: Path) -> list[str]:
    with open(folder / "results" / "studies" / "learning_rate" / "runs.csv", encoding="utf-8", newline="") as file:
        return [row["seed"] for row in csv.DictReader(file)]


def assert_as_if_nothing_had_happened(folder: Path, undisturbed: Path, *seeds: int) -> None:
    assert seeds_in_tables(folder) == [str(seed) for seed in seeds]
    for seed in seeds:
        assert contents(block(folder, seed)) == contents(block(undisturbed, seed))
