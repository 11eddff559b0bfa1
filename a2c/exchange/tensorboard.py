"""TensorBoard event files of a result, one per seed, under the article's tag names.

The same result gives the same bytes. TensorBoard's usual writers put the time of day and the host's name into every
file, so the records are written here; the wall time of an event is its agent step.
"""

import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tensorboardX import RecordWriter
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.summary_pb2 import Summary

from a2c.config.metrics import CLOSE, metrics_of
from a2c.envs import Ended
from a2c.learn.trainer import Progress
from a2c.runs.files import write_whole
from a2c.runs.parquet import frame_of
from a2c.runs.result import read_result
from a2c.runs.watching import Begun

NAME = "events.out.tfevents.0.a2c"  # TensorBoard reads files with "tfevents" in their name
TAGS = {  # column of metrics.parquet: tag; the article has none from the gradient's norm on
    "policy_loss": "loss/policy",
    "value_loss": "loss/value",
    "entropy": "entropy",
    "advantage_mean": "advantage/mean",
    "advantage_std": "advantage/std",
    "grad_norm": "gradient_norm",
    "explained_variance": "explained_variance",
    "clip_coefficient": "clipping/coefficient",
    "policy_grad_norm": "gradient/policy",
    "value_grad_norm": "gradient/value",
    "grad_cosine": "gradient/cosine",
    "policy_kl": "policy/kl",
    "value_max": "value/max",
    "terminal_share": "batch/terminal_share",
    "observation_distance": "batch/observation_distance",
    "clip_fraction": "clipping/fraction",
}
REWARD_WINDOW = 0.05  # share of the budget, as in the learning curves

Point = tuple[str, int, float]  # tag, agent step, value


def write_event_files(folder: Path, out: Path) -> list[Path]:
    """Write an event file for each seed of the result in `folder` to `out`/seed-N; the paths of the files.

    Tags: those of `TAGS` that the run has, at the steps of the metrics; at the same steps `reward/mean`, the mean
    return of the episodes that ended in the preceding 5 % of the budget (the value before if none did, missing before
    the first episode); `reward/episode` and `episode/length` at the step at which each episode ended.
    Raises DamagedError, naming the file, if one is missing or damaged.
    """
    result = read_result(folder)
    episodes, metrics = frame_of(result.episodes), frame_of(result.metrics)
    paths = []
    for seed in result.seeds:
        own_episodes, own_metrics = (table[table["seed"] == seed] for table in (episodes, metrics))
        path = out / f"seed-{seed}" / NAME
        write_events(path, seed_points(own_episodes, own_metrics, result.configuration.total_steps))
        paths.append(path)
    return paths


def seed_points(episodes: pd.DataFrame, metrics: pd.DataFrame, total_steps: int) -> Iterator[Point]:
    """The points of one seed, tag by tag, from its rows of the two tables."""
    step = metrics["step"].to_numpy()
    for column, tag in TAGS.items():
        if column in metrics:
            measured = metrics[metrics[column].notna()] if column in CLOSE else metrics
            yield from _points(tag, measured["step"], measured[column])
    mean = mean_return(episodes["step"].to_numpy(), episodes["return"].to_numpy(), step, total_steps * REWARD_WINDOW)
    defined = ~np.isnan(mean)
    yield from _points("reward/mean", step[defined], mean[defined])
    yield from _points("reward/episode", episodes["step"], episodes["return"])
    yield from _points("episode/length", episodes["step"], episodes["length"])


def mean_return(
    ended: NDArray[np.int64], returns: NDArray[np.float64], at: NDArray[np.int64], window: float
) -> NDArray[np.float64]:
    """Mean return of the episodes that ended in the `window` of steps up to each step in `at`.

    `ended`: the step at which each episode ended, increasing; `returns`: its return. If no episode ended in a window,
    the value before; NaN before the first episode.
    """
    sums = np.concatenate(([0.0], np.cumsum(returns)))
    last, first = (np.searchsorted(ended, bound, side="right") for bound in (at, at - window))
    with np.errstate(invalid="ignore"):  # 0 / 0 where no episode ended
        means = (sums[last] - sums[first]) / (last - first)
    return pd.Series(means).ffill().to_numpy()


def write_events(path: Path, points: Iterable[Point]) -> None:
    """Write an event file of `points`."""

    def write(file: Path) -> None:
        writer = _open(file)
        _write(writer, points)
        writer.close()

    write_whole(path, write)


class LiveEvents:
    """Writes the event files of a training while it goes on, a `Watcher`: the points of `write_event_files`.

    `out`: a folder for `seed-N/`. What stands there from an interrupted training is written anew. The files are
    flushed every second.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._next = 0.0
        self._seeds: list[_LiveSeed] = []

    @property
    def has_begun(self) -> bool:
        """Whether there was a training to write of: not where the result was there already."""
        return bool(self._seeds)

    def begin(self, begun: Begun) -> None:
        """The training begins or goes on: write what it has from earlier."""
        metrics = metrics_of(begun.configuration.algorithm)
        window = begun.configuration.total_steps * REWARD_WINDOW
        for lane, seed in enumerate(begun.seeds):
            path = self._out / f"seed-{seed}" / NAME
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            self._seeds.append(_LiveSeed(path, metrics, window))
            rows = [(int(row[1]), row[2:]) for row in begun.metrics if row[0] == seed]
            self._seeds[lane].add([episode for episode in begun.ended if episode.lane == lane], rows)

    def see(self, steps: int, progress: Progress) -> None:
        """Write what was done."""
        for lane, seed in enumerate(self._seeds):
            rows = [(step, values.tolist()) for of, step, values in progress.metrics if of == lane]
            seed.add([episode for episode in progress.ended if episode.lane == lane], rows)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + 1
            for seed in self._seeds:
                seed.writer.flush()

    def close(self) -> None:
        """Close the files."""
        for seed in self._seeds:
            seed.writer.close()


class _LiveSeed:
    """The event file of one seed in training."""

    def __init__(self, path: Path, metrics: Sequence[str], window: float) -> None:
        self.writer = _open(path)
        self._metrics, self._window = metrics, window
        self._steps: list[int] = []  # at which episodes have ended
        self._sums = [0.0]  # of the returns of the first episodes
        self._mean: float | None = None  # the last one

    def add(self, ended: Sequence[Ended], rows: Iterable[tuple[int, Sequence[float]]]) -> None:
        """Write episodes and rows of metrics, which follow those that were written."""
        for episode in sorted(ended, key=lambda episode: episode.step):
            self._steps.append(episode.step)
            self._sums.append(self._sums[-1] + episode.total_reward)
            _write(self.writer, [("reward/episode", episode.step, episode.total_reward)])
            _write(self.writer, [("episode/length", episode.step, float(episode.length))])
        for step, values in rows:
            named = zip(self._metrics, values, strict=True)
            measured = [(name, value) for name, value in named if name not in CLOSE or not np.isnan(value)]
            _write(self.writer, [(TAGS[name], step, value) for name, value in measured])
            self._write_mean(step)

    def _write_mean(self, step: int) -> None:
        first, last = (bisect_right(self._steps, bound) for bound in (step - self._window, step))
        if last > first:
            self._mean = (self._sums[last] - self._sums[first]) / (last - first)
        if self._mean is not None:
            _write(self.writer, [("reward/mean", step, self._mean)])


def _open(file: Path) -> RecordWriter:
    """A new event file."""
    writer = RecordWriter(str(file))
    writer.write(Event(wall_time=0, file_version="brain.Event:2").SerializeToString())
    return writer


def _write(writer: RecordWriter, points: Iterable[Point]) -> None:
    for tag, step, value in points:
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        writer.write(Event(wall_time=step, step=step, summary=summary).SerializeToString())


def _points(tag: str, steps: Iterable[int], values: Iterable[float]) -> Iterator[Point]:
    return ((tag, int(step), float(value)) for step, value in zip(steps, values, strict=True))
