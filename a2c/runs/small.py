"""The small part of a paper that is trained, and the published runs that stand in for the rest."""

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from a2c.config import Configuration, Paper, Study, seed_blocks
from a2c.learn.trainer import bits_of
from a2c.runs import manifest
from a2c.runs.files import read_sealed
from a2c.runs.layout import SeedBlock, trained_seeds

Blocks = Mapping[str, list[SeedBlock]]  # by configuration


class SmallPaper(NamedTuple):
    """A paper of which a small part is trained."""

    paper: Paper  # with the studies and seeds of which there are runs
    plan: Blocks
    left_out: list[str]  # studies, gradient studies and tunings of which there are not


def small_paper(paper: Paper, runs: Path, published: Path) -> SmallPaper:
    """The small part of `paper` (its key `small`), completed by published runs.

    `runs`: the folder of all runs; `published`: that of the published ones. Of the studies that the key names, the
    first seeds are trained, and all tuning seeds. Other seeds and other studies are taken from what `runs` has already,
    then from the published runs. A study has the seeds that every one of its points has; with fewer than two it is left
    out. Gradient studies and tunings are left out.
    """
    configurations = {name: config for name, (config, _) in paper.required_runs().items()}
    here = {
        name: {seed for block in trained_seeds(config, runs) for seed in block}
        for name, config in configurations.items()
    }
    for study in paper.studies:
        for point in study.points:
            here[point.name] |= _to_train(paper, study)
    taken = {name: _published(config, here[name], runs, published) for name, config in configurations.items()}
    studies = [_with_runs(study, here, taken) for study in paper.studies]
    kept = [study for study in studies if len(study.seeds) > 1]
    part = dataclasses.replace(paper, studies=kept, gradients=[], tunings=[])
    left_out = [study.name for study in studies if study not in kept]
    left_out += [gradients.name for gradients in paper.gradients] + [tuning.name for tuning in paper.tunings]
    return SmallPaper(part, _plan(part, runs, here, taken), left_out)


def _to_train(paper: Paper, study: Study) -> set[int]:
    """The seeds of a study that the small part trains."""
    small = paper.small
    assert small is not None
    return {*study.seeds[: small.seeds], *study.tuning_seeds} if small.has(study.group, study.centre) else set()


def _published(config: Configuration, here: set[int], runs: Path, published: Path) -> list[SeedBlock]:
    """The published blocks of a configuration that have seeds beside `here`, with the bits of runs trained now."""
    blocks = [SeedBlock(config, seeds[0], seeds[-1]) for seeds in trained_seeds(config, published)]
    return [
        dataclasses.replace(block, folder=os.path.relpath(published, runs))
        for block in blocks
        if not here.issuperset(block.seeds)
        and read_sealed(published / block.path / manifest.NAME).get("bits", 1) == bits_of(config)
    ]


def _with_runs(study: Study, here: Mapping[str, set[int]], taken: Blocks) -> Study:
    """The study with the seeds of which there are runs at every point; with looks, as many as at the last of them."""
    names = [point.name for point in study.points]
    common = set.intersection(*(here[name].union(*(block.seeds for block in taken[name])) for name in names))
    seeds = [seed for seed in study.seeds if seed in common]
    if study.looks:
        seeds = seeds[: max((look for look in study.looks if look <= len(seeds)), default=0)]
    return dataclasses.replace(
        study,
        seeds=seeds,
        tuning_seeds=[seed for seed in study.tuning_seeds if seed in common],
    )


def _plan(part: Paper, runs: Path, here: Mapping[str, set[int]], taken: Blocks) -> Blocks:
    """The blocks of each configuration: those to train or trained, then the published ones of the other seeds."""
    planned = {}
    for name, (config, seeds) in part.required_runs().items():
        own = sorted(here[name].intersection(seeds))
        cover = seed_blocks(own, trained_seeds(config, runs), part.seeds_per_job)
        others = [block for block in taken[name] if set(seeds).intersection(block.seeds) - here[name]]
        planned[name] = [*(SeedBlock(config, *ends) for ends in cover), *others]
    return planned
