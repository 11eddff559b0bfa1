"""`gradients.json`: a gradient study as a typed record. Imports nothing heavy, as the Snakefile describes it too."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from a2c.config.gradients import Estimator, GradientStudy, expand_gradients
from a2c.runs.study import read_record, sealed_text

RECORD = "gradients.json"
ESTIMATES = "estimates.parquet"  # of all runs
RUNS = "runs"  # folder of the measurements of single runs, below that of a study


@dataclass(frozen=True)
class GradientRecord:
    """A gradient study as `gradients.json` describes it: what is measured, and where its runs lie."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    keys: dict[str, Any]  # of the study, as a paper's file has them
    configuration: str  # the name of the runs' configuration
    blocks: list[str]  # folders of its seed blocks, below the folder of all runs

    @cached_property
    def study(self) -> GradientStudy:
        """The study that the keys describe."""
        return expand_gradients([self.keys], RECORD)[0]

    @property
    def name(self) -> str:
        return self.study.name

    @property
    def title(self) -> str:
        return self.study.title

    @property
    def description(self) -> str:
        return self.study.description

    @property
    def estimators(self) -> list[Estimator]:
        return self.study.estimators

    @property
    def text(self) -> str:
        """The content of `gradients.json`."""
        return sealed_text(_RECORD.dump_python(self, mode="json"))


_RECORD = TypeAdapter(GradientRecord)


def read_gradient_record(folder: Path) -> GradientRecord:
    """The gradient study in `folder`. DamagedError, naming the file and the key, unless gradients.json is whole."""
    return read_record(folder / RECORD, _RECORD)


def part_of(seed: int) -> str:
    """The file of one run's estimates, below the folder of the study; without its suffix."""
    return f"{RUNS}/seed-{seed}"


def keys_of(study: GradientStudy) -> dict[str, Any]:
    """The keys that describe a study, with every field of its runs that has an effect."""
    base = {
        name: value
        for name, value in study.configuration.model_dump(mode="json", exclude_defaults=True).items()
        if name != "snapshots"
    }
    return {
        "name": study.name,
        "title": study.title,
        "description": study.description,
        "base": base,
        "seeds": study.seeds,
        "snapshots": list(study.snapshots),
        "estimators": [one.name for one in study.estimators],
        "n_envs": study.n_envs,
        "batches": study.batches,
        "steps": study.steps,
        "reference_steps": study.reference_steps,
    }
