"""The points of a study on its axes: where they lie, what they are called."""

from collections.abc import Mapping
from typing import Any

Study = Mapping[str, Any]  # the contents of study.json


def places_of(study: Study) -> list[dict[str, Any]]:
    """The study's configurations as `a2c.config.claims.locate` wants them: fields, and over them the point."""
    return [{**entry["fields"], **entry["point"]} for entry in study["configurations"]]


def axis_columns(study: Study, entry: Mapping[str, Any]) -> dict[str, Any]:
    """A value for each axis of the study; missing (None) where the point has none."""
    return {axis: entry["point"].get(axis) for axis in study["axes"]}


def point_name(point: Mapping[str, Any]) -> str:
    """A point in words: `learning_rate 0.01, entropy_coef 0`; a label and an environment stand for themselves."""
    return ", ".join(
        str(value) if axis in ("label", "env_id") else f"{axis} {'none' if value is None else value}"
        for axis, value in point.items()
    )
