"""Papers and studies: the schema of a paper's YAML file, and what it expands to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from a2c.config.claims import Claim, claims_of
from a2c.config.configuration import Configuration, Heading, Name, Number, pays_as_registered
from a2c.config.errors import inconsistent
from a2c.config.gradients import GradientStudy
from a2c.config.published_scores import PublishedScore
from a2c.config.tested import PlannedStudy
from a2c.config.tunings import Tuning


def _rising(ends: tuple[float, float]) -> tuple[float, float]:
    if not ends[0] < ends[1]:  # or one of them is no number
        raise PydanticCustomError("range", "two numbers, the smaller one first")
    return ends


Range = Annotated[tuple[Number, Number], Field(strict=False), AfterValidator(_rising)]


class StudyFile(BaseModel):
    """The fields of a study in a paper's YAML file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="name of the study and of its folder")
    title: Heading = Field(default="", description="heading on the page; made from the name if empty")
    description: str = Field(default="", description="what the study asks")
    base: dict[str, Any] = Field(default={}, description="configuration fields that all points share")
    grid: dict[str, list[Any]] = Field(default={}, description="field: values; all combinations are trained")
    settings: dict[Name, dict[str, Any]] = Field(
        default={}, description="name: fields; each of these settings is combined with the whole grid"
    )
    points: list[dict[str, Any]] = Field(
        default=[], description="points beside the grid, each a mapping of fields with a `label`"
    )
    ablation: list[str] = Field(
        default=[], max_length=2, description="two centres: each field in which they differ is changed alone, at both"
    )
    baseline: dict[str, Any] | None = Field(
        default=None, description="the point that the others are compared with; the values of the base if left out"
    )
    scales: dict[str, Literal["log", "linear", "category"]] = Field(
        default={}, description="how an axis is drawn; chosen by its values if left out"
    )
    question: str = Field(default="", description="a question that the page answers by this study at its top")
    centres: Literal["all"] | list[str] = Field(
        default=[], description="centres of the paper, around each of which the study is made; all for every one"
    )
    seeds: str | int | list[int] = Field(description="reporting seeds, such as 0-9")
    looks: list[Annotated[int, Field(ge=2)]] = Field(
        default=[],
        description="numbers of seeds at which the tests are looked at, rising; the bounds of O'Brien and Fleming keep "
        "the chance of a false verdict over all looks",
    )
    published_scores: str | None = Field(
        default=None, description="CSV file of published scores to compare the baseline with, relative to this file"
    )
    tuning_seeds: str | int | list[int] | None = Field(
        default=None, description="seeds that the best point is chosen on; it is reported on the reporting seeds"
    )


class Small(BaseModel):
    """The part of a paper that is trained unless all of it is asked for; published runs stand in for the rest."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    studies: list[str] | None = Field(default=None, description="names of studies; all if left out")
    centres: list[str] | None = Field(
        default=None, description="centres, of the studies that have some; all if left out"
    )
    seeds: int = Field(default=10, ge=2, description="number of reporting seeds, the first ones of each study")

    def has(self, group: str, centre: str) -> bool:
        """Whether a study is trained, by its name in the file and the centre that it is made around, if it has one."""
        return (self.studies is None or group in self.studies) and (
            self.centres is None or not centre or centre in self.centres
        )


class PaperFile(BaseModel):
    """The fields of a paper's YAML file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    title: Heading = Field(description="title of the page")
    description: str = Field(default="", description="what the paper is about")
    source: str = Field(default="", description="the work whose sentences are tested, as a reference")
    known_before: str = Field(default="", description="what the authors knew of such runs when they wrote the tests")
    results: str = Field(min_length=1, description="folder that everything is written to; it belongs to this paper")
    seeds_per_job: int = Field(
        default=10, ge=1, description="largest number of seeds that one process trains, each in a lane"
    )
    runs_per_gpu: int = Field(
        default=1,
        ge=1,
        description="runs that share a GPU of a cluster: the number of shards that the site makes of each GPU",
    )
    cores_per_gpu: int = Field(
        default=16,
        ge=1,
        description="cores that a job asks for beside a whole GPU, for its emulators; beside a part of one, that part",
    )
    claims: str | None = Field(default=None, description="file of claims, relative to this file")
    used_seeds: str | int | list[int] | None = Field(
        default=None, description="seeds whose runs were published, tried or tuned on before: none may report"
    )
    return_ranges: dict[str, Range] = Field(
        default={}, description="environment: smallest and largest return, from which a test's reach is known"
    )
    centres: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")], dict[str, Any]] = Field(
        default={}, description="name: fields over the defaults, or `from` with a file of such fields"
    )
    small: Small | None = Field(
        default=None, description="the part that is trained by default; --config full=true trains all"
    )
    studies: list[dict[str, Any]] = Field(default=[], description="the studies; a paper of tunings may have none")
    gradients: list[dict[str, Any]] = Field(default=[], description="the gradient studies")
    tunings: list[dict[str, Any]] = Field(default=[], description="the tunings")

    @model_validator(mode="after")
    def _asks_something(self) -> "PaperFile":
        if not self.studies and not self.tunings:
            raise inconsistent("studies", self.studies, "at least one study or tuning")
        return self


@dataclass(frozen=True)
class Point:
    """One point of a study: its values on the axes, and its configuration."""

    axes: dict[str, Any]
    configuration: Configuration

    @cached_property
    def name(self) -> str:
        """The configuration's name. Kept, as hashing takes time and a paper may have thousands of points."""
        return self.configuration.name


@dataclass(frozen=True)
class Study:
    """A study, expanded to its points and checked."""

    kind: ClassVar[str] = "studies"

    name: str
    title: str
    description: str
    base: Configuration
    axes: dict[str, list[Any]]
    scales: dict[str, str]
    baseline: dict[str, Any]
    points: list[Point]
    seeds: list[int]
    tuning_seeds: list[int]
    published_scores: list[PublishedScore]  # those of the study's environments
    group: str  # the study's name in the paper's file, which studies around several centres share
    centre: str  # the centre that it is made around; empty if it has none
    question: str = ""  # that it answers
    looks: Sequence[int] = ()  # numbers of seeds at which its tests are looked at; empty: once, at all seeds

    @cached_property
    def places(self) -> list[dict[str, Any]]:
        """The points as `a2c.config.claims.locate` takes them: all fields, and over them the values on the axes."""
        return [{**point.configuration.model_dump(mode="json"), **point.axes} for point in self.points]

    @property
    def point_names(self) -> list[str]:
        """Those of the points' configurations."""
        return [point.name for point in self.points]

    @property
    def point_environments(self) -> list[str]:
        """Empty where the range of returns may be another than the one known."""
        made = [point.configuration for point in self.points]
        return [one.env_id if pays_as_registered(dict(one)) else "" for one in made]

    @property
    def configuration_names(self) -> list[str]:
        return self.point_names

    @property
    def total_steps(self) -> int:
        return self.base.total_steps

    @property
    def numbers_from(self) -> dict[str, Any]:
        """The budget that its runs are judged on, where it is not that of its configurations."""
        budgets = {point.configuration.total_steps for point in self.points}
        return {} if budgets == {self.total_steps} else {"total_steps": self.total_steps}


@dataclass(frozen=True)
class Paper:
    """A paper, expanded to its studies and checked."""

    title: str
    description: str
    results: str
    seeds_per_job: int
    runs_per_gpu: int
    cores_per_gpu: int
    claims: list[Claim]
    studies: list[Study]
    claims_file: str | None = None  # relative to the paper's
    return_ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # by environment
    gradients: list[GradientStudy] = field(default_factory=list)
    tunings: list[Tuning] = field(default_factory=list)
    centres: Mapping[str, Configuration] = field(default_factory=dict)  # the settings that studies are made around
    centre_files: Sequence[str] = ()  # that these are read from, relative to the paper's file
    small: Small | None = None  # the part that is trained by default
    source: str = ""  # the work whose sentences are tested
    known_before: str = ""  # what its authors knew when they wrote the tests

    @property
    def tested_studies(self) -> list[PlannedStudy]:
        """The studies of both kinds, whose points claims name."""
        return [*self.studies, *self.gradients]

    def claims_of(self, study: PlannedStudy) -> list[Claim]:
        """The claims that a study of either kind tests, or lists."""
        return claims_of(self.claims, study.group, study.centre)

    @property
    def configurations(self) -> list[Configuration]:
        """The configurations of all studies of both kinds, and the bases of tunings; some come several times."""
        points = [point.configuration for study in self.studies for point in study.points]
        bases = [tuning.base_configuration for tuning in self.tunings]
        return [*points, *(study.configuration for study in self.gradients), *bases]

    def required_runs(self) -> dict[str, tuple[Configuration, list[int]]]:
        """Every configuration once, by name, with the sorted seeds that all studies of both kinds need of it."""
        required: dict[str, tuple[Configuration, set[int]]] = {}
        for study in self.studies:
            for point in study.points:
                _, seeds = required.setdefault(point.name, (point.configuration, set()))
                seeds.update(study.seeds, study.tuning_seeds)
        for gradients in self.gradients:
            _, seeds = required.setdefault(gradients.configuration_name, (gradients.configuration, set()))
            seeds.update(gradients.seeds)
        return {name: (configuration, sorted(seeds)) for name, (configuration, seeds) in required.items()}
