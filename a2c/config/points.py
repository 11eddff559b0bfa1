"""The points of a study: its grid and named points expanded to configurations, their axes, scales and baseline."""

import itertools
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from a2c.config.configuration import NAMING, Configuration, configuration, is_name, value_on
from a2c.config.errors import ConfigError, mistake, unknown_key
from a2c.config.names import LABEL, SETTINGS, is_number
from a2c.config.paper import Point, StudyFile


def points_of(study: StudyFile, source: str, at: str) -> list[Point]:
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
        for both in study.grid.keys() & fields.keys():
            raise mistake(source, f"{at}.settings.{name}.{both}", fields[both], "fields that are not on the grid")
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
        label = fields.pop(LABEL, None)
        if not isinstance(label, str) or not label:
            raise mistake(source, f"{key}.label", label, "text that names the point")
        if not is_name(label):
            raise mistake(source, f"{key}.label", label, NAMING)
        if label in labels:
            raise mistake(source, f"{key}.label", label, "a label that no other point has")
        labels.add(label)
        config = configuration({**study.base, **fields}, source, key)
        points.append(Point(dict.fromkeys(study.grid, label) or {LABEL: label}, config))
    return points


def axes_of(points: Sequence[Point]) -> dict[str, list[Any]]:
    """The values on each axis, in the order of the points."""
    axes: dict[str, dict[Hashable, Any]] = {}
    for point in points:
        for axis, value in point.axes.items():
            key = value if isinstance(value, Hashable) else str(value)
            axes.setdefault(axis, {}).setdefault(key, value)
    return {axis: list(values.values()) for axis, values in axes.items()}


def scales_of(study: StudyFile, axes: Mapping[str, Sequence[Any]], source: str, at: str) -> dict[str, str]:
    """The scale of each axis: the one in the file, or one that suits its values."""
    for axis in study.scales:
        if axis not in axes:
            raise unknown_key(source, f"{at}.scales.{axis}", axes)
        if study.scales[axis] == "log" and not any(is_number(value) and value > 0 for value in axes[axis]):
            allowed = "linear or category, as no value on this axis is a number above 0"
            raise mistake(source, f"{at}.scales.{axis}", "log", allowed)
    return {axis: study.scales.get(axis) or _scale(values) for axis, values in axes.items()}


def _scale(values: Sequence[Any]) -> str:
    """category unless all values are numbers, log if the positive ones span a factor of 10, else linear."""
    if not all(map(is_number, values)):
        return "category"
    positive = [value for value in values if value > 0]
    return "log" if positive and max(positive) >= 10 * min(positive) else "linear"


def baseline_of(study: StudyFile, base: Configuration, points: Sequence[Point], source: str, at: str) -> dict[str, Any]:
    """The point that the others are compared with: its values on all axes but the environment's.

    It is the one in the file, else the one with the values of the base, at the first of the named settings if there are
    any; the first point if the axis is a label. ConfigError if no point has these values.
    """
    candidates = [{axis: value for axis, value in point.axes.items() if axis != "env_id"} for point in points]
    if study.baseline is not None:
        baseline = study.baseline
    elif LABEL in candidates[0]:
        baseline = candidates[0]
    else:
        named = {axis: value for axis, value in candidates[0].items() if axis == SETTINGS}
        if named:
            base = configuration({**study.base, **study.settings[named[SETTINGS]]}, source, at)
        baseline = {axis: named.get(axis) or _json_value(base, axis) for axis in candidates[0]}
    as_read = {axis: value_on(axis, value) for axis, value in baseline.items()}
    for wanted in (baseline, as_read):  # as it is written first: a label on a field's axis may look like a number
        for candidate in candidates:
            if wanted == candidate:
                return candidate
    allowed = f"a point of the study, such as {candidates[0]}"
    if study.baseline is None:
        raise ConfigError(f"{source}: {at}.baseline: missing, as the base, {baseline}, is no point; allowed: {allowed}")
    raise mistake(source, f"{at}.baseline", baseline, allowed)


def _json_value(config: Configuration, field: str) -> Any:
    """The checked value of a field as JSON has it: a number for the text 1e-2, a list for a tuple."""
    return config.model_dump(mode="json")[field]
