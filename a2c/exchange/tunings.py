"""Publishing tunings: the tables of all tuners' first repeats, as far as all tuners have come."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from a2c import untrusted
from a2c.config.errors import ConfigError
from a2c.config.tunings import REFERENCES, Tuning, expand_tunings
from a2c.runs.files import DamagedError, write_whole
from a2c.runs.tuning_study import FOLDER, REPEAT, place_of
from a2c.tuning.records import is_finished, read_job


def publish_tunings(tunings: Sequence[Tuning], results: Path, published: Path) -> None:
    """Copy the tables of the repeats that all tuners have finished, and of the references.

    DamagedError, naming the file, if a table is damaged.
    """
    finished = finished_repeats(tunings, results)
    for tuning in first_repeats(tunings, finished):
        for tuner, repeat in tuning.jobs:
            _copy(tuning, tuner, repeat, results / FOLDER / tuning.name, published / FOLDER / tuning.name)


def check_finished(tunings: Sequence[Tuning], results: Path) -> None:
    """DamagedError if there is nothing to publish of a tuning."""
    finished = finished_repeats(tunings, results)
    for tuning in tunings:
        if tuning.name not in finished:
            told = f"no repeat that all tuners{' and the references' if tuning.references else ''} have finished"
            raise DamagedError(f"{results / FOLDER / tuning.name}: {told}; `a2c plan` says how to tune the paper")


def check_no_other_jobs(tunings: Sequence[Tuning], published: Path) -> None:
    """ConfigError if `published` holds a job that is of none of the tunings, or a damaged one."""
    jobs = {f"{tuning.name}/{place_of(*job)}": (tuning, *job) for tuning in tunings for job in tuning.jobs}
    for path in sorted((published / FOLDER).glob(f"*/*/*/{REPEAT}")):
        job = jobs.get(path.parent.relative_to(published / FOLDER).as_posix())
        if job is None or not is_finished(job[0], published / FOLDER / job[0].name, *job[1:]):
            raise ConfigError(f"{path.parent}: of another tuning; allowed: jobs of this paper's tunings, or none")


def finished_repeats(tunings: Sequence[Tuning], results: Path) -> dict[str, int]:
    """By tuning, how many of the first repeats all tuners have finished; none where that is 0."""
    repeats = {tuning.name: _finished(tuning, results / FOLDER / tuning.name) for tuning in tunings}
    return {name: number for name, number in repeats.items() if number}


def first_repeats(tunings: Sequence[Tuning], repeats: Mapping[str, int]) -> list[Tuning]:
    """The tunings with so many repeats of each, by name; those that are not named are left out."""
    return [
        expand_tunings([{**tuning.keys, "repeats": repeats[tuning.name]}], tuning.source)[0]
        for tuning in tunings
        if tuning.name in repeats
    ]


def _finished(tuning: Tuning, folder: Path) -> int:
    """How many of the first repeats of this tuning all tuners have finished; 0 without the references."""
    if tuning.references and not is_finished(tuning, folder, REFERENCES, 0):
        return 0
    for repeat in range(tuning.repeats):
        if not all(is_finished(tuning, folder, tuner, repeat) for tuner in tuning.tuners):
            return repeat
    return tuning.repeats


def _copy(tuning: Tuning, tuner: str, repeat: int, folder: Path, target: Path) -> None:
    made = read_job(tuning, folder, tuner, repeat).made
    place = place_of(tuner, repeat)
    for name in (*made["files"], REPEAT):  # last what says that the others are whole
        write_whole(target / place / name, partial(untrusted.copy, folder / place / name))
