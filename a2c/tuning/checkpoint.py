"""The checkpoint of a job of a tuning: what is trained so far, checked as it is read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from a2c.config.errors import ConfigError, validate
from a2c.config.tunings import REFERENCES, Tuning
from a2c.runs.files import DamagedError, one_line, read_sealed, sealed, write_text
from a2c.tuning.records import Row, check_rows, tests_schema, trials_schema
from a2c.tuning.soundness import check_trials
from a2c.tuning.tested import planned_tests
from a2c.tuning.winners import is_over


class Checkpoint(BaseModel):
    """What a job has done."""

    model_config = ConfigDict(strict=True)

    origin: dict[str, Any]  # what a job that goes on must share, or the bits would differ
    seconds: float = Field(ge=0, allow_inf_nan=False)
    trials: list[Row]
    tests: list[Row]
    n_tested: int = Field(ge=0)  # of `planned_tests`


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    write_text(path, sealed(checkpoint.model_dump()))


def read_checkpoint(path: Path, tuning: Tuning, tuner: str, repeat: int, origin: Mapping[str, Any]) -> Checkpoint:
    """The checkpoint of a tuner's repeat. DamagedError, naming the file, if this job cannot go on from it."""
    try:
        saved = validate(Checkpoint, read_sealed(path), str(path))
    except ConfigError as error:
        raise DamagedError(str(error)) from None
    if saved.origin != origin:
        raise DamagedError(f"{path}: of another tuning, code or machine")
    check_rows(path, saved.trials, trials_schema(tuning))
    check_rows(path, saved.tests, tests_schema(tuner))
    try:
        check_trials(path, tuning, tuner, repeat, saved.trials)
        fits = _are_tests(saved, tuning, tuner)
    except ConfigError as error:
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None
    if not fits:
        raise DamagedError(f"{path}: damaged (its tests do not fit its trials)")
    return saved


def _are_tests(saved: Checkpoint, tuning: Tuning, tuner: str) -> bool:
    """Whether the tests are the first of those that follow from the trials. There are none before the search ends."""
    if saved.n_tested and tuner != REFERENCES and not is_over(saved.trials, tuning, tuner):
        return False
    planned = planned_tests(tuning, tuner, saved.trials)
    expected = [
        {**columns, "seed": seed}
        for test in planned[: saved.n_tested]
        for columns in test.columns
        for seed in test.seeds
    ]
    found = [{name: row[name] for name in columns} for columns, row in zip(expected, saved.tests, strict=False)]
    return saved.n_tested <= len(planned) and len(saved.tests) == len(expected) and found == expected
