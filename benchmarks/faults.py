"""Try faults many times and count the outcomes: survived, lost, wrong numbers published.

python -m benchmarks.faults FOLDER               tries a hundredth of all and prints the table
python -m benchmarks.faults FOLDER --share 1     the whole campaign (hours)
python -m benchmarks.faults FOLDER --share 0 --write    puts what was tried so far into docs/faults.md

The trials are those of the tests (tests/faults/). Their random moments, files and positions depend on the number of the
trial, so the table is reproducible, except for the exact moment of a kill. FOLDER keeps the outcome of each trial: a
campaign that is stopped goes on from there. The trial of a full disk needs permission to mount.
"""

import argparse
import json
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
from tests.faults.catalogue import FAULTS, Scenes, make_scenes
from tests.faults.outcomes import Outcome

ROOT = Path(__file__).parent.parent
SOURCE = "benchmarks/faults.py"
HEAD = "| fault | tried | survived | lost | wrong numbers published |\n| --- | --- | --- | --- | --- |"


class Outcomes:
    """The outcomes so far, in a file with a line for each trial."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self.of = {(name, number): outcome for name, number, outcome in map(json.loads, lines)}

    def add(self, name: str, number: int, outcome: str) -> None:
        self.of[name, number] = outcome
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps([name, number, outcome]) + "\n")

    def table(self) -> str:
        """Markdown, with a row for each fault that was tried."""
        counts = {name: Counter(found for (of, _), found in self.of.items() if of == name) for name in FAULTS}
        rows = [
            f"| {name} | {found.total()} | {' | '.join(str(found[one.value]) for one in Outcome)} |"
            for name, found in counts.items()
            if found
        ]
        return "\n".join([HEAD, *rows])


def campaign(share: float, folder: Path, outcomes: Outcomes) -> None:
    """Try each fault `share` times as often as a whole campaign does: all kinds at the same pace."""
    planned = [
        ((number + 0.5) / fault.times, name, number)
        for name, fault in FAULTS.items()
        for number in range(math.ceil(fault.times * share))
    ]
    left = [(name, number) for _, name, number in sorted(planned) if (name, number) not in outcomes.of]
    scenes = make_scenes(folder / "scenes") if left else None
    for name, number in left:
        assert scenes
        try_once(name, number, scenes, folder, outcomes)


def try_once(name: str, number: int, scenes: Scenes, folder: Path, outcomes: Outcomes) -> None:
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as place:
        try:
            outcome = FAULTS[name].trial(scenes, random.Random(f"{name} {number}"), Path(place))
        except subprocess.CalledProcessError as error:
            print(f"{name}: not tried: {error.stderr.decode().strip()}", file=sys.stderr)
            return
    outcomes.add(name, number, outcome.value)
    if outcome is not Outcome.SURVIVED:
        print(f"{name}, trial {number}: {outcome.value}", file=sys.stderr, flush=True)


def main(folder: Path, share: float, write: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    outcomes = Outcomes(folder / "outcomes.jsonl")
    campaign(share, folder.resolve(), outcomes)
    put = writer(ROOT / "docs" / "faults.md", SOURCE) if write else print
    put(f"{outcomes.table()}\n\n{len(outcomes.of)} trials, by `python -m benchmarks.faults FOLDER`.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="keeps the outcomes")
    parser.add_argument("--share", type=float, default=0.01, help="of the trials of a whole campaign (0.01)")
    parser.add_argument("--write", action="store_true", help="put the table into docs/faults.md")
    asked = parser.parse_args()
    main(asked.folder, asked.share, asked.write)
