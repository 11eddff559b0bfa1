"""A paper as the rules of the workflow need it: its two folders of results, and the files that are made in them."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from a2c.config import ConfigError, Paper, slug
from a2c.config.files import read_text
from a2c.config.registration import Registration
from a2c.envs import Facts
from a2c.report import gradients, tunings
from a2c.report.catalogue import data_of, figure_files_of, figures_of, files_of, tables_of
from a2c.report.drawn import DRAWN
from a2c.report.names import ANSWERS, COLUMNS, INDEX, SCRIPT
from a2c.runs.gradient_study import ESTIMATES, RECORD, GradientRecord, part_of
from a2c.runs.layout import (
    SeedBlock,
    blocks_of_gradients,
    describe,
    describe_gradients,
    describe_paper,
    describe_tuning,
    manifests,
)
from a2c.runs.manifest import NAME as MANIFEST
from a2c.runs.study import STUDY, PaperRecord, StudyRecord
from a2c.runs.study_tables import LINEAGE
from a2c.runs.tuning_study import RECORD as TUNING
from a2c.runs.tuning_study import REPEAT, TuningRecord, place_of

TOGETHER = 20  # published studies that one job aggregates or draws
NO_BRACES = str.maketrans("{}", "()")  # Snakemake formats what its report shows


class Mark(NamedTuple):
    """What Snakemake's report shows beside a picture; names of the arguments of Snakemake's `report`."""

    category: str
    caption: str  # path of a text file; absolute, as Snakemake takes others relative to the file of rules
    labels: dict[str, str]


def _says(path: Path, text: str) -> bool:
    """Whether a file has this content; one that cannot be read does not."""
    try:
        return read_text(path) == text
    except ConfigError:
        return False


@dataclass(frozen=True)
class Results:
    """A folder of results: the studies of a paper that lie in it, and the paths of their files."""

    folder: str
    is_published: bool
    paper: Paper  # with the studies of this folder only
    plan: Mapping[str, list[SeedBlock]]  # the seed blocks of each configuration
    left_out: Sequence[str]  # studies of either kind and tunings of the paper that are not in this folder
    facts: Mapping[str, Facts]  # of each environment
    config: str  # the paper's file, as seen from here
    modules: Sequence[str]  # that register environments
    history: Sequence[Registration]  # the registrations of the paper, oldest first
    registration: str  # the file that they are in; empty if there are none
    module_folders: Sequence[str]  # where they may lie, in the order of the search; empty if there are none

    @cached_property
    def studies(self) -> dict[str, StudyRecord]:
        return {
            study.name: describe(self.paper, study, self.plan, self.facts, self.history) for study in self.paper.studies
        }

    @cached_property
    def gradients(self) -> dict[str, GradientRecord]:
        return {
            study.name: describe_gradients(self.paper, study, self.plan, self.history) for study in self.paper.gradients
        }

    @cached_property
    def tunings(self) -> dict[str, TuningRecord]:
        return {tuning.name: describe_tuning(tuning, self.facts) for tuning in self.paper.tunings}

    @cached_property
    def record(self) -> PaperRecord:
        return describe_paper(self.paper, self.config, self.left_out)

    def outdated_records(self) -> list[str]:
        """Records that are there and say something else than the paper says now."""
        texts = {"paper.json": self.record.text}
        texts |= {f"studies/{name}/{STUDY}": one.text for name, one in self.studies.items()}
        texts |= {f"gradients/{name}/{RECORD}": one.text for name, one in self.gradients.items()}
        texts |= {f"tunings/{name}/{TUNING}": one.text for name, one in self.tunings.items()}
        paths = {f"{self.folder}/{file}": text for file, text in texts.items()}
        return [path for path, text in paths.items() if os.path.exists(path) and not _says(Path(path), text)]

    @cached_property
    def blocks(self) -> dict[str, SeedBlock]:
        """The seed blocks of this folder by their folder below that of all runs."""
        return {block.path: block for blocks in self.plan.values() for block in blocks if not block.folder}

    @property
    def timed_blocks(self) -> list[SeedBlock]:
        """Blocks that have every environment of the paper, for what its jobs request."""
        return [*self.blocks.values(), *(SeedBlock(one.base_configuration, 0, 0) for one in self.paper.tunings)]

    @cached_property
    def films(self) -> dict[str, str]:
        """By environment, as paths have it: the first study that has it. The baseline of that study is filmed."""
        return {slug(env_id): name for name, study in reversed(self.studies.items()) for env_id in study.environments}

    @property
    def batches(self) -> dict[str, list[str]]:
        """The studies that one job aggregates or draws, by a name for the job.

        One each where runs are trained, as soon as its runs are there. Published runs are all there, and to load the
        libraries takes longer than the work on a study: several together.
        """
        names = list(self.studies)
        if not self.is_published:
            return {name: [name] for name in names}
        batches = math.ceil(len(names) / TOGETHER)
        return {str(number + 1): names[number::batches] for number in range(batches)}

    def rule_name(self, step: str, name: str) -> str:
        """The name of a rule: `draw__n_envs`; in the published folder `draw_published__1`, of a batch of studies.

        Names of studies begin with a letter, so that no two rules have one name, whatever studies are called.
        """
        return f"{step}_published__{name}" if self.is_published else f"{step}__{name}"

    def study_files(self, name: str, files: Sequence[str]) -> list[str]:
        """Paths of files of a study."""
        return [f"{self.folder}/studies/{name}/{file}" for file in files]

    def gradient_files(self, name: str, files: Sequence[str]) -> list[str]:
        """Paths of files of a gradient study."""
        return [f"{self.folder}/gradients/{name}/{file}" for file in files]

    def gradient_manifests(self, name: str, seed: int | None = None) -> list[str]:
        """The manifests of the seed blocks of a gradient study, or of the one that has a seed."""
        (study,) = (study for study in self.paper.gradients if study.name == name)
        blocks = blocks_of_gradients(study, self.plan)
        return [
            f"{self.folder}/runs/{block.path}/{MANIFEST}" for block in blocks if seed is None or seed in block.seeds
        ]

    def gradient_parts(self, name: str) -> list[str]:
        """The estimates of the single runs of a gradient study."""
        record = self.gradients[name]
        return self.gradient_files(name, [f"{part_of(seed)}.json" for seed in record.study.seeds])

    def gradient_data_files(self, name: str) -> list[str]:
        """The files that the aggregation of a gradient study makes."""
        record = self.gradients[name]
        return self.gradient_files(name, [ESTIMATES, *(f"{stem}.csv" for stem in gradients.data_of(record)), LINEAGE])

    def gradient_drawn_files(self, name: str) -> list[str]:
        """The files that the drawing of a gradient study makes."""
        return self.gradient_files(name, [*gradients.sources_of(self.gradients[name]), DRAWN])

    def tuning_files(self, name: str, files: Sequence[str]) -> list[str]:
        """Paths of files of a tuning."""
        return [f"{self.folder}/tunings/{name}/{file}" for file in files]

    def tuning_parts(self, name: str) -> list[str]:
        """What the jobs of a tuning leave."""
        jobs = self.tunings[name].tuning.jobs
        return self.tuning_files(name, [f"{place_of(tuner, repeat)}/{REPEAT}" for tuner, repeat in jobs])

    def tuning_data_files(self, name: str) -> list[str]:
        """The files that the aggregation of a tuning makes."""
        return self.tuning_files(name, [*(f"{stem}.csv" for stem in tunings.DATA), tunings.BEST, LINEAGE])

    def tuning_drawn_files(self, name: str) -> list[str]:
        """The files that the drawing of a tuning makes."""
        return self.tuning_files(name, [*tunings.sources_of(self.tunings[name]), DRAWN])

    def manifests(self, *names: str) -> list[str]:
        """The manifests of the seed blocks that studies take runs from."""
        files = [file for study in self.paper.studies if study.name in names for file in manifests(study, self.plan)]
        return [os.path.normpath(f"{self.folder}/runs/{file}") for file in dict.fromkeys(files)]

    def data_files(self, name: str) -> list[str]:
        """The files that the aggregation of a study makes."""
        return self.study_files(name, [*(f"{table}.csv" for table in data_of(self.studies[name])), LINEAGE])

    def drawn_files(self, name: str) -> list[str]:
        """The files that the drawing of a study makes."""
        return self.study_files(name, [*files_of(self.studies[name]), DRAWN])

    def all_data_files(self) -> list[str]:
        return [
            *(path for name in self.studies for path in self.data_files(name)),
            *(path for name in self.gradients for path in self.gradient_data_files(name)),
            *(path for name in self.tunings for path in self.tuning_data_files(name)),
        ]

    def all_drawn_files(self) -> list[str]:
        return [
            *(path for name in self.studies for path in self.drawn_files(name)),
            *(path for name in self.gradients for path in self.gradient_drawn_files(name)),
            *(path for name in self.tunings for path in self.tuning_drawn_files(name)),
        ]

    def figure_files(self) -> list[str]:
        """The figures of all studies."""
        of_studies = [self.study_files(name, [*figure_files_of(one)]) for name, one in self.studies.items()]
        of_gradients = [
            self.gradient_files(name, [*gradients.figure_files_of(one)]) for name, one in self.gradients.items()
        ]
        of_tunings = [self.tuning_files(name, [*tunings.figure_files_of(one)]) for name, one in self.tunings.items()]
        return [path for paths in (*of_studies, *of_gradients, *of_tunings) for path in paths]

    def table_files(self) -> list[str]:
        """The formatted tables of all studies, and that of the claims."""
        tables = (
            [
                path
                for name, study in self.studies.items()
                for table in tables_of(study)
                for path in self.study_files(name, table.files)
            ]
            + [
                path
                for name, record in self.gradients.items()
                for table in gradients.tables_of(record)
                for path in self.gradient_files(name, table.files)
            ]
            + [
                path
                for name, record in self.tunings.items()
                for table in tunings.tables_of(record)
                for path in self.tuning_files(name, table.files)
            ]
        )
        return [*tables, f"{self.folder}/claims.csv"]

    def page_files(self) -> list[str]:
        """The page of the paper and that of each study, their script, the meaning of all columns, the answers."""
        return [
            f"{self.folder}/{INDEX}",
            f"{self.folder}/{SCRIPT}",
            f"{self.folder}/{COLUMNS}",
            f"{self.folder}/{ANSWERS}",
            *(path for name in self.studies for path in self.study_files(name, [INDEX])),
            *(path for name in self.gradients for path in self.gradient_files(name, [INDEX])),
            *(path for name in self.tunings for path in self.tuning_files(name, [INDEX])),
        ]

    def claim_files(self) -> list[str]:
        """What the verdicts of the paper are made from."""
        files = [path for name in self.studies for path in self.study_files(name, [STUDY, "claims.csv", LINEAGE])]
        for name, record in self.gradients.items():
            tables = ["claims.csv", LINEAGE] if record.claims else []
            files += self.gradient_files(name, [RECORD, *tables])
        return files

    def film_inputs(self, environment: str) -> list[str]:
        """The files of the study whose baseline is filmed in an environment, as paths have it."""
        return self.study_files(self.films[environment], [STUDY, "runs.csv", LINEAGE])

    def film_files(self) -> list[str]:
        """The lists of films of all environments."""
        return [f"{self.folder}/films/{environment}/films.json" for environment in self.films]

    def marks(self, name: str) -> dict[str, Mark]:
        """By path of a picture: its place in Snakemake's report, with the figure's own caption."""
        study = self.studies[name]
        files = {figure.title: self.study_files(name, figure.files) for figure in figures_of(study)}
        return _marks(f"{list(self.studies).index(name) + 1:02} {study.title}", files)

    def gradient_marks(self, name: str) -> dict[str, Mark]:
        """The same of a gradient study."""
        record = self.gradients[name]
        files = {figure.title: self.gradient_files(name, figure.files) for figure in gradients.figures_of(record)}
        return _marks(f"gradients {record.title}", files)

    def tuning_marks(self, name: str) -> dict[str, Mark]:
        """The same of a tuning."""
        record = self.tunings[name]
        files = {figure.title: self.tuning_files(name, figure.files) for figure in tunings.figures_of(record)}
        return _marks(f"tuning {record.title}", files)


def _marks(category: str, files: Mapping[str, Sequence[str]]) -> dict[str, Mark]:
    """The marks of figures, by their titles: the paths of vector, picture and caption."""
    return {
        picture: Mark(category.translate(NO_BRACES), os.path.abspath(caption), {"figure": title.translate(NO_BRACES)})
        for title, (_, picture, caption) in files.items()
    }
