"""Try faults many times and count the outcomes: survived, lost, wrong numbers published.

python -m benchmarks.faults              prints the table (ten minutes)
python -m benchmarks.faults --times 100  ten times as many trials
python -m benchmarks.faults --write      puts the table into docs/faults.md

The trials are those of the tests (tests/faults/fault_trials.py). Their random moments, files and positions depend on
the number of the trial, so the table is reproducible, except for the exact moment of a kill. Fast trials are repeated
more often than slow ones. The trial of a full disk needs permission to mount.
"""

import argparse
import math
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch start their threads

from benchmarks.markers import writer
from tests.faults.fault_trials import FAULTS, Outcome, Scene, make_scene

ROOT = Path(__file__).parent.parent

SOURCE = "benchmarks/faults.py"


def campaign(times: int, folder: Path) -> str:
    """Try every fault in `folder`; gives the table in Markdown."""
    scene = make_scene(folder)
    lines = ["| fault | tried | survived | lost | wrong numbers published |", "| --- | --- | --- | --- | --- |"]
    for name, fault in FAULTS.items():
        outcomes = tries(name, math.ceil(times * fault.share), scene, folder)
        counts = [outcomes.total(), *(outcomes[outcome] for outcome in Outcome)]
        lines.append(f"| {name} | {' | '.join(map(str, counts))} |")
        print(lines[-1], file=sys.stderr, flush=True)
    return "\n".join(lines)


def tries(name: str, times: int, scene: Scene, folder: Path) -> Counter[Outcome]:
    """The number of trials of the fault `name` with each outcome; empty if it cannot be tried on this machine."""
    outcomes: Counter[Outcome] = Counter()
    for number in range(times):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            try:
                outcomes[FAULTS[name].trial(scene, random.Random(f"{name} {number}"), Path(place))] += 1
            except subprocess.CalledProcessError as error:
                print(f"{name}: not tried: {error.stderr.decode().strip()}", file=sys.stderr)
                break
    return outcomes


def main(times: int, write: bool) -> None:
    put = writer(ROOT / "docs" / "faults.md", SOURCE) if write else print
    with tempfile.TemporaryDirectory(prefix="a2c-faults-") as folder:
        table = campaign(times, Path(folder))
    command = f"`python -m benchmarks.faults --times {times}{' --write' if write else ''}`"
    put(f"{table}\n\nBy {command}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=10, help="trials of a fault of medium duration (10)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/faults.md")
    asked = parser.parse_args()
    main(asked.times, asked.write)
