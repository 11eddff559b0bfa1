"""Papers and studies: what a config file asks for, expanded to configurations and seeds."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from a2c.config.claims import Claim, check_points, read_claims
from a2c.config.configuration import Configuration, configuration
from a2c.config.errors import ConfigError, mistake, validate
from a2c.config.files import read_mapping
from a2c.config.published_scores import PublishedScore, read_published_scores
from a2c.config.seeds import parse_seeds


class StudyFile(BaseModel):
    """One study as it is written in a paper's YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="name of the study and of its folder")
    title: str = Field(default="", description="heading on the page; the name if empty")
    description: str = Field(default="", description="what the study asks")
    base: dict[str, Any] = Field(default={}, description="configuration fields shared by all points")
    grid: dict[str, list[Any]] = Field(default={}, description="field: values; all combinations are trained")
    settings: dict[Annotated[str, Field(min_length=1)], dict[str, Any]] = Field(
        default={}, description="name: fields; each named set of fields is combined with the whole grid"
    )
    points: list[dict[str, Any]] = Field(
        default=[], description="further points beside the grid, each a mapping of fields with a `label`"
    )
    baseline: dict[str, Any] | None = Field(
        default=None, description="the point others are compared with; the base's own values if left out"
    )
    scales: dict[str, Literal["log", "linear", "category"]] = Field(
        default={}, description="how to draw an axis; log, linear or category by its values if left out"
    )
    seeds: str | int | list[int] = Field(description="reporting seeds, such as 0-9")
    published_scores: str | None = Field(
        default=None, description="CSV file of others' scores to set beside the baseline's, relative to this file"
    )
    tuning_seeds: str | int | list[int] | None = Field(
        default=None, description="seeds that choose the best point; the reporting seeds then report it"
    )


class PaperFile(BaseModel):
    """A paper as it is written in YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    title: str = Field(description="title of the page")
    description: str = Field(default="", description="what the paper is about")
    results: str = Field(default="results", description="folder that everything is written to")
    seeds_per_job: int = Field(
        default=10, ge=1, description="longest seed block: seeds that one process trains in lanes"
    )
    runs_per_gpu: int = Field(
        default=1, ge=1, description="runs that share a GPU of a cluster: the shards that the site has made of each"
    )
    claims: str | None = Field(default=None, description="file of claims, relative to this file")
    studies: list[dict[str, Any]] = Field(min_length=1, description="the studies")


@dataclass(frozen=True)
class Point:
    """One point of a study: where it lies on the axes, and the configuration that trains it."""

    axes: dict[str, Any]
    configuration: Configuration

    @cached_property
    def name(self) -> str:
        """The configuration's, a hash that takes a while: a paper may have thousands."""
        return self.configuration.name


@dataclass(frozen=True)
class Study:
    """A study, expanded and checked."""

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


@dataclass(frozen=True)
class Paper:
    """A paper, expanded and checked."""

    title: str
    description: str
    results: str
    seeds_per_job: int
    runs_per_gpu: int
    claims: list[Claim]
    studies: list[Study]

    def wanted(self) -> dict[str, tuple[Configuration, list[int]]]:
        """Every configuration once, by name, with all seeds that any study asks of it, in order."""
        wanted: dict[str, tuple[Configuration, set[int]]] = {}
        for study in self.studies:
            for point in study.points:
                _, seeds = wanted.setdefault(point.name, (point.configuration, set()))
                seeds.update(study.seeds, study.tuning_seeds)
        return {name: (configuration, sorted(seeds)) for name, (configuration, seeds) in wanted.items()}


def load_paper(path: Path) -> Paper:
    """The paper in a YAML file, expanded and checked. ConfigError at the first mistake."""
    return expand(read_mapping(path), str(path), path.parent)


def expand(data: Any, source: str, folder: Path) -> Paper:
    """The paper that a mapping describes; `source` names where it came from, `folder` is what its paths start from."""
    paper = validate(PaperFile, data, source)
    claims = read_claims(folder / paper.claims) if paper.claims else []
    studies: list[Study] = []
    for number, written in enumerate(paper.studies):
        name = written.get("name")
        at = f"studies.{name}" if isinstance(name, str) else f"studies[{number}]"
        study = _expand_study(validate(StudyFile, written, source, at), source, at, folder)
        if study.name in (other.name for other in studies):
            raise mistake(source, f"studies[{number}].name", study.name, "a name that no other study has")
        places = [{**point.configuration.model_dump(mode="json"), **point.axes} for point in study.points]
        check_points(claims, study.name, places, study.baseline, str(paper.claims))
        studies.append(study)
    return Paper(
        paper.title, paper.description, paper.results, paper.seeds_per_job, paper.runs_per_gpu, claims, studies
    )


def _expand_study(study: StudyFile, source: str, at: str, folder: Path) -> Study:
    base = configuration(study.base, source, f"{at}.base")
    if study.points and (study.settings or "env_id" in study.grid):
        raise mistake(source, f"{at}.points", study.points, "none beside settings or a grid over env_id")
    points = [*_grid_points(study, source, at), *_named_points(study, source, at)]
    if not points:
        raise mistake(source, f"{at}.grid", study.grid, "at least one field with at least one value, or points")
    _refuse_duplicates(points, source, at)
    axes: dict[str, list[Any]] = {}
    for point in points:
        for axis, value in point.axes.items():
            values = axes.setdefault(axis, [])
            if value not in values:
                values.append(value)
    seeds = _seeds(study.seeds, source, f"{at}.seeds")
    tuning = [] if study.tuning_seeds is None else _seeds(study.tuning_seeds, source, f"{at}.tuning_seeds")
    if both := sorted(set(seeds) & set(tuning)):
        raise mistake(source, f"{at}.tuning_seeds", both[0], "seeds that are not among the reporting seeds")
    return Study(
        name=study.name,
        title=study.title or study.name.replace("_", " ").capitalize(),
        description=study.description,
        base=base,
        axes=axes,
        scales=_scales(study, axes, source, at),
        baseline=_baseline(study, base, points, source, at),
        points=points,
        seeds=seeds,
        tuning_seeds=tuning,
        published_scores=_published_scores(study, points, folder),
    )


def _published_scores(study: StudyFile, points: Sequence[Point], folder: Path) -> list[PublishedScore]:
    if study.published_scores is None:
        return []
    environments = {point.configuration.env_id for point in points}
    return [score for score in read_published_scores(folder / study.published_scores) if score.env_id in environments]


def _grid_points(study: StudyFile, source: str, at: str) -> list[Point]:
    for axis, values in study.grid.items():
        if axis not in Configuration.model_fields:
            raise ConfigError(f"{source}: {at}.grid.{axis}: unknown key; allowed: {_field_names()}")
        if not values:
            raise mistake(source, f"{at}.grid.{axis}", values, "at least one value")
    settings: dict[str, dict[str, Any]] = study.settings or {"": {}}
    for name, fields in study.settings.items():
        configuration({**study.base, **fields}, source, f"{at}.settings.{name}")
    points = []
    for places in itertools.product(*(range(len(values)) for values in study.grid.values())) if study.grid else []:
        for name, fields in settings.items():
            made = _at_places(study, places, {**study.base, **fields}, source, at)
            named = {"settings": name} if name else {}
            points.append(Point({**named, **{axis: _plain(made, axis) for axis in study.grid}}, made))
    return points


def _at_places(study: StudyFile, places: Sequence[int], fields: dict[str, Any], source: str, at: str) -> Configuration:
    """The configuration with each axis at its place in the grid; a mistake is named by that place."""
    chosen = {axis: values[place] for (axis, values), place in zip(study.grid.items(), places, strict=True)}
    try:
        return configuration({**fields, **chosen}, source, f"{at}.grid")
    except ConfigError as error:
        for axis, place in zip(study.grid, places, strict=True):
            key = f"{source}: {at}.grid.{axis}"
            if str(error).startswith((f"{key}:", f"{key}[")):
                raise ConfigError(str(error).replace(key, f"{key}[{place}]", 1)) from None
        raise


def _named_points(study: StudyFile, source: str, at: str) -> list[Point]:
    points = []
    for number, written in enumerate(study.points):
        here = f"{at}.points[{number}]"
        changes = dict(written)
        label = changes.pop("label", None)
        if not isinstance(label, str) or not label:
            raise mistake(source, f"{here}.label", label, "text that names the point")
        if label in [other.get("label") for other in study.points[:number]]:
            raise mistake(source, f"{here}.label", label, "a label that no other point has")
        made = configuration({**study.base, **changes}, source, here)
        points.append(Point(dict.fromkeys(study.grid, label) or {"label": label}, made))
    return points


def _refuse_duplicates(points: Sequence[Point], source: str, at: str) -> None:
    seen: dict[str, Point] = {}
    for point in points:
        if point.name in seen:
            raise mistake(source, f"{at}.grid", point.axes, "each configuration once in a study")
        seen[point.name] = point


def _seeds(written: str | int | Sequence[int], source: str, key: str) -> list[int]:
    try:
        seeds = parse_seeds(written)
    except ValueError as error:
        raise mistake(source, key, written, str(error)) from None
    if len(seeds) < 2:
        raise mistake(source, key, written, "at least two seeds, as every table gives intervals over seeds")
    return seeds


def _scales(study: StudyFile, axes: Mapping[str, Sequence[Any]], source: str, at: str) -> dict[str, str]:
    """As written, else by the values: log where positive numbers span a factor of 10, linear, or category."""
    for axis in study.scales:
        if axis not in axes:
            raise ConfigError(f"{source}: {at}.scales.{axis}: unknown key; allowed: {', '.join(axes)}")
    return {axis: study.scales.get(axis) or _scale(values) for axis, values in axes.items()}


def _scale(values: Sequence[Any]) -> str:
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        return "category"
    positive = [value for value in values if value > 0]
    return "log" if positive and max(positive) >= 10 * min(positive) else "linear"


def _baseline(study: StudyFile, base: Configuration, points: Sequence[Point], source: str, at: str) -> dict[str, Any]:
    """The point (on every axis but the environment's) that the others are compared with."""
    places = [{axis: value for axis, value in point.axes.items() if axis != "env_id"} for point in points]
    if study.baseline is not None:
        wanted = study.baseline
    elif all(axis in Configuration.model_fields for axis in places[0]):
        wanted = {axis: _plain(base, axis) for axis in places[0]}
    else:
        wanted = places[0]
    numbers = {axis: _as_number(value) for axis, value in wanted.items()}
    for place in places:
        if numbers == place:
            return place
    raise mistake(source, f"{at}.baseline", wanted, f"a point of the study, such as {places[0]}")


def _as_number(value: Any) -> Any:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _plain(made: Configuration, axis: str) -> Any:
    """The checked value as JSON has it: a number written 1e-2 is a number now, a tuple a list."""
    return made.model_dump(mode="json")[axis]


def _field_names() -> str:
    return ", ".join(Configuration.model_fields)
