"""The progress of several trainings together: runs done, agent steps per second, time left."""

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from a2c.runs import manifest
from a2c.runs.progress import read_steps


@dataclass(frozen=True)
class Job:
    """The training of a seed block into `folder`."""

    folder: Path
    n_seeds: int
    total_steps: int

    @property
    def is_done(self) -> bool:
        """Whether the folder holds a result."""
        return (self.folder / manifest.NAME).exists()

    def steps(self) -> int:
        """Agent steps so far, over all seeds of the block."""
        return self.n_seeds * (self.total_steps if self.is_done else min(read_steps(self.folder), self.total_steps))


class Monitor(threading.Thread):
    """Shows the progress of jobs on standard error until all are done.

    On a terminal as a bar, elsewhere as a line every ten seconds. Jobs that are done at the start are left out.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        super().__init__(daemon=True)
        self._jobs = [job for job in jobs if not job.is_done]

    def run(self) -> None:
        """Show the progress; called by `start`."""
        n_runs = sum(job.n_seeds for job in self._jobs)
        total = sum(job.n_seeds * job.total_steps for job in self._jobs)
        first, start = self._steps(), time.monotonic()
        on_terminal = sys.stderr.isatty()
        with tqdm(total=total, initial=first, unit=" agent steps", unit_scale=True, disable=not on_terminal) as bar:
            while not all(job.is_done for job in self._jobs):
                time.sleep(1 if on_terminal else 10)
                steps = self._steps()
                n_done = sum(job.n_seeds for job in self._jobs if job.is_done)
                text = f"training: {n_done} of {n_runs} runs done"
                if on_terminal:
                    bar.set_description(text, refresh=False)
                    bar.update(steps - bar.n)
                else:
                    rate = (steps - first) / (time.monotonic() - start)
                    left = tqdm.format_interval((total - steps) / rate) if rate else "unknown"
                    print(f"{text}, {rate:,.0f} agent steps/s, time left {left}", file=sys.stderr, flush=True)

    def _steps(self) -> int:
        return sum(job.steps() for job in self._jobs)
