"""Copying a paper's runs to where they are published: all that an audit and the figures need."""

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from pathlib import Path

import pyarrow.compute as pc

from a2c import untrusted
from a2c.config import ConfigError, Paper
from a2c.play.paper_films import FILMS, read_films
from a2c.runs import manifest
from a2c.runs.files import DamagedError, one_line, read_sealed, sealed, write_text, write_whole
from a2c.runs.layout import SeedBlock, plan
from a2c.runs.result import WEIGHTS_FILE, read_result

LIST = "published.json"  # the published studies, if they are not all of the paper's


def publish(paper: Paper, studies: Sequence[str], runs: Path, published: Path) -> Iterable[Path]:
    """Copy the seed blocks of the named studies from `runs` to `published`/runs; gives each copied folder.

    The weights are left out, as they are most of the bytes: training again gives them, and the manifest keeps their
    checksum. They are kept of one block: the best seed of an environment's first baseline, if its blocks are of one
    seed each, so that it can be seen at play. What is published already stays.

    Raises ConfigError if there are other runs in `published`, DamagedError, naming the file, if a block is missing or
    damaged.
    """
    _check_no_other_runs(paper, published / "runs")
    before = published_part(paper, published).studies if (published / "runs").exists() else []
    chosen = _part(paper, studies)
    planned = plan(chosen, runs)
    for blocks in planned.values():
        for block in blocks:
            read_result(runs / block.path).check_files()
            _check_same_training(runs / block.path, published / "runs" / block.path)
    with_weights = {_best_single_seed(planned[name], runs) for name in _baselines(chosen).values()}
    for blocks in planned.values():
        for block in blocks:
            target = published / "runs" / block.path
            if not (target / manifest.NAME).exists():
                _copy(runs / block.path, target, () if block.path in with_weights else (WEIGHTS_FILE,))
            yield target
    _write_list(paper, {*studies, *(study.name for study in before)}, published)


def publish_films(source: Path, target: Path) -> None:
    """Copy the films that are listed in the folders of environments below `source`."""
    for environment in sorted(source.iterdir()) if source.exists() else []:
        for name in [film["file"] for film in read_films(environment)["films"]] + [FILMS]:
            write_whole(target / environment.name / name, partial(untrusted.copy, environment / name))


def published_part(paper: Paper, published: Path) -> Paper:
    """The paper with its published studies only; `published` is the folder that it was published to."""
    if not (published / LIST).exists():
        return paper
    try:
        return _part(paper, read_sealed(published / LIST)["studies"])
    except (KeyError, TypeError, ConfigError) as error:
        raise DamagedError(f"{published / LIST}: damaged ({one_line(error)})") from None


def _part(paper: Paper, studies: Sequence[str]) -> Paper:
    names = [study.name for study in paper.studies]
    for name in studies:
        if name not in names:
            raise ConfigError(f"--study: {name!r} is not allowed; allowed: {', '.join(names)}")
    return dataclasses.replace(paper, studies=[study for study in paper.studies if study.name in studies])


def _write_list(paper: Paper, studies: Collection[str], published: Path) -> None:
    """Write the list of published studies; none if they are all of the paper's."""
    names = [study.name for study in paper.studies if study.name in studies]
    if len(names) < len(paper.studies):
        write_text(published / LIST, sealed({"studies": names}))
    else:
        (published / LIST).unlink(missing_ok=True)


def _check_no_other_runs(paper: Paper, folder: Path) -> None:
    """ConfigError if `folder` holds runs that the paper does not have."""
    expected = {folder / block.path for blocks in plan(paper, folder).values() for block in blocks}
    for path in sorted(folder.rglob(manifest.NAME)):
        if path.parent not in expected:
            raise ConfigError(f"{path.parent}: is there already; allowed: runs of this paper")


def _check_same_training(source: Path, target: Path) -> None:
    if (target / manifest.NAME).exists() and manifest.read(target)["files"] != manifest.read(source)["files"]:
        raise ConfigError(f"{target}: is there already, from another training; allowed: the same run, or none")


def _baselines(paper: Paper) -> dict[str, str]:
    """By environment, the baseline's configuration in the first study that has one there."""
    baselines: dict[str, str] = {}
    for study in paper.studies:
        for point in study.points:
            if all(point.axes.get(axis) == value for axis, value in study.baseline.items()):
                baselines.setdefault(point.configuration.env_id, point.name)
    return baselines


def _best_single_seed(blocks: Sequence[SeedBlock], runs: Path) -> str | None:
    """The path of the block with the highest mean return in sampled evaluation.

    None unless every block is of one seed, which finished.
    """
    returns = {}
    for block in blocks:
        evaluation = read_result(runs / block.path).evaluation
        mean = pc.mean(evaluation.filter(pc.field("mode") == "sampled")["return"]).as_py()
        if len(block.seeds) == 1 and mean is not None:  # None if the seed diverged
            returns[block.path] = mean
    return max(returns, key=lambda path: returns[path]) if len(returns) == len(blocks) else None


def _copy(source: Path, target: Path, left_out: Collection[str]) -> None:
    content = manifest.read(source)
    for name in content["files"]:
        if name not in left_out:
            write_whole(target / name, partial(untrusted.copy, source / name))
    manifest.leave_out(target, content, left_out)
