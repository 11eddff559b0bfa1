"""Measure time and memory of the dry run of large papers: the cost before the first job starts.

python -m benchmarks.scale            prints the table (minutes)
python -m benchmarks.scale --write    also puts it into docs/scale.md

The papers are config/atari57.yaml and artificial ones, whose studies have 1,000 configurations with ten seeds each.
Each dry run is a process (`snakemake -n`) in an empty folder, so that all jobs are still to be done. It is stopped
after five minutes. Seconds are processor seconds, user and system together.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from benchmarks.markers import writer

ROOT = Path(__file__).parent.parent
SOURCE = "benchmarks/scale.py"
LIMIT = 300  # seconds of wall time
GRID: dict[str, list[Any]] = {
    "learning_rate": [7e-4 * k for k in (0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 2)],
    "gamma": [round(0.99 - 0.01 * k, 2) for k in range(10)],
    "value_loss_coef": [round(0.1 * k, 1) for k in range(1, 11)],
}
ATARI, TEN, HUNDRED = ROOT / "config" / "atari57.yaml", "10,000 runs", "100,000 runs"


class DryRun(NamedTuple):
    """A dry run to measure."""

    paper: str
    studies: int  # number of artificial studies, 10,000 runs each; 0 for the paper of the Atari games
    seeds_per_job: int
    arguments: tuple[str, ...] = ()


DRY_RUNS = [
    DryRun("`config/atari57.yaml`, 285 runs", 0, 1),
    DryRun(TEN, 1, 10),
    DryRun(TEN, 1, 10, ("--scheduler", "greedy")),
    DryRun(TEN, 1, 1),
    DryRun(HUNDRED, 10, 10),
    DryRun(HUNDRED, 10, 10, ("--", "aggregate__s0")),
    DryRun(HUNDRED, 10, 10, ("--batch", "aggregate__s0=1/10", "--", "aggregate__s0")),
]


class Measured(NamedTuple):
    """Jobs, time and memory of a dry run."""

    jobs: int | None  # None if it did not finish
    seconds: float
    megabytes: float  # at its peak


def made_up(studies: int, seeds_per_job: int) -> dict[str, Any]:
    """An artificial paper. Its studies have 1,000 configurations with ten seeds each, and share no configuration."""
    return {
        "title": "Scale",
        "results": "results",
        "seeds_per_job": seeds_per_job,
        "studies": [
            {"name": f"s{k}", "base": {"entropy_coef": round(0.001 * (k + 1), 3)}, "grid": GRID, "seeds": "0-9"}
            for k in range(studies)
        ],
    }


def measure(asked: DryRun, folder: Path) -> Measured:
    """Do the dry run in `folder`, which has to be empty."""
    paper = folder / "paper.yaml" if asked.studies else ATARI
    if asked.studies:
        paper.write_text(yaml.safe_dump(made_up(asked.studies, asked.seeds_per_job)))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    command += ["--profile", str(ROOT / "profiles" / "default"), "-n", "--configfile", str(paper), *asked.arguments]
    with open(folder / "said", "w+", encoding="utf-8") as said:
        process = subprocess.Popen(["timeout", str(LIMIT), *command], stdout=said, stderr=said, cwd=ROOT)
        _, status, used = os.wait4(process.pid, 0)
        said.seek(0)
        total = re.search(r"^total +(\d+)$", said.read(), re.MULTILINE)
    finished = os.waitstatus_to_exitcode(status) == 0 and total is not None
    return Measured(int(total[1]) if finished and total else None, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def row(asked: DryRun, found: Measured) -> str:
    command = " ".join(["snakemake -n", *asked.arguments])
    jobs = f"{found.jobs:,}" if found.jobs is not None else f"not done in {LIMIT} s"
    cells = [asked.paper, asked.seeds_per_job, f"`{command}`", jobs, f"{found.seconds:.0f}", f"{found.megabytes:.0f}"]
    return f"| {' | '.join(map(str, cells))} |"


def main(write: bool) -> None:
    put = writer(ROOT / "docs" / "scale.md", SOURCE) if write else print
    lines = [
        "| paper | seeds per job | command | jobs | seconds | megabytes |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for asked in DRY_RUNS:
        with tempfile.TemporaryDirectory(prefix="a2c-scale-") as folder:
            lines.append(row(asked, measure(asked, Path(folder))))
        print(lines[-1], file=sys.stderr, flush=True)
    put("\n".join([*lines, "", f"By `python -m benchmarks.scale{' --write' if write else ''}`."]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the table into docs/scale.md")
    main(parser.parse_args().write)
