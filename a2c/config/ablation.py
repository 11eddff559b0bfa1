"""From one centre to another, one field at a time: a study that tells which of their differences matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from a2c.config.configuration import APPLIES_WHEN, configuration
from a2c.config.errors import mistake, one_of
from a2c.config.names import short_name

if TYPE_CHECKING:
    from a2c.config.paper import StudyFile

Fields = dict[str, Any]


def with_ablation(study: StudyFile, centres: Mapping[str, Fields], source: str, at: str) -> StudyFile:
    """The study with the points that its key `ablation` asks for; as it is without the key.

    The points: the first centre; for each field in which the two differ, the first centre with the second's value and
    the second centre with the first's value; the second centre. A field that has an effect only beside another that
    differs is changed together with it. ConfigError if a centre is unknown, or if the two are the same.
    """
    if not study.ablation:
        return study
    if len(study.ablation) != 2:
        raise mistake(source, f"{at}.ablation", study.ablation, "two centres")
    for number, name in enumerate(study.ablation):
        if name not in centres:
            raise mistake(source, f"{at}.ablation[{number}]", name, one_of(name, centres))
    for key in ("grid", "settings", "points", "centres"):
        if getattr(study, key):
            raise mistake(source, f"{at}.{key}", getattr(study, key), "none beside ablation")
    first, second = study.ablation
    ends = [configuration({**centres[name], **study.base}, source, f"{at}.ablation") for name in study.ablation]
    start, end = (config.model_dump(mode="json") for config in ends)
    differing = [field for field in start if start[field] != end[field]]
    if not differing:
        raise mistake(source, f"{at}.ablation", study.ablation, "two centres that differ")
    points: list[Fields] = [{"label": first, **start}]
    changes = _changes(differing)
    for fields in changes:
        names = " and ".join(map(short_name, fields))
        if len(changes) > 1:  # one change alone leads to the other end
            points.append({"label": f"{first}, {names} of {second}", **_mixed(start, end, fields)})
        if len(changes) > 2:  # of two, one that is made is the other that is not
            points.append({"label": f"{second}, {names} of {first}", **_mixed(end, start, fields)})
    points.append({"label": second, **end})
    return study.model_copy(update={"points": points})


def _changes(differing: list[str]) -> list[list[str]]:
    """The fields that are changed together: those that depend on another one that differs go with it."""
    groups: dict[str, list[str]] = {}
    for field in differing:
        needed = [other for other, _ in APPLIES_WHEN.get(field, ()) if other in differing]
        groups.setdefault(needed[0] if needed else field, []).append(field)
    return [sorted(fields, key=lambda field: field != lead) for lead, fields in groups.items()]


def _mixed(here: Fields, there: Fields, fields: list[str]) -> Fields:
    return {**here, **{field: there[field] for field in fields}}
