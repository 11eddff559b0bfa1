"""`gradients.json`: a gradient study as a typed record. Imports nothing heavy, as the Snakefile describes it too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter

from a2c.config.claims import Claim
from a2c.config.gradients import Estimator, GradientStudy, expand_gradients
from a2c.config.registration import StudyRegistration
from a2c.runs.study import read_record, sealed_text

RECORD = "gradients.json"
ESTIMATES = "estimates.parquet"  # of all runs
RUNS = "runs"  # folder of the measurements of single runs, below that of a study


@dataclass(frozen=True)
class GradientRecord:
    """A gradient study as `gradients.json` describes it: what is measured, and where its runs lie."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    kind: ClassVar[str] = "gradients"
    looks: ClassVar[Sequence[int]] = ()  # its tests are made once

    keys: dict[str, Any]  # of the study, as a paper's file has them
    configuration: str  # the name of the runs' configuration
    blocks: list[str]  # folders of its seed blocks, below the folder of all runs
    claims: list[Claim] = field(default_factory=list)
    registration: StudyRegistration | None = None  # of the paper's tests
    group: str = ""  # its name in the paper's file, which studies around several centres share; empty without centres
    centre: str = ""  # that it is made around

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
    def seeds(self) -> list[int]:
        return self.study.seeds

    @property
    def places(self) -> list[dict[str, Any]]:
        """The points as `a2c.config.claims.locate` takes them."""
        return self.study.places

    @property
    def baseline(self) -> Mapping[str, Any]:
        return self.study.baseline

    @property
    def point_names(self) -> list[str]:
        return self.study.point_names

    @property
    def point_environments(self) -> list[str]:
        return self.study.point_environments

    @property
    def point_words(self) -> dict[str, str]:
        """By name of a point, what sentences call it."""
        return self.study.point_words

    @property
    def total_steps(self) -> int:
        return self.study.total_steps

    @property
    def text(self) -> str:
        """The content of `gradients.json`; what a study may have, and does not, is left out."""
        content = _RECORD.dump_python(self, mode="json")
        optional = ("claims", "registration", "group", "centre")
        return sealed_text({name: value for name, value in content.items() if value or name not in optional})


_RECORD = TypeAdapter(GradientRecord)


def read_gradient_record(folder: Path) -> GradientRecord:
    """The gradient study in `folder`. DamagedError, naming the file and the key, unless gradients.json is whole."""
    return read_record(folder / RECORD, _RECORD)


def part_of(seed: int) -> str:
    """The file of one run's estimates, below the folder of the study; without its suffix."""
    return f"{RUNS}/seed-{seed}"
