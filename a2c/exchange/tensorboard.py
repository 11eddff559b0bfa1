"""TensorBoard event files of a result, one per seed, under the article's tag names.

The same result gives the same bytes. TensorBoard's usual writers put the time of day and the host's name into every
file, so the records are written here; the wall time of an event is its agent step.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tensorboardX import RecordWriter
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.summary_pb2 import Summary

from a2c.config.metrics import CLOSE
from a2c.runs.files import write_whole
from a2c.runs.result import read_result

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
    episodes, metrics = result.episodes.to_pandas(), result.metrics.to_pandas()
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
        writer = RecordWriter(str(file))
        writer.write(Event(wall_time=0, file_version="brain.Event:2").SerializeToString())
        for tag, step, value in points:
            summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
            writer.write(Event(wall_time=step, step=step, summary=summary).SerializeToString())
        writer.close()

    write_whole(path, write)


def _points(tag: str, steps: Iterable[int], values: Iterable[float]) -> Iterator[Point]:
    return ((tag, int(step), float(value)) for step, value in zip(steps, values, strict=True))
