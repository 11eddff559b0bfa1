"""What a `study.json` says: its environments, its settings, and how to name them. Imports nothing heavy.

A *setting* is a point of a study's axes without the environment: the settings are what a study compares, on each of its
environments.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from a2c.analysis import references

Study = Mapping[str, Any]

ENVIRONMENT = "env_id"
LABEL = "label"

# How figures and tables call a field; a field that is not here goes by its own name, with spaces.
NAMES = {
    "label": "setting",
    "env_id": "environment",
    "learning_rate": "learning rate",
    "entropy_coef": "entropy coefficient",
    "value_loss_coef": "value loss coefficient",
    "gamma": "discount γ (per agent step)",
    "gae_lambda": "GAE λ",
    "n_envs": "parallel environments",
    "n_steps": "steps per update (agent steps)",
    "max_grad_norm": "gradient clipping (global norm)",
    "optimizer_eps": "optimiser ε",
    "total_steps": "budget (agent steps)",
}


@dataclass(frozen=True)
class Setting:
    """One setting: its name, with and without the axes', its values on them, its configuration per environment."""

    label: str
    value: str
    point: dict[str, Any]
    is_baseline: bool
    configurations: dict[str, str]  # environment: configuration


def environments(study: Study) -> list[str]:
    """The study's environments, in the study's order."""
    return list(dict.fromkeys(entry["env_id"] for entry in study["configurations"]))


def setting_axes(study: Study) -> list[str]:
    """The axes that are not the environment."""
    return [axis for axis in study["axes"] if axis != ENVIRONMENT]


def settings(study: Study) -> list[Setting]:
    """The study's settings, in the study's order."""
    found: dict[str, Setting] = {}
    baseline = _without_environment(study.get("baseline") or {})
    for entry in study["configurations"]:
        point = _without_environment(entry["point"])
        key = json.dumps(point, sort_keys=True)
        if key not in found:
            is_baseline = bool(baseline) and all(point.get(axis) == value for axis, value in baseline.items())
            found[key] = Setting(*_names(study, point), point, is_baseline, {})
        found[key].configurations[entry["env_id"]] = entry["configuration"]
    return list(found.values())


def axis_values(study: Study, axis: str) -> list[Any]:
    """The values of an axis: numbers first and in increasing order, then the rest in the study's order."""
    values = study["axes"][axis]
    return [*sorted(filter(is_number, values)), *(value for value in values if not is_number(value))]


def baseline_label(study: Study) -> str:
    """The label of the setting that the others are compared with; empty if there is none."""
    return next((setting.label for setting in settings(study) if setting.is_baseline), "")


def threshold(study: Study, environment: str) -> float | None:
    """The mean return at which the environment counts as solved; None if it has none."""
    return next(entry.get("reward_threshold") for entry in study["configurations"] if entry["env_id"] == environment)


def top_of_scale(study: Study) -> str:
    """What a normalised score of 1 is: "solved", "human", "solved or human"; "reference" where nothing has a scale."""
    ends = (references.scale(entry["env_id"], entry["reward_threshold"]) for entry in study["configurations"])
    return " or ".join(dict.fromkeys(end.one_is for end in ends if end)) or "reference"


def scale(study: Study, axis: str) -> str:
    """How to draw an axis: log, linear or category."""
    return str(study.get("scales", {}).get(axis, "category"))


def axis_name(axis: str) -> str:
    """What an axis is called in words, with its unit where it has one."""
    return NAMES.get(axis, axis.replace("_", " "))


def short_name(axis: str) -> str:
    """What an axis is called where its value follows: without the unit."""
    return axis_name(axis).split(" (")[0]


def value_name(value: Any) -> str:
    """A setting's value, briefly: 0.01, 7e-4, 64×64, none."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "×".join(value_name(item) for item in value)
    if isinstance(value, int | float):
        return _number_name(value)
    return str(value)


def _number_name(value: float) -> str:
    if value and abs(value) < 1e-3:
        mantissa, exponent = f"{value:e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:g}"


def is_numeric(study: Study, axis: str) -> bool:
    """Whether an axis is one of numbers (beside which named points may stand)."""
    return sum(map(is_number, study["axes"][axis])) >= 2


def is_number(value: Any) -> bool:
    """Whether a setting's value is a number (true and false are not)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _names(study: Study, point: Mapping[str, Any]) -> tuple[str, str]:
    """A point's name with its axes' names ("learning rate 0.01") and without ("0.01")."""
    named = [
        value for axis, value in point.items() if axis == LABEL or (isinstance(value, str) and is_numeric(study, axis))
    ]
    if named:  # a named point beside a grid stands under its name on every axis
        return named[0], named[0]
    values = {short_name(axis): value_name(value) for axis, value in point.items()}
    title = str(study["title"])
    return ", ".join(map(" ".join, values.items())) or title, ", ".join(values.values()) or title


def _without_environment(point: Mapping[str, Any]) -> dict[str, Any]:
    return {axis: value for axis, value in point.items() if axis != ENVIRONMENT}
