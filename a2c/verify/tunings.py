"""Audit of the jobs of tunings: their tables, whether the tuner asks for these trials, and their runs trained again."""

import math
from collections.abc import Sequence
from pathlib import Path

from a2c.config import ConfigError
from a2c.config.errors import EnvironmentFaultError
from a2c.config.tunings import REFERENCES, Tuning
from a2c.envs import Facts, check
from a2c.learn.trainer import same_bits_anywhere
from a2c.planning.memory import check_memory
from a2c.runs.files import DamagedError, one_line
from a2c.runs.tuning_study import PRUNED, RECORD, REPEAT, TESTS, TRIALS, place_of, read_tuning_record
from a2c.tuning.job import LIBRARIES, origin_of, where_it_runs
from a2c.tuning.records import Job, Row, read_job
from a2c.tuning.soundness import by_trial, check_same_runs, check_trials, is_possible, may_stop, same_bits
from a2c.tuning.tested import Test, configuration_of, planned_tests
from a2c.tuning.trials import DIVERGED, FINISHED, RUNGS, full_steps, train_seeds
from a2c.tuning.winners import is_over, is_used_up
from a2c.verify.again import NotMadeAgainError

TEST = ("budget", "trial", "reference", "configuration", "seed")  # columns that tell which test a row is
BY_MACHINE = "cmaes"  # computes eigenvectors, which differ between machines


def audit_job_line(folder: Path, retrain: bool) -> tuple[str, bool]:
    """The line to print about the audit of the job in `folder`, and whether it passed.

    `retrain`: train all its runs again; else one run of its tests, where any machine gives the same bits.
    """
    try:
        tuning = read_tuning_record(folder.parent.parent).tuning
        jobs = {place_of(tuner, repeat): (tuner, repeat) for tuner, repeat in tuning.jobs}
        place = f"{folder.parent.name}/{folder.name}"
        if place not in jobs:
            raise DamagedError(f"{folder}: not a job of {folder.parent.parent / RECORD}")
        job = read_job(tuning, folder.parent.parent, *jobs[place])
        return _audited(tuning, job, folder, retrain), True
    except (DamagedError, ConfigError, EnvironmentFaultError, NotMadeAgainError) as error:
        told = str(error)
    except Exception as error:  # forged rows may raise anything; the other jobs are audited all the same
        told = f"damaged ({one_line(error)})"
    return told if str(folder.parent) in told else f"{folder}: {told}", False


def _audited(tuning: Tuning, job: Job, folder: Path, retrain: bool) -> str:
    trials, tests = job.trials.to_pylist(), job.tests.to_pylist()
    check_trials(folder / TRIALS, tuning, job.tuner, job.repeat, trials)
    _check_budget(tuning, job, trials, folder)
    planned = planned_tests(tuning, job.tuner, trials)
    _check_tests(tuning, tests, planned, folder)
    n_trials = len({row["trial"] for row in trials})
    line = f"{folder}: {n_trials} trials and {len(tests)} tests fit each other{_asked(tuning, job, trials, folder)}"
    facts = check(tuning.base_configuration, str(folder.parent.parent / RECORD), "base")
    if retrain:
        _check_promised(tuning, job, folder)
        for rows in by_trial(trials):
            _train_trial(tuning, rows, facts, folder)
        for test in planned:
            _train_test(tuning, test, tests, facts, folder)
        return f"{line}; trained again: every run is the same"
    if planned and same_bits_anywhere(tuning.base_configuration):
        _train_test(tuning, planned[-1]._replace(seeds=planned[-1].seeds[-1:]), tests, facts, folder)
        return f"{line}; a run that was trained again is the same (--retrain: all)"
    return line


def _check_budget(tuning: Tuning, job: Job, trials: Sequence[Row], folder: Path) -> None:
    """DamagedError unless a search ends with the trial that uses up its budget, or with the last point of a grid."""
    if job.tuner == REFERENCES:
        return
    before = [row for row in trials if row["trial"] != trials[-1]["trial"]] if trials else []
    if is_used_up(before, tuning):
        raise DamagedError(f"{folder / TRIALS}: trials beyond the budget")
    if not is_over(trials, tuning, job.tuner):
        raise DamagedError(f"{folder / TRIALS}: the budget is not used up, trials are missing")


def _check_tests(tuning: Tuning, tests: Sequence[Row], planned: Sequence[Test], folder: Path) -> None:
    """DamagedError unless the tests are those of the winners, or of the references, and fit themselves."""
    expected = {
        _key({**columns, "seed": seed}): one.configuration
        for one in planned
        for columns in one.columns
        for seed in one.seeds
    }
    if sorted(map(_key, tests), key=str) != sorted(expected, key=str):
        raise DamagedError(f"{folder / TESTS}: not the tests of the winners of {TRIALS}")
    for row in tests:
        at = f"{folder / TESTS}: seed {row['seed']}"
        full = full_steps(expected[_key(row)])
        if not is_possible(tuning, row["score"]):
            raise DamagedError(f"{at}: its score is no number that {tuning.base_configuration.env_id} pays")
        if row["status"] == FINISHED:
            fits = row["steps"] == full or (may_stop(tuning) and 0 < row["steps"] <= full)
        else:
            fits = row["status"] == DIVERGED and row["score"] is None and 0 <= row["steps"] <= full
        if not fits:
            raise DamagedError(f"{at}: its status does not fit its score and steps")
    check_same_runs([(expected[_key(row)].canonical_json(), row) for row in tests], folder / TESTS)


def _asked(tuning: Tuning, job: Job, trials: Sequence[Row], folder: Path) -> str:
    """What is said of the tuner's choices. DamagedError if the same version of it asks for other trials.

    That of `BY_MACHINE` may do so on another machine once it computes eigenvectors, which is no damage.
    """
    if job.tuner == REFERENCES:
        return ""
    here = where_it_runs(tuning)
    other = [name for name in LIBRARIES if job.made["platform"].get(name) != here["platform"][name]]
    if other:
        return f" ({job.tuner} was not asked: {' and '.join(other)} have other versions here)"
    from a2c.tuning.search import OtherTrialsError, retell  # imports Optuna
    from a2c.tuning.tuners import Tuner

    try:
        retell(Tuner(tuning, job.tuner, job.repeat), trials)
    except OtherTrialsError as error:
        if job.tuner == BY_MACHINE and error.has_other_values and error.trial >= _first_generation(tuning):
            return f" ({job.tuner} asks for others here, as it may on another machine: {error})"
        raise DamagedError(f"{folder / TRIALS}: {job.tuner} does not ask for these trials here: {error}") from None
    return f", and {job.tuner} asks for these trials"


def _first_generation(tuning: Tuning) -> int:
    """The trials of CMA-ES before it learns from them: a drawn one, then a population (Hansen 2016, table 1)."""
    return 1 + 4 + math.floor(3 * math.log(len(tuning.space)))


def _check_promised(tuning: Tuning, job: Job, folder: Path) -> None:
    """NotMadeAgainError unless training the runs here has to give their bits."""
    here, there = (origin_of(tuning, made) for made in (where_it_runs(tuning), job.made))
    if here["bits"] != there["bits"] or (not same_bits_anywhere(tuning.base_configuration) and here != there):
        raise NotMadeAgainError(f"{folder}: cannot be made again here; {REPEAT} tells another machine or other code")


def _train_trial(tuning: Tuning, rows: Sequence[Row], facts: Facts, folder: Path) -> None:
    """Train a trial again. DamagedError if a row differs."""
    from a2c.tuning.search import rows_of  # imports Optuna

    config, last = configuration_of(rows[0]), len(rows[0]["rung_scores"])
    was_pruned = rows[0]["status"] == PRUNED
    check_memory(config, len(rows), facts, f"{folder / TRIALS}: trial {rows[0]['trial']}")
    runs = train_seeds(
        config,
        [row["seed"] for row in rows],
        facts,
        tuning.measure,
        at_rung=lambda rung, scores: was_pruned and rung == RUNGS[last - 1],
    )
    again = rows_of(tuning, rows[0]["trial"], config, runs)
    for old, new in zip(rows, again, strict=True):
        if not same_bits(old, new):
            raise DamagedError(f"{folder / TRIALS}: training trial {old['trial']}, seed {old['seed']} again differs")


def _train_test(tuning: Tuning, test: Test, tests: Sequence[Row], facts: Facts, folder: Path) -> None:
    """Train some test seeds again. DamagedError if a row differs."""
    recorded = {_key(row): row for row in tests}
    check_memory(test.configuration, len(test.seeds), facts, str(folder / TESTS))
    for new in test.rows(train_seeds(test.configuration, test.seeds, facts, tuning.measure)):
        if not same_bits(recorded[_key(new)], new):
            raise DamagedError(f"{folder / TESTS}: training seed {new['seed']} again differs")


def _key(row: Row) -> tuple[object, ...]:
    return tuple(row.get(name) for name in TEST)
