"""`tuning.json`: a tuning as a typed record. Imports nothing heavy, as the Snakefile describes it too."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from a2c.config.tunings import Tuning, expand_tunings
from a2c.runs.study import read_record, sealed_text

FOLDER = "tunings"  # of all tunings, below that of the results
RECORD = "tuning.json"
TRIALS, TESTS = "trials.parquet", "tests.parquet"  # of a repeat
REPEAT = "repeat.json"  # what a repeat was made with, and the checksums of its tables
# Status of a trial: trained to its end, stopped early, or without a score.
COMPLETE, PRUNED, FAILED = "complete", "pruned", "failed"


@dataclass(frozen=True)
class TuningRecord:
    """A tuning as `tuning.json` describes it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    keys: dict[str, Any]  # of the tuning, as a paper's file has them
    reward_threshold: float | None = None  # mean return at which the environment counts as solved

    @cached_property
    def tuning(self) -> Tuning:
        """The tuning that the keys describe."""
        return expand_tunings([self.keys], RECORD)[0]

    @property
    def name(self) -> str:
        return self.tuning.name

    @property
    def title(self) -> str:
        return self.tuning.title

    @property
    def description(self) -> str:
        return self.tuning.description

    @property
    def text(self) -> str:
        """The content of `tuning.json`."""
        return sealed_text(_RECORD.dump_python(self, mode="json"))


_RECORD = TypeAdapter(TuningRecord)


def read_tuning_record(folder: Path) -> TuningRecord:
    """The tuning in `folder`. DamagedError, naming the file and the key, unless tuning.json is whole."""
    return read_record(folder / RECORD, _RECORD)


def place_of(tuner: str, repeat: int) -> str:
    """The folder of one job, below that of the tuning. The references are repeat 0 of their own."""
    return f"{tuner}/repeat-{repeat}"
