"""Several trainings together: runs done, agent steps per second, work that is left."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rich.console import RenderableType
from rich.table import Table

from a2c.display.screen import Screen, duration, gauge
from a2c.runs.progress import read_steps

WINDOW = 20.0  # seconds over which agent steps per second are measured
ENOUGH = 1.0  # estimated seconds of work after which the estimates are corrected by what was measured


@dataclass(frozen=True)
class Job:
    """The training of a seed block into `folder`. `seconds`: how long it is estimated to last."""

    folder: Path
    n_seeds: int
    total_steps: int
    seconds: float = 1.0

    @property
    def all_steps(self) -> int:
        """The agent steps of all seeds."""
        return self.n_seeds * self.total_steps

    def steps(self) -> int:
        """Agent steps so far, over all seeds of the block."""
        return self.n_seeds * min(read_steps(self.folder), self.total_steps)


@dataclass
class _Running:
    """A training that has begun: when, and with how many agent steps from earlier."""

    since: float
    first_steps: int


class TrainingStatus(NamedTuple):
    """Where the trainings stand. `seconds_left`: of one core."""

    runs_done: int
    runs: int
    steps_per_second: float
    seconds_left: float


class Trainings:
    """Trainings that wait, run or are done, by name. The time comes from `clock`, in seconds."""

    def __init__(self, jobs: Mapping[str, Job], clock: Callable[[], float] = time.monotonic) -> None:
        self.jobs = dict(jobs)
        self._clock = clock
        self._running: dict[str, _Running] = {}
        self._done: set[str] = set()
        self._steps_done = 0  # of trainings that are done, without what they had from earlier
        self._spent = self._worked = 0.0  # seconds of trainings that are done: measured, estimated
        self._marks = deque([(clock(), 0)])  # times and agent steps

    def start(self, name: str) -> None:
        """A training begins."""
        self._running[name] = _Running(self._clock(), self.jobs[name].steps())

    def finish(self, name: str) -> None:
        """A training is done."""
        job, running = self.jobs[name], self._running.pop(name)
        self._steps_done += job.all_steps - running.first_steps
        self._spent += self._clock() - running.since
        self._worked += job.seconds * (1 - running.first_steps / job.all_steps)
        self._done.add(name)

    def fail(self, name: str) -> None:
        """A training has failed; it may start again."""
        self._running.pop(name, None)

    def share(self, name: str) -> float:
        """How much of a training is done, from 0 to 1."""
        return self.jobs[name].steps() / self.jobs[name].all_steps

    def status(self) -> TrainingStatus:
        """Where the trainings stand now."""
        now, shares = self._clock(), {}
        steps, spent, worked = self._steps_done, self._spent, self._worked
        for name, running in list(self._running.items()):
            job = self.jobs[name]
            so_far = job.steps()
            shares[name] = so_far / job.all_steps
            steps += so_far - running.first_steps
            spent += now - running.since
            worked += job.seconds * (so_far - running.first_steps) / job.all_steps
        left = sum(job.seconds * (1 - shares.get(name, 0)) for name, job in self.jobs.items() if name not in self._done)
        correction = spent / worked if worked > ENOUGH else 1.0
        return TrainingStatus(
            runs_done=sum(self.jobs[name].n_seeds for name in self._done),
            runs=sum(job.n_seeds for job in self.jobs.values()),
            steps_per_second=self._rate(now, steps),
            seconds_left=left * correction,
        )

    def _rate(self, now: float, steps: int) -> float:
        """Agent steps per second over the last seconds."""
        self._marks.append((now, steps))
        while len(self._marks) > 2 and self._marks[1][0] <= now - WINDOW:
            self._marks.popleft()
        (since, before), _ = self._marks[0], self._marks[-1]
        return max(0.0, (steps - before) / (now - since)) if now > since else 0.0


def screen(trainings: Trainings, cores: int) -> Screen:
    """A display of trainings alone, of which `cores` run at a time."""

    def draw() -> RenderableType:
        status = trainings.status()
        table = Table.grid(padding=(0, 2))
        table.add_row("training", gauge(status.runs_done, status.runs), _text(status, cores))
        return table

    def line() -> str:
        return f"training: {_text(trainings.status(), cores)}"

    return Screen(draw, line)


def _text(status: TrainingStatus, cores: int) -> str:
    return (
        f"{status.runs_done} of {status.runs} runs, {status.steps_per_second:,.0f} agent steps/s, "
        f"about {duration(status.seconds_left / cores)} left"
    )
