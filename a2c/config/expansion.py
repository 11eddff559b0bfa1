"""Reading a paper: its YAML file is checked and expanded to studies, points and configurations."""

import itertools
import math
import os
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

from a2c.config.centres import FROM, Around, around_centres, read_centres
from a2c.config.checks import check_claims, check_fresh_seeds, check_small
from a2c.config.claims import check_centres, read_claims
from a2c.config.configuration import Configuration, configuration
from a2c.config.errors import ConfigError, mistake, unknown_key, validate
from a2c.config.files import read_mapping
from a2c.config.gradients import expand_gradients
from a2c.config.names import SETTINGS
from a2c.config.paper import Paper, PaperFile, Point, Study, StudyFile
from a2c.config.published_scores import PublishedScore, read_published_scores
from a2c.config.seeds import checked_seeds
from a2c.config.tunings import expand_tunings

LONGEST_NAME, LONGEST_PATH = 200, 1000  # bytes; systems take 255 and 4096, and files below the folder need room
MOST_POINTS = 20_000  # of a paper: they are expanded in seconds


def load_paper(path: Path) -> Paper:
    """The paper in a YAML file, expanded and checked. ConfigError at the first mistake."""
    return expand(read_mapping(path), str(path), path.parent)


def expand(data: Any, source: str, folder: Path) -> Paper:
    """The paper that a mapping describes, expanded and checked. ConfigError at the first mistake.

    `source`: where the mapping is from, for messages. `folder`: what the paths in it are relative to.
    """
    paper = validate(PaperFile, data, source)
    claims = read_claims(folder / paper.claims) if paper.claims else []
    centres = read_centres(paper.centres, source, folder)
    check_centres(claims, centres, str(paper.claims))
    studies: list[Study] = []
    for number, fields in enumerate(paper.studies):
        left = MOST_POINTS - sum(len(study.points) for study in studies)
        for study in _around_centres(fields, number, centres, left, source, folder):
            if study.name in (other.name for other in studies):
                raise mistake(source, f"studies[{number}].name", study.name, "a name that no other study has")
            studies.append(study)
    gradients = expand_gradients(paper.gradients, source, centres, [study.name for study in studies])
    tunings = expand_tunings(paper.tunings, source)
    check_claims(claims, [*studies, *gradients], str(paper.claims))
    check_fresh_seeds(paper, [*studies, *gradients], tunings, source)
    check_small(paper, studies, centres, source)
    return Paper(
        title=paper.title,
        description=paper.description,
        results=folder_name(paper.results, source, "results"),
        seeds_per_job=paper.seeds_per_job,
        runs_per_gpu=paper.runs_per_gpu,
        cores_per_gpu=paper.cores_per_gpu,
        claims=claims,
        studies=studies,
        claims_file=paper.claims,
        return_ranges=paper.return_ranges,
        gradients=gradients,
        tunings=tunings,
        centres={name: configuration(fields, source) for name, fields in centres.items()},
        centre_files=[fields[FROM] for fields in paper.centres.values() if FROM in fields],
        small=paper.small,
        source=paper.source,
    )


def _around_centres(
    fields: dict[str, Any], number: int, centres: Mapping[str, dict[str, Any]], left: int, source: str, folder: Path
) -> list[Study]:
    """The study that a mapping describes, once for each of its centres. `number`: of the mapping in the file.

    ConfigError if it has more than `left` points in all.
    """
    name = fields.get("name")
    at = f"studies.{name}" if isinstance(name, str) else f"studies[{number}]"
    study = validate(StudyFile, fields, source, at)
    around = around_centres(study, centres, source, at)
    grid = math.prod(map(len, study.grid.values())) * max(1, len(study.settings)) if study.grid else 0
    if (size := (grid + len(study.points)) * len(around)) > left:
        raise mistake(source, f"{at}.grid", size, f"at most {MOST_POINTS:,} points in all studies of a paper")
    return [_expand_study(one, source, folder) for one in around]


def folder_name(path: str, source: str, key: str) -> str:
    """A folder of results, normalised. ConfigError where the workflow could not name its files: it formats braces."""
    normal = os.path.normpath(path)
    parts = normal.split("/")
    allowed = ""
    if set("{}") & set(path) or not path.isprintable():
        allowed = "a path without braces and control characters"
    elif any(len(os.fsencode(part)) > LONGEST_NAME for part in parts) or len(os.fsencode(normal)) > LONGEST_PATH:
        allowed = f"at most {LONGEST_NAME} bytes a name and {LONGEST_PATH} in all"
    elif normal in (".", "..", "/") or parts[-1] == "..":
        allowed = "a folder of its own, such as results/mine"
    elif normal.startswith("-"):
        allowed = "a path that does not begin like an option, such as ./-x"
    if allowed:
        raise mistake(source, key, path, allowed)
    return normal


def _expand_study(around: Around, source: str, folder: Path) -> Study:
    study, at = around.study, around.at
    base = configuration(study.base, source, f"{at}.base")
    points = _points(study, source, at)
    axes = _axes(points)
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
        group=around.group,
        centre=around.centre,
        question=study.question,
        looks=_looks(study, seeds, source, at),
    )


def _looks(study: StudyFile, seeds: Sequence[int], source: str, at: str) -> list[int]:
    """The numbers of seeds at which the tests are looked at.

    ConfigError unless they rise and the number of these seeds is one of them.
    """
    looks = study.looks
    if looks and (looks != sorted(set(looks)) or len(seeds) not in looks):
        allowed = f"rising numbers, one of which is the number of seeds, {len(seeds)}"
        raise mistake(source, f"{at}.looks", looks, allowed)
    return looks


def _points(study: StudyFile, source: str, at: str) -> list[Point]:
    """The points of the grid, then the named ones. ConfigError if there are none or two are the same."""
    if study.points and (study.settings or "env_id" in study.grid):
        raise mistake(source, f"{at}.points", study.points, "none beside settings or a grid over env_id")
    points = [*_grid_points(study, source, at), *_named_points(study, source, at)]
    if not points:
        raise mistake(source, f"{at}.grid", study.grid, "at least one field with at least one value, or points")
    names = set()
    for point in points:
        if point.name in names:
            raise mistake(source, f"{at}.grid", point.axes, "each configuration once in a study")
        names.add(point.name)
    return points


def _grid_points(study: StudyFile, source: str, at: str) -> list[Point]:
    """Every combination of the grid's values, with each of the named settings if there are any."""
    for axis, values in study.grid.items():
        if axis not in Configuration.model_fields:
            raise unknown_key(source, f"{at}.grid.{axis}", Configuration.model_fields)
        if not values:
            raise mistake(source, f"{at}.grid.{axis}", values, "at least one value")
    for name, fields in study.settings.items():
        configuration({**study.base, **fields}, source, f"{at}.settings.{name}")
    if not study.grid:
        return []
    settings: dict[str, dict[str, Any]] = study.settings or {"": {}}
    points = []
    for indices in itertools.product(*(range(len(values)) for values in study.grid.values())):
        for name, fields in settings.items():
            config = _at_indices(study, indices, {**study.base, **fields}, source, at)
            axes = {SETTINGS: name} if name else {}
            points.append(Point({**axes, **{axis: _json_value(config, axis) for axis in study.grid}}, config))
    return points


def _at_indices(
    study: StudyFile, indices: Sequence[int], fields: dict[str, Any], source: str, at: str
) -> Configuration:
    """`fields` with each axis at its index in the grid. A message about a value names its index: `grid.gamma[2]`."""
    values = {axis: values[index] for (axis, values), index in zip(study.grid.items(), indices, strict=True)}
    try:
        return configuration({**fields, **values}, source, f"{at}.grid")
    except ConfigError as error:
        for axis, index in zip(study.grid, indices, strict=True):
            key = f"{source}: {at}.grid.{axis}"
            if str(error).startswith((f"{key}:", f"{key}[")):
                raise ConfigError(str(error).replace(key, f"{key}[{index}]", 1)) from None
        raise


def _named_points(study: StudyFile, source: str, at: str) -> list[Point]:
    """The points that are written one by one, each with a label."""
    points, labels = [], set[str]()
    for number, entry in enumerate(study.points):
        key = f"{at}.points[{number}]"
        fields = dict(entry)
        label = fields.pop("label", None)
        if not isinstance(label, str) or not label:
            raise mistake(source, f"{key}.label", label, "text that names the point")
        if label in labels:
            raise mistake(source, f"{key}.label", label, "a label that no other point has")
        labels.add(label)
        config = configuration({**study.base, **fields}, source, key)
        points.append(Point(dict.fromkeys(study.grid, label) or {"label": label}, config))
    return points


def _axes(points: Sequence[Point]) -> dict[str, list[Any]]:
    """The values on each axis, in the order of the points."""
    axes: dict[str, dict[Hashable, Any]] = {}
    for point in points:
        for axis, value in point.axes.items():
            key = value if isinstance(value, Hashable) else str(value)
            axes.setdefault(axis, {}).setdefault(key, value)
    return {axis: list(values.values()) for axis, values in axes.items()}


def _seeds(value: str | int | Sequence[int], source: str, key: str) -> list[int]:
    seeds = checked_seeds(value, source, key)
    if len(seeds) < 2:
        raise mistake(source, key, value, "at least two seeds, as every table gives intervals over seeds")
    return seeds


def _scales(study: StudyFile, axes: Mapping[str, Sequence[Any]], source: str, at: str) -> dict[str, str]:
    """The scale of each axis: the one in the file, or one that suits its values."""
    for axis in study.scales:
        if axis not in axes:
            raise unknown_key(source, f"{at}.scales.{axis}", axes)
    return {axis: study.scales.get(axis) or _scale(values) for axis, values in axes.items()}


def _scale(values: Sequence[Any]) -> str:
    """category unless all values are numbers, log if the positive ones span a factor of 10, else linear."""
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        return "category"
    positive = [value for value in values if value > 0]
    return "log" if positive and max(positive) >= 10 * min(positive) else "linear"


def _baseline(study: StudyFile, base: Configuration, points: Sequence[Point], source: str, at: str) -> dict[str, Any]:
    """The point that the others are compared with: its values on all axes but the environment's.

    It is the one in the file, else the one with the values of the base, else the first point.
    """
    candidates = [{axis: value for axis, value in point.axes.items() if axis != "env_id"} for point in points]
    if study.baseline is not None:
        baseline = study.baseline
    elif all(axis in Configuration.model_fields for axis in candidates[0]):
        baseline = {axis: _json_value(base, axis) for axis in candidates[0]}
    else:
        baseline = candidates[0]
    numbers = {axis: _as_number(value) for axis, value in baseline.items()}
    for candidate in candidates:
        if numbers == candidate:
            return candidate
    raise mistake(source, f"{at}.baseline", baseline, f"a point of the study, such as {candidates[0]}")


def _as_number(value: Any) -> Any:
    """A number that YAML reads as text, such as 1e-2, as a number."""
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _json_value(config: Configuration, field: str) -> Any:
    """The checked value of a field as JSON has it: a number for the text 1e-2, a list for a tuple."""
    return config.model_dump(mode="json")[field]


def _published_scores(study: StudyFile, points: Sequence[Point], folder: Path) -> list[PublishedScore]:
    """The scores in the study's file that are of its environments."""
    if study.published_scores is None:
        return []
    environments = {point.configuration.env_id for point in points}
    return [score for score in read_published_scores(folder / study.published_scores) if score.env_id in environments]
