"""A paper as the rules of the workflow need it: its two folders of results, and the files that are made in them."""

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from a2c.config import ConfigError, Paper, slug
from a2c.config.files import read_text
from a2c.config.registration import Registration
from a2c.envs import Facts
from a2c.report.kinds import GRADIENTS, STUDIES, TUNINGS, Kind
from a2c.report.names import ANSWERS, COLUMNS, INDEX, SCRIPT
from a2c.runs.gradient_study import GradientRecord, part_of
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
    removed: Sequence[str]  # tests that were registered and are no longer in the paper's file
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
        return describe_paper(self.paper, self.config, self.left_out, self.removed)

    def outdated_records(self) -> list[str]:
        """Records that are there and say something else than the paper says now."""
        paths = {f"{self.folder}/paper.json": self.record.text}
        for kind, records in self.records.items():
            paths |= {f"{self.folder}/{kind.folder}/{name}/{kind.record}": one.text for name, one in records.items()}
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

    @cached_property
    def records(self) -> dict[Kind[Any], dict[str, Any]]:
        """By kind: the records of its studies, by name."""
        return {STUDIES: self.studies, GRADIENTS: self.gradients, TUNINGS: self.tunings}

    def files(self, kind: Kind[Any], name: str, files: Iterable[str]) -> list[str]:
        """Paths of files of a study."""
        return [f"{self.folder}/{kind.folder}/{name}/{file}" for file in files]

    def data_files(self, kind: Kind[Any], name: str) -> list[str]:
        """The files that the aggregation of a study makes."""
        return self.files(kind, name, kind.data_files_of(self.records[kind][name]))

    def drawn_files(self, kind: Kind[Any], name: str) -> list[str]:
        """The files that the drawing of a study makes."""
        return self.files(kind, name, kind.drawn_files_of(self.records[kind][name]))

    def marks(self, kind: Kind[Any], name: str) -> dict[str, Mark]:
        """By path of a picture: its place in Snakemake's report, with the figure's own caption."""
        record = self.records[kind][name]
        files = {figure.title: self.files(kind, name, figure.files) for figure in kind.figures_of(record)}
        return _marks(f"{kind.word or f'{list(self.studies).index(name) + 1:02}'} {record.title}", files)

    def _of_all(self, files_of: Callable[[Kind[Any], Any], Iterable[str]]) -> list[str]:
        """Paths of files of all studies, in the order of the kinds. `files_of`: from a kind and a record."""
        return [
            path
            for kind, records in self.records.items()
            for name, record in records.items()
            for path in self.files(kind, name, files_of(kind, record))
        ]

    def all_data_files(self) -> list[str]:
        return self._of_all(lambda kind, record: kind.data_files_of(record))

    def all_drawn_files(self) -> list[str]:
        return self._of_all(lambda kind, record: kind.drawn_files_of(record))

    def figure_files(self) -> list[str]:
        """The figures of all studies."""
        return self._of_all(lambda kind, record: kind.figure_files_of(record))

    def table_files(self) -> list[str]:
        """The formatted tables of all studies, and that of the claims."""
        tables = self._of_all(lambda kind, record: [file for table in kind.tables_of(record) for file in table.files])
        return [*tables, f"{self.folder}/claims.csv"]

    def page_files(self) -> list[str]:
        """The page of the paper and that of each study, their script, the meaning of all columns, the answers."""
        of_paper = [f"{self.folder}/{file}" for file in (INDEX, SCRIPT, COLUMNS, ANSWERS)]
        return [*of_paper, *self._of_all(lambda kind, record: [INDEX])]

    def manifests(self, *names: str) -> list[str]:
        """The manifests of the seed blocks that studies take runs from."""
        files = [file for study in self.paper.studies if study.name in names for file in manifests(study, self.plan)]
        return [os.path.normpath(f"{self.folder}/runs/{file}") for file in dict.fromkeys(files)]

    def gradient_manifests(self, name: str, seed: int | None = None) -> list[str]:
        """The manifests of the seed blocks of a gradient study, or of the one that has a seed."""
        (study,) = (study for study in self.paper.gradients if study.name == name)
        blocks = blocks_of_gradients(study, self.plan)
        return [
            f"{self.folder}/runs/{block.path}/{MANIFEST}" for block in blocks if seed is None or seed in block.seeds
        ]

    def gradient_parts(self, name: str) -> list[str]:
        """The estimates of the single runs of a gradient study."""
        return self.files(GRADIENTS, name, [f"{part_of(seed)}.json" for seed in self.gradients[name].study.seeds])

    def tuning_parts(self, name: str) -> list[str]:
        """What the jobs of a tuning leave."""
        jobs = self.tunings[name].tuning.jobs
        return self.files(TUNINGS, name, [f"{place_of(tuner, repeat)}/{REPEAT}" for tuner, repeat in jobs])

    def claim_files(self) -> list[str]:
        """What the verdicts of the paper are made from."""
        files = [path for name in self.studies for path in self.files(STUDIES, name, [STUDY, "claims.csv", LINEAGE])]
        for name, record in self.gradients.items():
            tables = ["claims.csv", LINEAGE] if record.claims else []
            files += self.files(GRADIENTS, name, [GRADIENTS.record, *tables])
        return files

    def film_inputs(self, environment: str) -> list[str]:
        """The files of the study whose baseline is filmed in an environment, as paths have it."""
        return self.files(STUDIES, self.films[environment], [STUDY, "runs.csv", LINEAGE])

    def film_files(self) -> list[str]:
        """The lists of films of all environments."""
        return [f"{self.folder}/films/{environment}/films.json" for environment in self.films]


def _marks(category: str, files: Mapping[str, Sequence[str]]) -> dict[str, Mark]:
    """The marks of figures, by their titles: the paths of vector, picture and caption."""
    return {
        picture: Mark(category.translate(NO_BRACES), os.path.abspath(caption), {"figure": title.translate(NO_BRACES)})
        for title, (_, picture, caption) in files.items()
    }
