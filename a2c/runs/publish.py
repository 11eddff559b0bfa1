"""Copying a paper's runs to where they are published: all that an audit and the figures need."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from a2c.config import ConfigError, Paper
from a2c.runs import manifest
from a2c.runs.files import write_whole
from a2c.runs.layout import plan

HEAVY = "weights.npz"  # most of a result's bytes; training again gives the same, and the manifest keeps its checksum


def publish(paper: Paper, runs: Path, published: Path) -> Iterable[Path]:
    """Copy every seed block of `paper` from the folder `runs` to the folder `published`, without the weights.

    Gives each block's new folder when it is whole. ConfigError if there is something in the way, DamagedError, naming
    the file, at a block that is missing or damaged.
    """
    if published.exists():
        raise ConfigError(f"{published}: is there already; allowed: a folder that is not, so that nothing old stays")
    for blocks in plan(paper, runs).values():
        for block in blocks:
            _copy(runs / block.place, published / block.place)
            yield published / block.place


def _copy(source: Path, to: Path) -> None:
    held = manifest.read(source)
    manifest.check_files(source, held)
    for name in held["files"]:
        if name != HEAVY:
            write_whole(to / name, lambda beside, name=name: shutil.copyfile(source / name, beside))  # type: ignore[misc]
    manifest.leave_out(to, held, [HEAVY])
