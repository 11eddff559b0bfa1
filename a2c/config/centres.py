"""Centres: named settings, around each of which a study varies its fields."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from a2c.config.ablation import with_ablation
from a2c.config.configuration import configuration, slug, value_on
from a2c.config.errors import ConfigError, mistake, one_of
from a2c.config.files import read_mapping

if TYPE_CHECKING:  # they use centres
    from a2c.config.gradients import GradientFile
    from a2c.config.paper import StudyFile

FROM = "from"  # in a centre: a file with its fields
CENTRE = "centre"  # among the fields of a study, a setting or a point: the centre whose fields these go over
ALL = "all"

Fields = dict[str, Any]


class Around(NamedTuple):
    """A study as it is made around one centre."""

    study: StudyFile
    at: str  # its key in the paper's file, for messages
    group: str  # its name in the paper's file
    centre: str  # empty if the study has no centres


def read_centres(entries: Mapping[str, Fields], source: str, folder: Path) -> dict[str, Fields]:
    """The fields of each centre, checked. ConfigError at the first mistake.

    `folder`: what the files that `from` names are relative to.
    """
    centres = {}
    for name, written in entries.items():
        at = f"centres.{name}"
        fields = dict(written)
        file = fields.pop(FROM, None)
        if file is not None and not isinstance(file, str):
            raise mistake(source, f"{at}.{FROM}", file, "a file of configuration fields, relative to the paper's file")
        read: Fields = {}
        if file is not None:
            read = read_mapping(folder / file)
            configuration(read, str(folder / file))
        configuration({**read, **fields}, source, at)
        centres[name] = {**read, **fields}
    return centres


def around_centres(study: StudyFile, centres: Mapping[str, Fields], source: str, at: str) -> list[Around]:
    """A study once for each of its centres, named `learning_rate_article`; itself if it has none.

    A centre's fields are the study's base, below those that the study sets. The centre's own value of each field on the
    grid joins the grid, so that the centre is a point of the study. ConfigError at an unknown centre.
    """
    study = with_ablation(_resolved(study, centres, source, at), centres, source, at)
    names = names_of_centres(study, centres, source, at)
    if not names:
        return [Around(study, at, study.name, "")]
    return [Around(_at(study, name, centres[name], source, at), f"{at}[{name}]", study.name, name) for name in names]


def names_of_centres(study: StudyFile | GradientFile, centres: Mapping[str, Fields], source: str, at: str) -> list[str]:
    """The centres that a study of either kind is made around; none if it has none. ConfigError at an unknown one."""
    if study.centres and CENTRE in study.base:
        raise mistake(source, f"{at}.base.{CENTRE}", study.base[CENTRE], f"none beside {at}.centres")
    names = list(centres) if study.centres == ALL else list(study.centres)
    for number, name in enumerate(names):
        _check(name, centres, source, f"{at}.centres[{number}]")
    return names


def named_after(name: str, title: str, centre: str) -> dict[str, str]:
    """Name and title of a study as it is made around one centre."""
    return {"name": f"{name}_{slug(centre).replace('-', '_')}", "title": f"{title}, around {centre}"}


def with_centre(fields: Fields, centres: Mapping[str, Fields], source: str, at: str) -> Fields:
    """Fields with those of the centre that they name below them."""
    if CENTRE not in fields:
        return fields
    name = fields[CENTRE]
    _check(name, centres, source, f"{at}.{CENTRE}")
    return {**centres[name], **{key: value for key, value in fields.items() if key != CENTRE}}


def _check(name: Any, centres: Mapping[str, Fields], source: str, key: str) -> None:
    if not centres:
        raise ConfigError(f"{source}: {key}: {name!r} is not allowed; allowed: none, as the paper has no centres")
    if not isinstance(name, str) or name not in centres:
        raise mistake(source, key, name, one_of(name, centres))


def _resolved(study: StudyFile, centres: Mapping[str, Fields], source: str, at: str) -> StudyFile:
    """The study with the fields of a centre wherever it names one."""
    base = study.base if study.centres else with_centre(study.base, centres, source, f"{at}.base")
    return study.model_copy(
        update={
            "base": base,
            "settings": {
                name: with_centre(fields, centres, source, f"{at}.settings.{name}")
                for name, fields in study.settings.items()
            },
            "points": [
                with_centre(fields, centres, source, f"{at}.points[{number}]")
                for number, fields in enumerate(study.points)
            ],
        }
    )


def _at(study: StudyFile, name: str, centre: Fields, source: str, at: str) -> StudyFile:
    """The study around one centre."""
    base = {**centre, **study.base}
    own = configuration(base, source, f"{at}[{name}].base").model_dump(mode="json")
    grid = {axis: _joined(axis, values, own[axis]) if axis in own else values for axis, values in study.grid.items()}
    if "env_id" in grid:
        grid["env_id"] = study.grid["env_id"]
    title = study.title or study.name.replace("_", " ").capitalize()
    return study.model_copy(update={**named_after(study.name, title, name), "base": base, "grid": grid})


def _joined(axis: str, values: list[Any], own: Any) -> list[Any]:
    """The values of an axis and, if it is not among them, the centre's own."""
    return values if any(value_on(axis, value) == own for value in values) else [*values, own]
