"""The folders of results, and the seed blocks that a paper needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from a2c.config import Configuration, Paper, Study, parse_seeds, seed_blocks, slug
from a2c.config.gradients import GradientStudy
from a2c.config.registration import Registration, study_registration
from a2c.config.tunings import Tuning
from a2c.envs import Facts
from a2c.runs import manifest
from a2c.runs.gradient_study import GradientRecord
from a2c.runs.study import ConfigurationRecord, PaperRecord, StudyRecord
from a2c.runs.tuning_study import TuningRecord


@dataclass(frozen=True)
class SeedBlock:
    """Consecutive seeds of one configuration that one job trains.

    `folder`: the folder of published runs that it is taken from, as seen from the folder of all runs; empty otherwise.
    """

    configuration: Configuration
    first: int
    last: int
    folder: str = ""

    @cached_property
    def path(self) -> str:
        """The folder of its result, as seen from the folder of all runs."""
        place = f"{slug(self.configuration.env_id)}/{self.configuration.name}/seeds-{self.first}-{self.last}"
        return f"{self.folder}/{place}" if self.folder else place

    @property
    def seeds(self) -> range:
        return range(self.first, self.last + 1)


def plan(paper: Paper, runs: Path) -> dict[str, list[SeedBlock]]:
    """The seed blocks of every configuration, by its name: trained ones below `runs`, and new ones for other seeds."""
    planned = {}
    for name, (config, seeds) in paper.required_runs().items():
        cover = seed_blocks(seeds, trained_seeds(config, runs), paper.seeds_per_job)
        planned[name] = [SeedBlock(config, first, last) for first, last in cover]
    return planned


def trained_seeds(config: Configuration, runs: Path) -> list[list[int]]:
    """The seeds of each trained block of a configuration below `runs`."""
    folder = runs / slug(config.env_id) / config.name
    blocks = (_seeds_in(path.parent.name) for path in folder.glob(f"*/{manifest.NAME}"))
    return sorted(seeds for seeds in blocks if seeds)


def _seeds_in(name: str) -> list[int]:
    """The seeds of the block whose folder has this name; none if no block has it, as seeds-9-3 or seeds-03-9."""
    try:
        seeds = parse_seeds(name.removeprefix("seeds-"))
    except ValueError:
        return []
    return seeds if name == f"seeds-{seeds[0]}-{seeds[-1]}" else []


def describe(
    paper: Paper,
    study: Study,
    planned: Mapping[str, Sequence[SeedBlock]],
    facts: Mapping[str, Facts],
    history: Sequence[Registration] = (),
) -> StudyRecord:
    """The record of a study.

    `planned`: see `plan`; `facts`: of every environment, by its id; `history`: the registrations of the paper.
    """
    return StudyRecord(
        name=study.name,
        title=study.title,
        description=study.description,
        base=study.base.model_dump(mode="json"),
        axes=study.axes,
        baseline=study.baseline,
        scales=study.scales,
        total_steps=study.base.total_steps,
        seeds=study.seeds,
        tuning_seeds=study.tuning_seeds,
        configurations=[
            ConfigurationRecord(
                name=point.name,
                env_id=point.configuration.env_id,
                point=point.axes,
                reward_threshold=facts[point.configuration.env_id].reward_threshold,
                fields=point.configuration.model_dump(mode="json"),
                blocks=[block.path for block in _of_study(planned[point.name], study)],
            )
            for point in study.points
        ],
        claims=paper.claims_of(study),
        published_scores=study.published_scores,
        registration=study_registration(paper, study, history),
        group=study.group if study.centre else "",
        centre=study.centre,
        question=study.question,
        looks=list(study.looks),
    )


def describe_paper(paper: Paper, config: str, left_out: Sequence[str] = (), removed: Sequence[str] = ()) -> PaperRecord:
    """The record of a paper; `config`: its file; `left_out`: what is in the file and not among its results.

    `removed`: tests that were registered and are not in the file.
    """
    return PaperRecord(
        paper.title,
        paper.description,
        [study.name for study in paper.studies],
        paper.claims,
        config,
        gradients=[study.name for study in paper.gradients],
        tunings=[tuning.name for tuning in paper.tunings],
        centres={name: settings.model_dump(mode="json") for name, settings in paper.centres.items()},
        left_out=list(left_out),
        source=paper.source,
        known_before=paper.known_before,
        removed=list(removed),
    )


def describe_gradients(
    paper: Paper,
    study: GradientStudy,
    planned: Mapping[str, Sequence[SeedBlock]],
    history: Sequence[Registration] = (),
) -> GradientRecord:
    """The record of a gradient study. `planned` and `history` as for `describe`."""
    blocks = blocks_of_gradients(study, planned)
    claims = paper.claims_of(study)
    return GradientRecord(
        keys=study.keys,
        configuration=study.configuration_name,
        blocks=[block.path for block in blocks],
        claims=claims,
        registration=study_registration(paper, study, history) if claims else None,
        group=study.group if study.centre else "",
        centre=study.centre,
    )


def describe_tuning(tuning: Tuning, facts: Mapping[str, Facts]) -> TuningRecord:
    """The record of a tuning. `facts`: of every environment, by its id."""
    return TuningRecord(tuning.keys, facts[tuning.base_configuration.env_id].reward_threshold)


def blocks_of_gradients(study: GradientStudy, planned: Mapping[str, Sequence[SeedBlock]]) -> list[SeedBlock]:
    """The seed blocks that a gradient study takes runs from."""
    return [block for block in planned[study.configuration_name] if set(study.seeds).intersection(block.seeds)]


def manifests(study: Study, planned: Mapping[str, Sequence[SeedBlock]]) -> list[str]:
    """The paths, below the folder of all runs, of the manifests of every block that a study takes runs from."""
    return [
        f"{block.path}/{manifest.NAME}" for point in study.points for block in _of_study(planned[point.name], study)
    ]


def _of_study(planned: Sequence[SeedBlock], study: Study) -> list[SeedBlock]:
    seeds = {*study.seeds, *study.tuning_seeds}
    return [block for block in planned if seeds.intersection(block.seeds)]
