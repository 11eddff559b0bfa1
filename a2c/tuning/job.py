"""One job of a tuning: a tuner's repeat, from its first trial to the tests of its winners; or the references' runs.

After each trial a checkpoint is written. A job that was killed tells a new tuner of the trials in the checkpoint, in
their order, which takes it to where it was: at most one trial is lost, and the tables have the same bytes.
"""

import time
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from a2c.config.tunings import REFERENCES, Tuning
from a2c.envs import Facts, check
from a2c.learn.trainer import bits_of, determinism_of
from a2c.runs import manifest
from a2c.runs.files import DamagedError, locked
from a2c.runs.training import peak_memory
from a2c.runs.tuning_study import RECORD, REPEAT, place_of, read_tuning_record
from a2c.temporary import sweep
from a2c.terminal import Say
from a2c.tuning.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from a2c.tuning.records import AGAIN, Row, hash_of, read_job, write_job
from a2c.tuning.tested import in_order, planned_tests
from a2c.tuning.trials import train_seeds
from a2c.tuning.winners import used_runs

CHECKPOINT = "checkpoint.json"
WITHOUT_SCORE = "failed, as a seed diverged or finished no episode"
LIBRARIES = ("optuna", "cmaes")


def tune(folder: Path, tuner: str, repeat: int, say: Say, registration: Mapping[str, str] | None = None) -> None:
    """Run the job of a tuner's repeat of the tuning in `folder`, unless its tables are there already.

    `folder` is RESULTS/tunings/NAME. `registration`: of the tests that the job is for. Raises DamagedError if
    tuning.json is damaged, ConfigError if two values of the space do not fit each other.
    """
    tuning = read_tuning_record(folder).tuning
    place = folder / place_of(tuner, repeat)
    place.mkdir(parents=True, exist_ok=True)
    with locked(place, on_wait=lambda: say(f"{place}: another process is tuning here; waiting for it"), warn=say):
        sweep(place)
        if not _is_done(tuning, folder, tuner, repeat, say):
            job = Job(tuning, place, tuner, repeat, say)
            job.run()
            made = {**job.made(), "registration": registration}
            write_job(tuning, place, tuner, job.trials, in_order(job.tests), made)
        (place / CHECKPOINT).unlink(missing_ok=True)


def _is_done(tuning: Tuning, folder: Path, tuner: str, repeat: int, say: Say) -> bool:
    """Whether the job's tables are there; they are made again if they are damaged or of another tuning."""
    path = folder / place_of(tuner, repeat) / REPEAT
    if not path.exists():
        return False
    try:
        made = read_job(tuning, folder, tuner, repeat).made
        if made["bits"] != bits_of(tuning.base_configuration):
            raise DamagedError(f"{path}: made by another arithmetic")
    except DamagedError as error:
        say(f"{str(error).removesuffix(AGAIN)}; starting over")
        return False
    for file in (*made["files"], REPEAT):
        (path.parent / file).touch()  # newer than the tuning, to which repeats may have been added
    say(f"{path.parent}: already tuned")
    return True


class Job:
    """A job, from where its checkpoint ends."""

    def __init__(self, tuning: Tuning, place: Path, tuner: str, repeat: int, say: Say) -> None:
        self.tuning, self.place, self.tuner, self.repeat, self.say = tuning, place, tuner, repeat, say
        self.facts: Facts = check(tuning.base_configuration, str(place.parent / RECORD), "base")
        self.where = where_it_runs(tuning)
        self.trials: list[Row] = []
        self.tests: list[Row] = []
        self.n_tested = 0  # of `planned_tests`
        self.seconds = 0.0  # of earlier sessions
        self._start = time.monotonic()
        self._resume()

    def run(self) -> None:
        """All that is left to do."""
        if self.tuner != REFERENCES:
            self._search()
        for test in planned_tests(self.tuning, self.tuner, self.trials)[self.n_tested :]:
            self.tests += test.rows(train_seeds(test.configuration, test.seeds, self.facts, self.tuning.measure))
            self.n_tested += 1
            self._save()

    def made(self) -> dict[str, Any]:
        """What `repeat.json` says of the job, but the checksums of its tables."""
        return {
            **self._identity(),
            **self.where,
            "timings": {"seconds": round(self._seconds(), 3), "peak_memory_bytes": peak_memory()},
        }

    def _search(self) -> None:
        from a2c.tuning.search import OtherTrialsError, search  # imports Optuna

        try:
            self._add_trials(search(self.tuning, self.tuner, self.repeat, self.facts, self.trials))
        except OtherTrialsError as error:
            self.say(f"{self.place / CHECKPOINT}: {self.tuner} does not ask for the same here ({error}); starting over")
            self.trials, self.tests, self.n_tested = [], [], 0
            self._add_trials(search(self.tuning, self.tuner, self.repeat, self.facts, []))

    def _add_trials(self, trials: Iterator[list[Row]]) -> None:
        budget = self.tuning.trials * self.tuning.seeds_per_trial
        for rows in trials:
            self.trials += rows
            self._save()
            number, score = rows[0]["trial"], rows[0]["trial_score"]
            told = WITHOUT_SCORE if score is None else f"{rows[0]['status']}, {score:.4g}"
            used = used_runs(self.trials) / budget
            self.say(f"{self.place}: trial {number}: {told}; {used:.0%} of the budget")

    # ---------------------------------------------------------------------------------------------------- checkpoints

    def _seconds(self) -> float:
        return self.seconds + time.monotonic() - self._start

    def _identity(self) -> dict[str, Any]:
        return {"tuning": hash_of(self.tuning, self.tuner), "tuner": self.tuner, "repeat": self.repeat}

    def _origin(self) -> dict[str, Any]:
        """What a checkpoint must share with a job that goes on from it, or the bits would differ."""
        return {**self._identity(), **origin_of(self.tuning, self.where)}

    def _save(self) -> None:
        saved = Checkpoint(
            origin=self._origin(),
            seconds=self._seconds(),
            trials=self.trials,
            tests=self.tests,
            n_tested=self.n_tested,
        )
        write_checkpoint(self.place / CHECKPOINT, saved)

    def _resume(self) -> None:
        path = self.place / CHECKPOINT
        if not path.exists():
            return
        try:
            saved = read_checkpoint(path, self.tuning, self.tuner, self.repeat, self._origin())
        except DamagedError as error:
            self.say(f"{error}; starting over")
            return
        self.trials, self.tests, self.n_tested = saved.trials, saved.tests, saved.n_tested
        self.seconds = saved.seconds
        n_trials = len({row["trial"] for row in self.trials})
        self.say(f"{self.place}: going on after {n_trials} trials and {len(self.tests)} tests")


def where_it_runs(tuning: Tuning) -> dict[str, Any]:
    """Arithmetic, code, environment, libraries and machine, as `repeat.json` tells them."""
    config = tuning.base_configuration
    where = {"bits": bits_of(config), "determinism": determinism_of(config), **manifest.where_it_runs(config)}
    where["platform"] |= {library: metadata.version(library) for library in LIBRARIES}
    return where


def origin_of(tuning: Tuning, made: Mapping[str, Any]) -> dict[str, Any]:
    """What decides the numbers of a job beside the tuning: `manifest.origin`, and the libraries of the tuners."""
    libraries = {library: made["platform"][library] for library in LIBRARIES}
    config = tuning.base_configuration.model_dump()
    return {**manifest.origin({"configuration": config, **made}), "libraries": libraries}
