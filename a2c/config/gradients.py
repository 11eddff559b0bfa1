"""Gradient studies: their keys in a paper's YAML file, and what they expand to."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from a2c.config.centres import with_centre
from a2c.config.configuration import Configuration, Share, Whole, configuration
from a2c.config.errors import mistake, validate
from a2c.config.seeds import parse_seeds

ESTIMATORS = (
    "reinforce", "reinforce mean", "reinforce value", "one-step", "n-step 5", "n-step 20", "n-step 128",
    "gae 0", "gae 0.5", "gae 0.9", "gae 0.95", "gae 1",
)  # fmt: skip
NAMED = "reinforce, reinforce mean, reinforce value, one-step, n-step N (a whole number above 0), gae LAMBDA (0 to 1)"
MOST_ENVS, MOST_STEPS = 1024, 100_000_000
# What the samples do without: each changes what the learner sees of a step, or which steps it learns from.
NOT_STUDIED: dict[str, tuple[Any, ...]] = {
    "algorithm": ("a2c", "a3c", "ppo"),
    "network": ("mlp",),
    "device": ("cpu",),
    "normalize_observations": (False,),
    "normalize_rewards": (False,),
    "train_on_reset_rows": (False,),
}

Envs = Annotated[int, Field(ge=1, le=MOST_ENVS)]


@dataclass(frozen=True)
class Estimator:
    """How the weight of each -log pi is estimated."""

    name: str  # as the paper's file has it
    kind: Literal["reinforce", "n_step", "gae"]
    baseline: Literal["none", "mean", "value"] = "value"
    n_steps: int = 0  # rows of a rollout; 0 for whole episodes
    gae_lambda: float = 1.0

    @property
    def label(self) -> str:
        """In figures and tables."""
        if self.kind == "reinforce":
            return f"REINFORCE{'' if self.baseline == 'none' else f', {self.baseline}'}"
        return self.name.replace("gae", "GAE")


class GradientFile(BaseModel):
    """The fields of a gradient study in a paper's YAML file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="name of the study and of its folder")
    title: str = Field(default="", description="heading on the page; made from the name if empty")
    description: str = Field(default="", description="what the study asks")
    base: dict[str, Any] = Field(default={}, description="configuration fields of the runs")
    seeds: str | int | list[int] = Field(description="seeds of the runs, such as 0-9")
    snapshots: list[Share] = Field(
        default=[0.1, 0.5, 1.0], min_length=1, max_length=16, description="shares of the budget"
    )
    estimators: list[str] = Field(default=[*ESTIMATORS], min_length=1, description=f"any of {NAMED}")
    n_envs: list[Envs] = Field(
        default=[1, 8], min_length=1, description="numbers of environments (of REINFORCE: episodes) in a batch"
    )
    batches: Whole = Field(default=512, ge=64, le=100_000, description="batches of each kind, at least")
    steps: Whole = Field(
        default=131_072, ge=1, le=MOST_STEPS, description="agent steps from which each mean gradient is computed"
    )
    reference_steps: Whole = Field(
        default=1_048_576, ge=1, le=MOST_STEPS, description="most agent steps from which the reference is computed"
    )


@dataclass(frozen=True)
class GradientStudy:
    """A gradient study, expanded and checked."""

    name: str
    title: str
    description: str
    configuration: Configuration  # with the study's snapshots
    seeds: list[int]
    estimators: list[Estimator]
    n_envs: list[int]
    batches: int
    steps: int
    reference_steps: int

    @cached_property
    def configuration_name(self) -> str:
        return self.configuration.name

    @property
    def snapshots(self) -> tuple[float, ...]:
        return self.configuration.snapshots


def expand_gradients(
    entries: Sequence[dict[str, Any]], source: str, centres: Mapping[str, dict[str, Any]] = MappingProxyType({})
) -> list[GradientStudy]:
    """The gradient studies of a paper, checked. ConfigError at the first mistake.

    `centres`: the fields of each centre of the paper.
    """
    studies: list[GradientStudy] = []
    for number, fields in enumerate(entries):
        name = fields.get("name")
        at = f"gradients.{name}" if isinstance(name, str) else f"gradients[{number}]"
        file = validate(GradientFile, fields, source, at)
        base = with_centre(file.base, centres, source, f"{at}.base")
        study = _expand(file.model_copy(update={"base": base}), source, at)
        if study.name in (other.name for other in studies):
            raise mistake(source, f"gradients[{number}].name", study.name, "a name that no other gradient study has")
        studies.append(study)
    return studies


def _expand(study: GradientFile, source: str, at: str) -> GradientStudy:
    if "snapshots" in study.base:
        raise mistake(source, f"{at}.base.snapshots", study.base["snapshots"], "none here, but in the study itself")
    configuration(study.base, source, f"{at}.base")
    runs = configuration({**study.base, "snapshots": study.snapshots}, source, at)
    for field, allowed in NOT_STUDIED.items():
        if (value := getattr(runs, field)) not in allowed:
            raise mistake(source, f"{at}.base.{field}", value, " or ".join(map(_shown, allowed)))
    return GradientStudy(
        name=study.name,
        title=study.title or f"Gradients: {study.name.replace('_', ' ')}",
        description=study.description,
        configuration=runs,
        seeds=_seeds(study.seeds, source, f"{at}.seeds"),
        estimators=_estimators(study.estimators, runs.n_steps, source, f"{at}.estimators"),
        n_envs=_increasing(study.n_envs, source, f"{at}.n_envs"),
        batches=study.batches,
        steps=study.steps,
        reference_steps=max(study.steps, study.reference_steps),
    )


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _seeds(value: str | int | Sequence[int], source: str, key: str) -> list[int]:
    try:
        return parse_seeds(value)
    except ValueError as error:
        raise mistake(source, key, value, str(error)) from None


def _increasing(values: Sequence[int], source: str, key: str) -> list[int]:
    if list(values) != sorted(set(values)):
        raise mistake(source, key, list(values), "numbers in increasing order, each once")
    return list(values)


def _estimators(names: Sequence[str], n_steps: int, source: str, key: str) -> list[Estimator]:
    """The estimators by their names; `n_steps`: of the configuration, for GAE."""
    found: dict[tuple[Any, ...], Estimator] = {}
    for number, name in enumerate(names):
        one = parse_estimator(name, n_steps)
        if one is None:
            raise mistake(source, f"{key}[{number}]", name, NAMED)
        same = (one.kind, one.baseline, one.n_steps, one.gae_lambda)
        if same in found:
            allowed = f"each estimator once; this one is {found[same].name}"
            raise mistake(source, f"{key}[{number}]", name, allowed)
        found[same] = one
    return list(found.values())


def parse_estimator(name: str, n_steps: int) -> Estimator | None:
    """The estimator of a name, None if there is none; `n_steps`: rows of a rollout, for GAE."""
    forms: dict[str, Callable[[re.Match[str]], Estimator | None]] = {
        r"reinforce(?: (mean|value))?": lambda match: Estimator(name, "reinforce", match[1] or "none"),  # type: ignore[arg-type]
        r"one-step": lambda match: Estimator(name, "n_step", n_steps=1),
        r"n-step ([1-9]\d{0,6})": lambda match: Estimator(name, "n_step", n_steps=int(match[1])),
        r"gae (\d(?:\.\d+)?)": lambda match: (
            Estimator(name, "gae", n_steps=n_steps, gae_lambda=float(match[1])) if float(match[1]) <= 1 else None
        ),
    }
    for form, make in forms.items():
        if match := re.fullmatch(form, name):
            return make(match)
    return None
