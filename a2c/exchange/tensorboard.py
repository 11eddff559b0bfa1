"""A result for TensorBoard, under the article's tag names: one event file per seed.

Written record by record, as TensorBoard's usual writers put the time of day and the host's name into every file: here
the same result gives the same bytes. The wall time of an event is its agent step.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tensorboardX import RecordWriter
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.summary_pb2 import Summary

from a2c.runs import manifest
from a2c.runs.files import write_whole
from a2c.runs.records import read_table

NAME = "events.out.tfevents.0.a2c"  # TensorBoard looks for "tfevents" in a name
TAGS = {  # column of metrics.parquet: tag. The article has no tag for the last two.
    "policy_loss": "loss/policy",
    "value_loss": "loss/value",
    "entropy": "entropy",
    "advantage_mean": "advantage/mean",
    "advantage_std": "advantage/std",
    "grad_norm": "gradient_norm",
    "explained_variance": "explained_variance",
}
REWARD_WINDOW = 0.05  # of the budget, as in the learning curves

Point = tuple[str, int, float]  # tag, agent step, value


def export(folder: Path, out: Path) -> list[Path]:
    """Write every seed of the result in `folder` to `out`/seed-N and give the files written.

    The tags: those of `TAGS` on the metrics' grid of steps; on the same grid `reward/mean`, the mean return of the
    episodes that ended in the preceding 5 % of the budget (carried forward where none did, missing before the first);
    `reward/episode` and `episode/length` at the step at which each episode ended.
    DamagedError, naming the file, if the result is missing or damaged.
    """
    held = manifest.read(folder)
    manifest.check_files(folder, held, ("episodes.parquet", "metrics.parquet"))
    episodes = read_table(folder / "episodes.parquet").to_pandas()
    metrics = read_table(folder / "metrics.parquet").to_pandas()
    total_steps = held["configuration"]["total_steps"]
    written = []
    for seed in held["seeds"]:
        points = seed_points(episodes[episodes["seed"] == seed], metrics[metrics["seed"] == seed], total_steps)
        written.append(out / f"seed-{seed}" / NAME)
        write_events(written[-1], points)
    return written


def seed_points(episodes: pd.DataFrame, metrics: pd.DataFrame, total_steps: int) -> Iterator[Point]:
    """All points of one seed's tables, tag by tag."""
    step = metrics["step"].to_numpy()
    for column, tag in TAGS.items():
        yield from _points(tag, step, metrics[column])
    mean = mean_return(episodes["step"].to_numpy(), episodes["return"].to_numpy(), step, total_steps * REWARD_WINDOW)
    known = ~np.isnan(mean)
    yield from _points("reward/mean", step[known], mean[known])
    yield from _points("reward/episode", episodes["step"], episodes["return"])
    yield from _points("episode/length", episodes["step"], episodes["length"])


def mean_return(
    ended: NDArray[np.int64], returns: NDArray[np.float64], at: NDArray[np.int64], window: float
) -> NDArray[np.float64]:
    """Mean of the `returns` of episodes that `ended` (increasing) in the `window` of steps up to each step in `at`.

    Where none did, the value before; missing (NaN) before the first.
    """
    sums = np.concatenate(([0.0], np.cumsum(returns)))
    last, first = (np.searchsorted(ended, bound, side="right") for bound in (at, at - window))
    with np.errstate(invalid="ignore"):  # 0 / 0 where no episode ended
        means = (sums[last] - sums[first]) / (last - first)
    return pd.Series(means).ffill().to_numpy()


def write_events(path: Path, points: Iterable[Point]) -> None:
    """Write an event file that holds `points`, whole or not at all."""

    def write(beside: Path) -> None:
        writer = RecordWriter(str(beside))
        writer.write(Event(wall_time=0, file_version="brain.Event:2").SerializeToString())
        for tag, step, value in points:
            summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
            writer.write(Event(wall_time=step, step=step, summary=summary).SerializeToString())
        writer.close()

    write_whole(path, write)


def _points(tag: str, steps: Iterable[int], values: Iterable[float]) -> Iterator[Point]:
    return ((tag, int(step), float(value)) for step, value in zip(steps, values, strict=True))
