"""The display of one training: agent steps, agent steps per second, returns, time left."""

import time
from collections import deque
from statistics import fmean

from rich.console import Group, RenderableType
from rich.table import Table

from a2c.display.screen import Screen, duration, gauge, one_line
from a2c.learn.trainer import Progress
from a2c.runs.watching import Begun

LATEST = 100  # episodes whose mean return is shown


class TrainingDisplay:
    """Shows a training on standard error, a `Watcher`. Use it in a `with` statement, which ends the display."""

    def __init__(self) -> None:
        self._screen = Screen(self._draw, lambda: f"{self._place}: {self._text()}")
        self._returns: deque[float] = deque(maxlen=LATEST)

    def __enter__(self) -> "TrainingDisplay":
        return self

    def __exit__(self, *error: object) -> None:
        self._screen.stop()

    def say(self, line: str) -> None:
        """Print a line above the display."""
        self._screen.say(line)

    def begin(self, begun: Begun) -> None:
        """The training begins or goes on."""
        self._begun, self._steps, self._since = begun, begun.steps, time.monotonic()
        seeds = begun.seeds
        self._place = f"{begun.configuration.env_id}, {_seeds(seeds[0], seeds[-1])}"
        self._screen.start()

    def see(self, steps: int, progress: Progress) -> None:
        """Each seed has come to `steps` agent steps."""
        self._steps = steps
        self._returns += [episode.total_reward for episode in progress.ended]

    def _draw(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        table.add_row(self._place, gauge(self._steps, self._begun.configuration.total_steps))
        return Group(table, one_line(self._text()))

    def _text(self) -> str:
        budget = self._begun.configuration.total_steps
        if self._steps >= budget:
            return f"{budget:,} agent steps done, evaluating"
        since, done = time.monotonic() - self._since, self._steps - self._begun.steps
        rate = len(self._begun.seeds) * done / since if since else 0.0
        left = duration(since * (budget - self._steps) / done) if done else "unknown"
        latest = list(self._returns)
        parts = [
            f"{self._steps:,} of {budget:,} agent steps",
            f"{rate:,.0f}/s in all",
            *([f"return {fmean(latest):.1f}"] if latest else []),
            f"{left} left",
        ]
        return ", ".join(parts)


def _seeds(first: int, last: int) -> str:
    return f"seed {first}" if first == last else f"seeds {first} to {last}"
