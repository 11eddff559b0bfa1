"""Copying a paper's runs to where they are published: all that an audit and the figures need."""

import shutil
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pyarrow.compute as pc

from a2c.config import ConfigError, Paper
from a2c.runs import manifest
from a2c.runs.files import write_whole
from a2c.runs.layout import Block, plan
from a2c.runs.records import read_table

HEAVY = "weights.npz"  # most of a result's bytes; training again gives the same, and the manifest keeps its checksum


def publish(paper: Paper, runs: Path, published: Path) -> Iterable[Path]:
    """Copy every seed block of `paper` from the folder `runs` to the folder `published`, most without the weights.

    Weights stay where a block is one seed, and the best of an environment's first baseline: for those who want to see
    it play. Gives each block's new folder when it is whole. ConfigError if there is something in the way, DamagedError,
    naming the file, at a block that is missing or damaged.
    """
    if published.exists():
        raise ConfigError(f"{published}: is there already; allowed: a folder that is not, so that nothing old stays")
    planned = plan(paper, runs)
    for blocks in planned.values():
        for block in blocks:
            manifest.check_files(runs / block.place, manifest.read(runs / block.place))
    with_weights = {_best_alone(planned[name], runs) for name in _baselines(paper).values()}
    for blocks in planned.values():
        for block in blocks:
            _copy(runs / block.place, published / block.place, () if block.place in with_weights else (HEAVY,))
            yield published / block.place


def _baselines(paper: Paper) -> dict[str, str]:
    """By environment, the baseline's configuration in the first study that has one there."""
    found: dict[str, str] = {}
    for study in paper.studies:
        for point in study.points:
            if all(point.axes.get(axis) == value for axis, value in study.baseline.items()):
                found.setdefault(point.configuration.env_id, point.name)
    return found


def _best_alone(blocks: Sequence[Block], runs: Path) -> str | None:
    """The place of the block with the highest mean of sampled evaluation episodes, if blocks are of one seed each."""
    returns = {}
    for block in blocks:
        table = read_table(runs / block.place / "evaluation.parquet")
        mean = pc.mean(table.filter(pc.field("mode") == "sampled")["return"]).as_py()
        if len(block.seeds) == 1 and mean is not None:  # None where the seed diverged
            returns[block.place] = mean
    return max(returns, key=lambda place: returns[place]) if len(returns) == len(blocks) else None


def _copy(source: Path, to: Path, left_out: Collection[str]) -> None:
    held = manifest.read(source)
    for name in held["files"]:
        if name not in left_out:
            write_whole(to / name, lambda beside, name=name: shutil.copyfile(source / name, beside))  # type: ignore[misc]
    manifest.leave_out(to, held, left_out)
