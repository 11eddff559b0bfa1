"""Who sees a training while it goes on: its progress file, a display, event files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from a2c.config import Configuration
from a2c.envs import Ended
from a2c.learn.trainer import Progress


@dataclass(frozen=True)
class Begun:
    """A training that begins or goes on: what it is, and what it has from earlier."""

    configuration: Configuration
    seeds: Sequence[int]  # of the lanes
    steps: int  # agent steps of each seed so far
    ended: Sequence[Ended]  # the episodes that have ended
    metrics: Sequence[Sequence[float]]  # rows of seed, agent step, values in the order of `metrics_of`


class Watcher(Protocol):
    """Sees a training. It changes nothing in it."""

    def begin(self, begun: Begun) -> None:
        """The training begins or goes on."""

    def see(self, steps: int, progress: Progress) -> None:
        """Each seed has come to `steps` agent steps; `progress`: what was done since."""
