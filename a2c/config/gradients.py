"""Gradient studies: their keys in a paper's YAML file, and what they expand to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from a2c.config.centres import named_after, names_of_centres, with_centre
from a2c.config.configuration import Configuration, Heading, Share, Whole, configuration
from a2c.config.errors import mistake, validate
from a2c.config.estimators import ESTIMATOR, ESTIMATORS, NAMED, parse_estimators
from a2c.config.estimators import Estimator as Estimator  # of a study
from a2c.config.seeds import checked_seeds

WORDS = ("title", "description", "name", "seeds")  # keys that change no number of a run
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


class GradientFile(BaseModel):
    """The fields of a gradient study in a paper's YAML file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="name of the study and of its folder")
    title: Heading = Field(default="", description="heading on the page; made from the name if empty")
    description: str = Field(default="", description="what the study asks")
    base: dict[str, Any] = Field(default={}, description="configuration fields of the runs")
    centres: Literal["all"] | list[str] = Field(
        default=[], description="centres of the paper, around each of which the study is made; all for every one"
    )
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
    """A gradient study, expanded and checked.

    What its tests look up (`a2c.config.tested.TestedStudy`): a point is an estimator at a snapshot, in batches of a
    number of environments.
    """

    kind: ClassVar[str] = "gradients"
    looks: ClassVar[Sequence[int]] = ()  # its tests are made once

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
    group: str = ""  # its name in the paper's file, which those around several centres share
    centre: str = ""  # the centre that it is made around; empty if it has none

    @cached_property
    def configuration_name(self) -> str:
        return self.configuration.name

    @property
    def configuration_names(self) -> list[str]:
        return [self.configuration_name]

    @property
    def snapshots(self) -> tuple[float, ...]:
        return self.configuration.snapshots

    @property
    def total_steps(self) -> int:
        return self.configuration.total_steps

    @cached_property
    def places(self) -> list[dict[str, Any]]:
        """The points as `a2c.config.claims.locate` takes them."""
        return [
            {"snapshot": snapshot, ESTIMATOR: one.name, "n_envs": n_envs}
            for snapshot in self.snapshots
            for one in self.estimators
            for n_envs in self.n_envs
        ]

    @cached_property
    def point_names(self) -> list[str]:
        """`snapshot 0.1, estimator gae 0.95, n_envs 8` of each point."""
        return [", ".join(f"{axis} {value}" for axis, value in place.items()) for place in self.places]

    @property
    def point_environments(self) -> list[str]:
        """Empty: no measure of estimators is a return."""
        return [""] * len(self.places)

    @property
    def point_words(self) -> dict[str, str]:
        """By name of a point, what sentences call it."""
        heads = {one.name: one.label for one in self.estimators}
        units = {one.name: "episode" if one.kind == "reinforce" else "environment" for one in self.estimators}
        words = [
            f"{heads[name]}, {100 * snapshot:g} % of the budget, {n_envs} {units[name]}{'s' if n_envs > 1 else ''}"
            for snapshot, name, n_envs in (place.values() for place in self.places)
        ]
        return dict(zip(self.point_names, words, strict=True))

    @cached_property
    def baseline(self) -> dict[str, Any]:
        """The first snapshot, the largest number of environments, and the estimator that the runs were trained with.

        Without an estimator if that is none of the study's: a claim has to name one.
        """
        gae = self.configuration.advantage_estimator == "gae"
        n_steps = self.configuration.n_steps
        own = ("gae", n_steps, self.configuration.gae_lambda) if gae else ("n_step", n_steps, 1.0)
        named = [one.name for one in self.estimators if (one.kind, one.n_steps, one.gae_lambda) == own]
        found = {ESTIMATOR: named[0]} if named else {}
        return {"snapshot": self.snapshots[0], **found, "n_envs": self.n_envs[-1]}

    @property
    def keys(self) -> dict[str, Any]:
        """The keys that describe the study in a paper's file, with every field of its runs that has an effect."""
        base = self.configuration.model_dump(mode="json", exclude_defaults=True)
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "base": {name: value for name, value in base.items() if name != "snapshots"},
            "seeds": self.seeds,
            "snapshots": list(self.snapshots),
            "estimators": [one.name for one in self.estimators],
            "n_envs": self.n_envs,
            "batches": self.batches,
            "steps": self.steps,
            "reference_steps": self.reference_steps,
        }

    @property
    def numbers_from(self) -> dict[str, Any]:
        """What decides the numbers of a run at its points: all keys but words and seeds."""
        return {key: value for key, value in self.keys.items() if key not in WORDS}


def expand_gradients(
    entries: Sequence[dict[str, Any]],
    source: str,
    centres: Mapping[str, dict[str, Any]] = MappingProxyType({}),
    taken: Collection[str] = (),
) -> list[GradientStudy]:
    """The gradient studies of a paper, checked. ConfigError at the first mistake.

    `centres`: the fields of each centre of the paper; `taken`: names of its other studies.
    """
    studies: list[GradientStudy] = []
    for number, fields in enumerate(entries):
        name = fields.get("name")
        at = f"gradients.{name}" if isinstance(name, str) else f"gradients[{number}]"
        file = validate(GradientFile, fields, source, at)
        for study in _around_centres(file, centres, source, at):
            if study.name in (*taken, *(other.name for other in studies)):
                raise mistake(source, f"gradients[{number}].name", study.name, "a name that no other study has")
            studies.append(study)
    return studies


def _around_centres(
    file: GradientFile, centres: Mapping[str, dict[str, Any]], source: str, at: str
) -> list[GradientStudy]:
    """The study once for each of its centres, below whose fields are those of its base; itself if it has none."""
    title = file.title or f"Gradients: {file.name.replace('_', ' ')}"
    names = names_of_centres(file, centres, source, at)
    if not names:
        update = {"title": title, "base": with_centre(file.base, centres, source, f"{at}.base")}
        return [_expand(file.model_copy(update=update), source, at, file.name, "")]
    around = {
        name: file.model_copy(update={**named_after(file.name, title, name), "base": {**centres[name], **file.base}})
        for name in names
    }
    return [_expand(study, source, f"{at}[{name}]", file.name, name) for name, study in around.items()]


def _expand(study: GradientFile, source: str, at: str, group: str, centre: str) -> GradientStudy:
    if "snapshots" in study.base:
        raise mistake(source, f"{at}.base.snapshots", study.base["snapshots"], "none here, but in the study itself")
    configuration(study.base, source, f"{at}.base")
    runs = configuration({**study.base, "snapshots": study.snapshots}, source, at)
    for field, allowed in NOT_STUDIED.items():
        if (value := getattr(runs, field)) not in allowed:
            raise mistake(source, f"{at}.base.{field}", value, " or ".join(map(_shown, allowed)))
    if "reference_steps" in study.model_fields_set and study.reference_steps < study.steps:
        least = f"at least {study.steps}, the steps of each mean gradient"
        raise mistake(source, f"{at}.reference_steps", study.reference_steps, least)
    return GradientStudy(
        name=study.name,
        title=study.title,
        description=study.description,
        configuration=runs,
        seeds=checked_seeds(study.seeds, source, f"{at}.seeds"),
        estimators=parse_estimators(study.estimators, runs.n_steps, source, f"{at}.estimators"),
        n_envs=_increasing(study.n_envs, source, f"{at}.n_envs"),
        batches=study.batches,
        steps=study.steps,
        reference_steps=max(study.steps, study.reference_steps),
        group=group,
        centre=centre,
    )


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _increasing(values: Sequence[int], source: str, key: str) -> list[int]:
    if list(values) != sorted(set(values)):
        raise mistake(source, key, list(values), "numbers in increasing order, each once")
    return list(values)
