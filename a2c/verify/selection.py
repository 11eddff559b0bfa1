"""Which published runs are trained again."""

import fnmatch
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from a2c.config import ConfigError
from a2c.config.errors import one_of
from a2c.config.seeds import consecutive, format_seeds
from a2c.runs.files import DamagedError
from a2c.runs.layout import SeedBlock
from a2c.runs.names import WEIGHTS_FILE
from a2c.runs.result import Result, read_result, result_folders
from a2c.runs.study import STUDY, read_study_record
from a2c.streams import generator

DEFAULT_SEEDS = 5  # of each configuration: with fewer there is no test where bits may differ


@dataclass(frozen=True)
class Retraining:
    """A seed block to train again, and the published result that it is compared with."""

    published: Result
    block: SeedBlock


def read_published(folder: Path) -> dict[str, list[Result]]:
    """All results at or below `folder`, by label. `folder` is a paper's results, or any folder.

    Raises DamagedError, naming the file, if one is damaged or a seed is in two results.
    """
    published: dict[str, list[Result]] = {}
    for path in result_folders(folder / "runs" if (folder / "runs").is_dir() else folder):
        result = read_result(path)
        result.check_files()
        others = published.setdefault(result.label, [])
        if shared := {seed for other in others for seed in other.seeds}.intersection(result.seeds):
            raise DamagedError(f"{path}: seed {min(shared)} of {result.label} is in another block too")
        others.append(result)
    return published


def of_study(published: Mapping[str, list[Result]], folder: Path, study: str) -> dict[str, list[Result]]:
    """The `published` results of the configurations of a study; `folder` holds the paper's results.

    Raises ConfigError if there is no such study, DamagedError if its `study.json` cannot be read or none of its
    configurations has a result.
    """
    path = folder / "studies" / study / STUDY
    if not path.exists():
        names = sorted(file.parent.name for file in folder.glob(f"studies/*/{STUDY}"))
        allowed = one_of(study, names) or f"none, as there is no study in {folder / 'studies'}"
        raise ConfigError(f"--study: {study!r} is not allowed; allowed: {allowed}")
    configurations = {record.name for record in read_study_record(path.parent).configurations}
    chosen = {label: results for label, results in published.items() if results[0].configuration.name in configurations}
    if not chosen:
        raise DamagedError(f"{path}: none of its configurations has a result at or below {folder}")
    return chosen


def choose(
    published: Mapping[str, Sequence[Result]], pattern: str, seeds: Sequence[int] | None, sample: int | None
) -> list[Retraining]:
    """The seed blocks to train again.

    `pattern`: labels of the configurations, with `*`. `seeds`: of each configuration; its first five if None. `sample`:
    number of configurations to draw at random, all if None; the same arguments draw the same ones. Raises ConfigError
    if no label fits or a seed was not published.
    """
    labels = fnmatch.filter(sorted(published), pattern)
    if not labels:
        examples = ", ".join(sorted(published)[:3])
        raise ConfigError(f"--configuration: {pattern!r} is not allowed; allowed: what fits one of {examples}, ...")
    if sample is not None and sample < len(labels):
        drawn = generator(0, "verification").choice(len(labels), sample, replace=False)
        labels = [labels[number] for number in sorted(drawn)]
    return [retraining for label in labels for retraining in _of_configuration(published[label], seeds)]


def _of_configuration(results: Sequence[Result], seeds: Sequence[int] | None) -> list[Retraining]:
    published = sorted(seed for result in results for seed in result.seeds)
    chosen = set(published[:DEFAULT_SEEDS] if seeds is None else seeds)
    if missing := sorted(chosen.difference(published)):
        raise ConfigError(
            f"--seeds: {missing[0]} is not allowed; allowed: those of {results[0].label}: {format_seeds(published)}"
        )
    return [
        Retraining(result, SeedBlock(result.configuration, run[0], run[-1]))
        for result in results
        for run in consecutive(_of_block(result, chosen, all_if_needed=seeds is None))
    ]


def _of_block(result: Result, chosen: Collection[int], all_if_needed: bool) -> set[int]:
    """The chosen seeds of a block; all of its seeds if `all_if_needed` and nothing less proves its weights."""
    seeds = set(result.seeds).intersection(chosen)
    left_out = WEIGHTS_FILE in result.manifest.get("left_out", ()) and "left_out_content" not in result.manifest
    return set(result.seeds) if seeds and left_out and all_if_needed else seeds
