"""How far a training is: told by each job in a small file, shown for all of them together by the pipeline."""

import json
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from a2c.runs import manifest
from a2c.runs.files import PART

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
        beside = self._path.with_name(f".{NAME}{PART}")
        beside.write_text(json.dumps({"steps": steps}))
        with suppress(FileNotFoundError):  # renamed by another node's job, where a lock is not known to all of them
            beside.replace(self._path)

    def end(self) -> None:
        self._path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Job:
    """A seed block that the pipeline trains."""

    folder: Path
    n_seeds: int
    total_steps: int

    @property
    def is_done(self) -> bool:
        return (self.folder / manifest.NAME).exists()

    def steps(self) -> int:
        """Agent steps so far, over all seeds of the block."""
        if self.is_done:
            return self.n_seeds * self.total_steps
        try:
            steps = int(json.loads((self.folder / NAME).read_bytes())["steps"])
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):  # not begun, or damaged
            return 0
        return self.n_seeds * min(max(steps, 0), self.total_steps)


class Monitor(threading.Thread):
    """Shows runs done, agent steps per second and time left on standard error, until all jobs are done.

    A bar that renews itself on a terminal; elsewhere a line every ten seconds.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        super().__init__(daemon=True)
        self._jobs = [job for job in jobs if not job.is_done]

    def run(self) -> None:
        runs = sum(job.n_seeds for job in self._jobs)
        total = sum(job.n_seeds * job.total_steps for job in self._jobs)
        begun, start = sum(job.steps() for job in self._jobs), time.monotonic()
        on_terminal = sys.stderr.isatty()
        with tqdm(total=total, initial=begun, unit=" agent steps", unit_scale=True, disable=not on_terminal) as bar:
            while not all(job.is_done for job in self._jobs):
                time.sleep(1 if on_terminal else 10)
                steps = sum(job.steps() for job in self._jobs)
                told = f"training: {sum(job.n_seeds for job in self._jobs if job.is_done)} of {runs} runs done"
                if on_terminal:
                    bar.set_description(told, refresh=False)
                    bar.update(steps - bar.n)
                else:
                    rate = (steps - begun) / (time.monotonic() - start)
                    left = tqdm.format_interval((total - steps) / rate) if rate else "unknown"
                    print(f"{told}, {rate:,.0f} agent steps/s, time left {left}", file=sys.stderr, flush=True)
