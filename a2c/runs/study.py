"""`study.json` and `paper.json` as typed records: the one place that reads them and writes them.

Imports nothing heavy, as the Snakefile describes studies too.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import ConfigDict, Field, Strict, TypeAdapter, ValidationError

from a2c.config.claims import Claim
from a2c.config.configuration import configuration, pays_as_registered
from a2c.config.errors import ConfigError
from a2c.config.names import LABEL, is_number, short_name, value_name
from a2c.config.published_scores import PublishedScore
from a2c.config.registration import StudyRegistration

STUDY, PAPER = "study.json", "paper.json"
ENVIRONMENT = "env_id"
OUTSIDE = "../"  # how the path of a published block begins, as seen from the folder of all runs

Whole = Annotated[int, Strict()]
Number = Whole | Annotated[float, Strict()]  # written as it was read: 200 does not become 200.0
Point = dict[str, Any]  # axis: value
Record = TypeVar("Record")


@dataclass(frozen=True)
class ConfigurationRecord:
    """One configuration of a study: a point on its axes, and where its runs lie."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Annotated[str, Field(alias="configuration")]
    env_id: str
    point: Point
    reward_threshold: Number | None  # mean return at which the environment counts as solved
    fields: dict[str, Any]  # all fields of the configuration
    blocks: list[str]  # folders of its seed blocks, below the folder of all runs


def seeds_taken(blocks: Mapping[str, Collection[int]], needed: Collection[int]) -> dict[str, list[int]]:
    """By block, the seeds that a study takes from it. `blocks`: the seeds of each block of a configuration.

    A published block of another folder only completes what was trained here.
    """
    here = {seed for place, seeds in blocks.items() if not place.startswith(OUTSIDE) for seed in seeds}
    return {
        place: sorted({*needed}.intersection(seeds) - (here if place.startswith(OUTSIDE) else set()))
        for place, seeds in blocks.items()
    }


@dataclass(frozen=True)
class Setting:
    """A point of a study without its environment: a study compares settings, on each of its environments."""

    name: str  # in CSV files: "learning_rate 0.01"
    label: str  # in figures and texts: "learning rate 0.01"
    value: str  # the same without the names of the axes: "0.01"
    point: Point
    is_baseline: bool
    configurations: dict[str, str]  # environment: configuration


@dataclass(frozen=True)
class StudyRecord:
    """A study as `study.json` describes it: what its tables, figures and page need to know of it."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    kind: ClassVar[str] = "studies"

    name: str
    title: str
    description: str
    base: dict[str, Any]
    axes: dict[str, list[Any]]
    baseline: Point  # what the others are compared with, on every axis but the environment's
    scales: dict[str, str]  # axis: log, linear or category
    total_steps: Whole
    seeds: list[Whole]
    tuning_seeds: list[Whole]
    configurations: list[ConfigurationRecord]
    claims: list[Claim]
    published_scores: list[PublishedScore] = field(default_factory=list)
    registration: StudyRegistration | None = None  # of the paper's tests
    group: str = ""  # its name in the paper's file, which studies around several centres share; empty without centres
    centre: str = ""  # that it is made around
    question: str = ""  # that it answers
    looks: list[Whole] = field(default_factory=list)  # numbers of seeds at which its tests are looked at

    @property
    def text(self) -> str:
        """The content of `study.json`; what a study may have, and does not, is left out."""
        content = _STUDY.dump_python(self, mode="json", by_alias=True)
        may_lack = ("published_scores", "registration", "group", "centre", "question", "looks")
        optional = {name: content.pop(name) for name in may_lack}
        return sealed_text({**{name: value for name, value in optional.items() if value}, **content})

    @cached_property
    def environments(self) -> list[str]:
        return list(self.thresholds)

    @cached_property
    def thresholds(self) -> dict[str, float | None]:
        """By environment, in the study's order: the mean return at which it counts as solved, None if it has none."""
        return {one.env_id: one.reward_threshold for one in self.configurations}

    @cached_property
    def setting_axes(self) -> list[str]:
        """The axes that are not the environment."""
        return [axis for axis in self.axes if axis != ENVIRONMENT]

    @cached_property
    def settings(self) -> list[Setting]:
        """The settings, in the study's order."""
        baseline = _without_environment(self.baseline)
        settings: dict[str, Setting] = {}
        for one in self.configurations:
            point = _without_environment(one.point)
            name = point_name(point) or self.title
            if name not in settings:
                is_baseline = bool(baseline) and all(point.get(axis) == value for axis, value in baseline.items())
                settings[name] = Setting(name, *self._labels(point), point, is_baseline, {})
            settings[name].configurations[one.env_id] = one.name
        return list(settings.values())

    @cached_property
    def placed(self) -> dict[str, tuple[Setting, str]]:
        """By configuration: its setting and its environment."""
        return {name: (setting, env_id) for setting in self.settings for env_id, name in setting.configurations.items()}

    @cached_property
    def places(self) -> list[dict[str, Any]]:
        """The configurations as `a2c.config.claims.locate` takes them: all fields, and over them the point."""
        return [{**one.fields, **one.point} for one in self.configurations]

    @property
    def point_names(self) -> list[str]:
        """Those of the configurations."""
        return [one.name for one in self.configurations]

    @property
    def point_environments(self) -> list[str]:
        """Empty where the range of returns may be another than the one known."""
        return [one.env_id if pays_as_registered(one.fields) else "" for one in self.configurations]

    @cached_property
    def changed_environments(self) -> set[str]:
        """Those whose returns may have another range than the one known, at one point at least."""
        return {one.env_id for one in self.configurations if not pays_as_registered(one.fields)}

    @property
    def point_words(self) -> dict[str, str]:
        """By configuration, what sentences call its point."""
        return {one.name: point_name(one.point).replace("_", " ") for one in self.configurations}

    @cached_property
    def baseline_label(self) -> str:
        """The label of the setting that the others are compared with; empty if there is none."""
        return next((setting.label for setting in self.settings if setting.is_baseline), "")

    @property
    def compares(self) -> bool:
        """Whether there is more than one setting."""
        return len(self.settings) > 1

    def axis_values(self, axis: str) -> list[Any]:
        """The values of an axis: numbers first, in increasing order, then the rest in the study's order."""
        values = self.axes[axis]
        return [*sorted(filter(is_number, values)), *(value for value in values if not is_number(value))]

    def scale(self, axis: str) -> str:
        """How to draw an axis: log, linear or category."""
        return self.scales.get(axis, "category")

    def is_numeric(self, axis: str) -> bool:
        """Whether an axis has two numbers or more (named points may stand beside them)."""
        return sum(map(is_number, self.axes[axis])) >= 2

    def _labels(self, point: Point) -> tuple[str, str]:
        """A point's label, with the names of the axes ("learning rate 0.01") and without ("0.01")."""
        named = [
            value
            for axis, value in point.items()
            if axis == LABEL or (isinstance(value, str) and self.is_numeric(axis))
        ]
        if named:  # a named point beside a grid stands under its name on every axis
            return named[0], named[0]
        values = {short_name(axis): value_name(value) for axis, value in point.items()}
        return ", ".join(map(" ".join, values.items())) or self.title, ", ".join(values.values()) or self.title


@dataclass(frozen=True)
class PaperRecord:
    """A paper as `paper.json` describes it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    title: str
    description: str
    studies: list[str]
    claims: list[Claim]
    config: str = ""  # the paper's file as seen from where the pipeline runs; empty in older records
    gradients: list[str] = field(default_factory=list)  # the gradient studies
    tunings: list[str] = field(default_factory=list)
    centres: dict[str, dict[str, Any]] = field(default_factory=dict)  # all fields of each centre
    left_out: list[str] = field(default_factory=list)  # studies of the file of which there are no runs
    source: str = ""  # the work whose sentences are tested
    known_before: str = ""  # what the paper's authors knew when they wrote the tests
    removed: list[str] = field(default_factory=list)  # tests that were registered and are no longer made

    @property
    def text(self) -> str:
        """The content of `paper.json`."""
        content = _PAPER.dump_python(self, mode="json")
        optional = ("config", "gradients", "tunings", "centres", "left_out", "source", "known_before", "removed")
        return sealed_text({key: value for key, value in content.items() if key not in optional or value})


_STUDY, _PAPER = TypeAdapter(StudyRecord), TypeAdapter(PaperRecord)


def read_study_record(folder: Path) -> StudyRecord:
    """The study in `folder`. DamagedError, naming the file and the key, unless its study.json is whole and complete."""
    record = read_record(folder / STUDY, _STUDY)
    for number, one in enumerate(record.configurations):
        _check_configuration(one, str(folder / STUDY), f"configurations[{number}].fields")
    return record


def _check_configuration(one: ConfigurationRecord, source: str, key: str) -> None:
    """DamagedError unless the fields of a configuration are valid: tables and pages take numbers from them."""
    from a2c.runs.files import DamagedError  # here, as it loads NumPy

    try:
        configuration(one.fields, source, key)
    except ConfigError as error:
        raise DamagedError(str(error)) from None


def read_paper_record(folder: Path) -> PaperRecord:
    """The paper whose results are in `folder`. DamagedError as above, of its paper.json."""
    return read_record(folder / PAPER, _PAPER)


def read_record(path: Path, adapter: TypeAdapter[Record]) -> Record:
    """The record in a sealed JSON file. DamagedError, naming the file and the key, unless it is whole and complete."""
    from a2c.runs.files import SEAL, DamagedError, read_sealed  # here, as they load NumPy

    content = {key: value for key, value in read_sealed(path).items() if key != SEAL}
    try:
        return adapter.validate_python(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise DamagedError(f"{path}: damaged ({key}: {' '.join(first['msg'].split())})") from None


def sealed_text(content: Mapping[str, Any]) -> str:
    """A record as a sealed JSON file has it."""
    from a2c.runs.files import sealed  # here, as it loads NumPy

    return sealed(content)


def point_name(point: Mapping[str, Any]) -> str:
    """A point in words: `learning_rate 0.01, entropy_coef 0`; a label and an environment stand for themselves."""
    return ", ".join(
        str(value) if axis in (LABEL, ENVIRONMENT) else f"{axis} {'none' if value is None else value}"
        for axis, value in point.items()
    )


def _without_environment(point: Mapping[str, Any]) -> Point:
    return {axis: value for axis, value in point.items() if axis != ENVIRONMENT}
