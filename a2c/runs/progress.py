"""The progress of a training: a small file in its folder while it runs."""

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from a2c import untrusted
from a2c.config import Configuration
from a2c.envs import Ended
from a2c.learn.trainer import Progress as Part
from a2c.runs.watching import Begun
from a2c.temporary import PART

NAME = "progress.json"
BINS = 100  # equal parts of the budget


class Bins(BaseModel):
    """The finished training episodes of a seed, by the part of the budget in which each ended."""

    episodes: list[int] = Field(min_length=BINS, max_length=BINS)  # their number
    returns: list[float] = Field(min_length=BINS, max_length=BINS)  # the sum of their returns


class Progress(BaseModel):
    """The content of the file."""

    steps: int = Field(ge=0)  # agent steps of each seed so far
    configuration: Configuration
    bins: dict[int, Bins]  # by seed


class ProgressWriter:
    """Writes the progress of a training into `folder`, at most once a second."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._next = 0.0

    def begin(self, begun: Begun) -> None:
        """The training begins or goes on."""
        self._seeds = list(begun.seeds)
        self._progress = Progress.model_construct(
            steps=begun.steps,
            configuration=begun.configuration,
            bins={seed: empty_bins() for seed in begun.seeds},
        )
        self._add(begun.ended)

    def see(self, steps: int, progress: Part) -> None:
        """Each seed has come to `steps` agent steps."""
        self._add(progress.ended)
        self._progress.steps = steps
        if time.monotonic() >= self._next:
            self._write()

    def _add(self, ended: Iterable[Ended]) -> None:
        budget = self._progress.configuration.total_steps
        for episode in ended:
            bins, place = self._progress.bins[self._seeds[episode.lane]], bin_of(episode.step, budget)
            bins.episodes[place] += 1
            bins.returns[place] += episode.total_reward

    def _write(self) -> None:
        self._next = time.monotonic() + 1
        part = self._path.with_name(f".{NAME}{PART}")
        part.write_text(self._progress.model_dump_json(), encoding="utf-8")
        with suppress(FileNotFoundError):  # another process has renamed or swept it
            part.replace(self._path)


def empty_bins() -> Bins:
    """Of a seed without a finished episode."""
    return Bins(episodes=[0] * BINS, returns=[0.0] * BINS)


def bin_of(step: int, total_steps: int) -> int:
    """The part of the budget that has an agent step: the first has those up to 1 %, with it."""
    return min(max(-(-step * BINS // total_steps) - 1, 0), BINS - 1)


def read_progress(folder: Path) -> Progress | None:
    """The progress of the training in `folder`; None if there is no readable file."""
    try:
        return Progress.model_validate_json(untrusted.read(folder / NAME))
    except (untrusted.DamagedError, ValidationError, ValueError, RecursionError):
        return None


def read_steps(folder: Path) -> int:
    """The agent steps of every seed of the block in `folder` so far; 0 if there is no readable progress file."""
    try:
        return max(0, int(json.loads(untrusted.read(folder / NAME))["steps"]))
    except (untrusted.DamagedError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return 0
