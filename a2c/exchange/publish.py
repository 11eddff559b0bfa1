"""Copying a paper's runs to where they are published: all that an audit and the figures need."""

import dataclasses
import shutil
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pyarrow.compute as pc

from a2c.config import ConfigError, Paper
from a2c.runs import manifest
from a2c.runs.files import DamagedError, one_line, read_sealed, sealed, write_text, write_whole
from a2c.runs.layout import Block, plan
from a2c.runs.records import read_table

LISTED = "published.json"  # which studies are published, where not all of a paper's are
HEAVY = "weights.npz"  # most of a result's bytes; training again gives the same, and the manifest keeps its checksum


def publish(paper: Paper, studies: Sequence[str], runs: Path, published: Path) -> Iterable[Path]:
    """Copy every seed block of the named studies from the folder `runs` to `published`/runs, most without the weights.

    Weights stay where a block is one seed, and the best of an environment's first baseline: for those who want to see
    it play. What is published already stays. Gives each block's folder when it is whole. ConfigError if there is
    something in the way, DamagedError, naming the file, at a block that is missing or damaged.
    """
    _refuse_what_is_old(paper, published / "runs")
    before = published_part(paper, published).studies if (published / "runs").exists() else []
    chosen = _part(paper, studies)
    planned = plan(chosen, runs)
    for blocks in planned.values():
        for block in blocks:
            manifest.check_files(runs / block.place, manifest.read(runs / block.place))
            _refuse_another(runs / block.place, published / "runs" / block.place)
    with_weights = {_best_alone(planned[name], runs) for name in _baselines(chosen).values()}
    for blocks in planned.values():
        for block in blocks:
            to = published / "runs" / block.place
            if not (to / manifest.NAME).exists():
                _copy(runs / block.place, to, () if block.place in with_weights else (HEAVY,))
            yield to
    _note_part(paper, {*studies, *(study.name for study in before)}, published)


def published_part(paper: Paper, published: Path) -> Paper:
    """The paper with only the studies that are published, where the folder `published` says that not all are."""
    if not (published / LISTED).exists():
        return paper
    try:
        return _part(paper, read_sealed(published / LISTED)["studies"])
    except (KeyError, TypeError, ConfigError) as error:
        raise DamagedError(f"{published / LISTED}: damaged ({one_line(error)})") from None


def _part(paper: Paper, studies: Sequence[str]) -> Paper:
    names = [study.name for study in paper.studies]
    for name in studies:
        if name not in names:
            raise ConfigError(f"--study: {name!r} is not allowed; allowed: {', '.join(names)}")
    return dataclasses.replace(paper, studies=[study for study in paper.studies if study.name in studies])


def _note_part(paper: Paper, studies: Collection[str], published: Path) -> None:
    """Write down which studies are published; nothing where these are all."""
    names = [study.name for study in paper.studies if study.name in studies]
    if len(names) < len(paper.studies):
        write_text(published / LISTED, sealed({"studies": names}))
    else:
        (published / LISTED).unlink(missing_ok=True)


def _refuse_what_is_old(paper: Paper, published: Path) -> None:
    """Nothing may stay that the paper no longer has."""
    places = {published / block.place for blocks in plan(paper, published).values() for block in blocks}
    for held in sorted(published.rglob(manifest.NAME)):
        if held.parent not in places:
            raise ConfigError(f"{held.parent}: is there already; allowed: runs of this paper")


def _refuse_another(source: Path, to: Path) -> None:
    if (to / manifest.NAME).exists() and manifest.read(to)["files"] != manifest.read(source)["files"]:
        raise ConfigError(f"{to}: is there already, from another training; allowed: the same run, or none")


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
