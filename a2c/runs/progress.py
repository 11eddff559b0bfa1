"""How far a training is: told by each job in a small file, shown for all of them together by the pipeline."""

import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from a2c.runs import manifest

NAME = "progress.json"


class Teller:
    """Writes a job's progress at most once a second."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._next = 0.0

    def tell(self, steps: int) -> None:
        """`steps`: agent steps of every seed of the block so far."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 1
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps({"steps": steps}))
        beside.replace(self._path)

    def end(self) -> None:
        self._path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Job:
    """A seed block that the pipeline trains."""

    folder: Path
    n_seeds: int
    total_steps: int

    def steps_done(self) -> int:
        """Agent steps so far, over all seeds of the block."""
        if (self.folder / manifest.NAME).exists():
            return self.n_seeds * self.total_steps
        try:
            return self.n_seeds * int(json.loads((self.folder / NAME).read_text())["steps"])
        except (OSError, ValueError, KeyError, TypeError):  # not begun
            return 0


class Monitor(threading.Thread):
    """Shows runs done, agent steps per second and time left on standard error, until everything is trained."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        super().__init__(daemon=True)
        self._jobs = [job for job in jobs if job.steps_done() < job.n_seeds * job.total_steps]

    def run(self) -> None:
        runs = sum(job.n_seeds for job in self._jobs)
        total = sum(job.n_seeds * job.total_steps for job in self._jobs)
        if not total:
            return
        every = 1 if sys.stderr.isatty() else 10
        begun = sum(job.steps_done() for job in self._jobs)
        with tqdm(total=total, initial=begun, unit=" agent steps", unit_scale=True, mininterval=0, smoothing=0.1) as bar:
            bar.set_description(f"training 0 of {runs} runs done")
            while bar.n < total:
                time.sleep(every)
                steps = [job.steps_done() for job in self._jobs]
                done = sum(j.n_seeds for j, s in zip(self._jobs, steps, strict=True) if s == j.n_seeds * j.total_steps)
                bar.set_description(f"training {done} of {runs} runs done", refresh=False)
                bar.update(sum(steps) - bar.n)
                if every > 1:
                    bar.write("", file=sys.stderr, end="\n")  # a line of its own in a log
