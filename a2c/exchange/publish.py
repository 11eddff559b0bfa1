"""Publishing a paper's runs: all that an audit, training again and the figures need."""

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pyarrow.compute as pc

from a2c import untrusted
from a2c.analysis.curves import POINTS
from a2c.analysis.summary import thin_runs
from a2c.config import ConfigError, Paper
from a2c.config.errors import one_of
from a2c.config.seeds import consecutive
from a2c.envs import check
from a2c.exchange.tunings import (
    check_finished,
    check_no_other_jobs,
    finished_repeats,
    first_repeats,
    publish_tunings,
)
from a2c.learn.trainer import bits_of, same_bits_anywhere
from a2c.play.paper_films import FILMS, read_films
from a2c.runs import manifest, parquet
from a2c.runs.content import content_of
from a2c.runs.files import DamagedError, one_line, read_sealed, sealed, write_text, write_whole
from a2c.runs.gradient_study import part_of
from a2c.runs.layout import SeedBlock, plan, trained_seeds
from a2c.runs.names import SNAPSHOTS_FILE, WEIGHTS_FILE
from a2c.runs.parts import write_part, write_thin_part
from a2c.runs.result import Result, read_result
from a2c.temporary import sweep, sweep_folders, temporary_folder

LARGEST_WEIGHTS = 1_000_000  # bytes of a run's weights that are published
LIST = "published.json"  # the published studies and tunings; a folder of an older version without it has all


def publish(paper: Paper, names: Sequence[str], runs: Path, published: Path) -> Iterable[Path]:
    """Publish the runs of the named studies from `runs` in `published`/runs; gives each folder that is published.

    Of the named tunings it publishes the repeats that all tuners have finished.

    Where training again gives every byte on any machine, one run of each configuration is published whole, that of its
    first reporting seed, and the others thin (`a2c.runs.thin`). All other runs are published whole.

    The weights of whole runs are left out, those of snapshots too, as they are most of the bytes: training again gives
    them, and the manifest keeps their checksums. They are kept of one block of an environment's first baseline, so that
    it can be seen at play: of the run that is published whole or, where all are, of the best seed if its blocks are of
    one seed each; but not of networks whose weights take more than `LARGEST_WEIGHTS`. The estimates of gradient studies
    are published with all studies of a paper. What is published already stays.

    Raises ConfigError if there are other runs or jobs in `published`, DamagedError, naming the file or the folder, if a
    block is missing or damaged, or a tuning has no repeat to publish.
    """
    sweep_folders("publish")
    _check_no_other_runs(paper, published / "runs")
    check_no_other_jobs(paper.tunings, published)
    before = published_part(paper, published).studies if (published / "runs").exists() else []
    _check_known(paper, names)
    studies = [study.name for study in paper.studies if study.name in names]
    chosen = _part(paper, studies)
    planned = plan(chosen, runs)
    tunings = [tuning for tuning in paper.tunings if tuning.name in names]
    check_finished(tunings, runs.parent)
    for blocks in planned.values():
        for block in blocks:
            if not (runs / block.path / manifest.NAME).exists():
                raise DamagedError(f"{runs / block.path}: not trained yet; `a2c plan` says how to train the paper")
            read_result(runs / block.path).check_files()
    _write_list(paper, {study.name for study in before}, published)  # in case it is stopped
    baselines = _baselines(chosen)
    for name, blocks in planned.items():
        kept = _best_single_seed(blocks, runs) if name in baselines.values() else None
        whole = _whole_seed(paper, name)
        for block in blocks:
            result = read_result(runs / block.path)
            may_be_thin = _may_be_thin(paper, result)
            with_weights = name in baselines.values() if may_be_thin else block.path == kept
            yield from _publish_block(result, block, whole, published / "runs", may_be_thin, with_weights)
    if set(studies) >= {study.name for study in paper.studies}:
        _copy_estimates(paper, runs.parent, published)
    publish_tunings(tunings, runs.parent, published)
    meanwhile = published_part(paper, published).studies  # another process may publish other studies
    _write_list(paper, {*studies, *(study.name for study in meanwhile)}, published)


def _may_be_thin(paper: Paper, result: Result) -> bool:
    """Whether training gives every byte of a result again on any machine, and all studies judge its whole budget."""
    config = result.configuration
    budgets = {study.base.total_steps for study in paper.studies for point in study.points if point.name == config.name}
    made_again = same_bits_anywhere(config) and result.manifest.get("bits", 1) == bits_of(config)
    complete = result.weights is not None and not config.snapshots  # thin runs have the checksums of all files
    return made_again and complete and budgets == {config.total_steps} and config.total_steps >= POINTS


def _whole_seed(paper: Paper, configuration: str) -> int:
    """The first reporting seed of a configuration in any study."""
    studies = [s for s in paper.studies if any(point.name == configuration for point in s.points)]
    gradients = [study for study in paper.gradients if study.configuration_name == configuration]
    return min(min(study.seeds) for study in (studies or gradients))


def _publish_block(
    result: Result, block: SeedBlock, whole: int, runs: Path, may_be_thin: bool, with_weights: bool
) -> Iterator[Path]:
    """Publish the seeds of a result that are not in `runs` yet, whole or in parts; gives the folder of each part.

    ConfigError if runs of another training are there.
    """
    weights = (WEIGHTS_FILE, SNAPSHOTS_FILE)
    size = sum(result.manifest["files"].get(name, {}).get("bytes", 0) for name in weights)
    left_out = () if with_weights and size <= LARGEST_WEIGHTS * len(result.seeds) else weights
    there = list(_published_before(block, runs))
    for one in there:
        _check_same(one, result)
        yield one.folder
    missing = set(block.seeds).difference(*(one.seeds for one in there))
    for seeds in _parts(missing, whole, may_be_thin):
        target = runs / SeedBlock(block.configuration, seeds[0], seeds[-1]).path
        target.mkdir(parents=True, exist_ok=True)
        sweep(target)
        if may_be_thin and seeds != [whole]:
            threshold = check(block.configuration, str(result.manifest_path)).reward_threshold
            write_thin_part(result, seeds, thin_runs(result, threshold), target)
        elif may_be_thin or seeds != list(result.seeds):
            _copy_part(result, seeds, target, left_out)
        else:
            _copy(result, target, left_out)
        yield target


def _published_before(block: SeedBlock, runs: Path) -> Iterator[Result]:
    """The results in `runs` that hold some seed of the block: other seeds or seeds_per_job cut other blocks."""
    for seeds in trained_seeds(block.configuration, runs):
        if not set(block.seeds).isdisjoint(seeds):
            yield read_result(runs / SeedBlock(block.configuration, seeds[0], seeds[-1]).path)


def _check_same(there: Result, result: Result) -> None:
    """ConfigError if a published run is of another training than the one in `result`."""
    for seed in set(there.seeds).intersection(result.seeds):
        old, new = content_of(there, seed), content_of(result, seed)
        if any(old[name] != new[name] for name in old.keys() & new.keys()):
            raise ConfigError(f"{there.folder}: of another training; allowed: the same run, or none")


def _parts(seeds: Collection[int], whole: int, may_be_thin: bool) -> list[list[int]]:
    """The seeds as the blocks that they are published in: consecutive ones, and the whole run apart from thin ones."""
    apart = [whole] if may_be_thin and whole in seeds else []
    return [*([apart] if apart else []), *consecutive(set(seeds).difference(apart))]


def publish_films(source: Path, target: Path) -> None:
    """Copy the films that are listed in the folders of environments below `source`."""
    for environment in sorted(source.iterdir()) if source.exists() else []:
        for name in [film["file"] for film in read_films(environment)["films"]] + [FILMS]:
            write_whole(target / environment.name / name, partial(untrusted.copy, environment / name))


def _copy_estimates(paper: Paper, results: Path, published: Path) -> None:
    """Copy the estimates of the gradient studies: without the weights of snapshots they could not be made again."""
    for study in paper.gradients:
        for seed in study.seeds:
            for suffix in ("parquet", "json"):
                name = f"gradients/{study.name}/{part_of(seed)}.{suffix}"
                write_whole(published / name, partial(untrusted.copy, results / name))


def published_part(paper: Paper, published: Path) -> Paper:
    """The paper with what is published of it; `published` is the folder that it was published to.

    Studies of the list that the paper no longer has are left out.
    """
    if not (published / LIST).exists():
        return paper
    try:
        listed = read_sealed(published / LIST)
        tunings = first_repeats(paper.tunings, listed.get("tunings", {}))
        return dataclasses.replace(_part(paper, listed["studies"]), tunings=tunings)
    except (KeyError, TypeError, ConfigError) as error:
        raise DamagedError(f"{published / LIST}: damaged ({one_line(error)})") from None


def _part(paper: Paper, studies: Sequence[str]) -> Paper:
    """The paper with the named studies alone; its gradient studies only with all of them."""
    kept = [study for study in paper.studies if study.name in studies]
    return dataclasses.replace(paper, studies=kept, gradients=paper.gradients if kept == paper.studies else [])


def _check_known(paper: Paper, names: Collection[str]) -> None:
    """ConfigError unless all names are of studies or tunings of the paper."""
    known = names_of(paper)
    for name in names:
        if name not in known:
            raise ConfigError(f"--study: {name!r} is not allowed; allowed: {one_of(name, known)}")


def names_of(paper: Paper) -> list[str]:
    """What of a paper can be published by its name: studies and tunings."""
    return [*(study.name for study in paper.studies), *(tuning.name for tuning in paper.tunings)]


def _write_list(paper: Paper, studies: Collection[str], published: Path) -> None:
    """Write the list of published studies, and of tunings with their repeats."""
    names = [study.name for study in paper.studies if study.name in studies]
    tunings = finished_repeats(paper.tunings, published)
    write_text(published / LIST, sealed({"studies": names, "tunings": tunings}))


def _check_no_other_runs(paper: Paper, folder: Path) -> None:
    """ConfigError if `folder` holds runs that the paper does not have."""
    expected = {folder / block.path for blocks in plan(paper, folder).values() for block in blocks}
    for path in sorted(folder.rglob(manifest.NAME)):
        if path.parent not in expected:
            raise ConfigError(f"{path.parent}: is there already; allowed: runs of this paper")


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
        mean = pc.mean(parquet.select(evaluation, "mode", ["sampled"])["return"]).as_py()
        if len(block.seeds) == 1 and mean is not None:  # None if the seed diverged
            returns[block.path] = mean
    return max(returns, key=lambda path: returns[path]) if len(returns) == len(blocks) else None


def _copy(result: Result, target: Path, left_out: Collection[str]) -> None:
    """Copy the files of a result but those that are left out."""
    for name, file in result.manifest["files"].items():
        if name not in left_out:
            at_most = file.get("bytes") or untrusted.LARGEST_ARRAYS
            write_whole(target / name, partial(untrusted.copy, result.folder / name, at_most=at_most))
    checksums = {
        str(seed): {name: checksum for name, checksum in content_of(result, seed).items() if name in left_out}
        for seed in result.seeds
    }
    manifest.leave_out(target, result.manifest, result.manifest["files"].keys() & set(left_out), checksums)


def _copy_part(result: Result, seeds: Sequence[int], target: Path, left_out: Collection[str]) -> None:
    """Publish the whole runs of some seeds of a result. ConfigError if it lacks what a part of it needs."""
    if result.weights is None or result.configuration.snapshots:
        allowed = "a folder that holds all of its seeds or none"
        raise ConfigError(f"{target.parent}: holds some seeds of {result.folder} already; allowed: {allowed}")
    with temporary_folder("publish") as folder:
        write_part(result, seeds, folder)
        _copy(read_result(folder), target, left_out)
