"""Audit of the jobs of tunings: good ones pass, forged ones do not, though their checksums fit."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from a2c.cli import main
from a2c.config.tunings import Tuning
from a2c.planning import memory
from a2c.runs.files import DamagedError, sealed
from a2c.tuning.job import tune
from a2c.tuning.records import Row, read_job, write_job
from a2c.tuning.search import OtherTrialsError, retell
from a2c.tuning.tuners import Tuner
from a2c.verify.tunings import _asked, audit_job_line
from tests.tuning.small import SPACE, written

JOBS = [("tpe", 0), ("hyperband", 1), ("references", 0)]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tuning, Path]:
    tuning, folder = written(tmp_path_factory.mktemp("tuned"), test_seeds="100-101")
    for tuner, repeat in JOBS:
        tune(folder, tuner, repeat, print)
    return tuning, folder


def test_an_audit_passes_all_kinds_of_jobs(tuned: tuple[Tuning, Path], capsys: pytest.CaptureFixture[str]) -> None:
    main(["audit", str(tuned[1].parent.parent), "--cores", "1", "--retrain"])
    told = capsys.readouterr().out
    assert told.count("trained again: every run is the same") == 3
    assert "and tpe asks for these trials" in told


def test_a_run_that_does_not_fit_into_memory_is_not_trained(
    tuned: tuple[Tuning, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 1000)
    for retrain in (False, True):
        line, passed = audit_job_line(tuned[1] / "tpe" / "repeat-0", retrain)
        assert not passed
        assert "is not allowed; allowed: what fits into this machine; one seed needs" in line


Change = Callable[[list[Row], list[Row]], Any]  # of the trials and the tests


def forged(tuned: tuple[Tuning, Path], to: Path, job: tuple[str, int], change: Change) -> Path:
    """A copy in which one job has changed rows, with checksums that fit."""
    tuning, folder = tuned
    copy = to / "tunings" / tuning.name
    shutil.copytree(folder, copy)
    held = read_job(tuning, copy, *job)
    trials, tests = held.trials.to_pylist(), held.tests.to_pylist()
    change(trials, tests)
    place = copy / job[0] / f"repeat-{job[1]}"
    made = {key: value for key, value in held.made.items() if key not in ("files", "sha256")}
    write_job(tuning, place, job[0], trials, tests, made)
    return place


def better(rows: list[Row]) -> None:
    """Raise the scores of the worst trial."""
    worst = min(row["trial_score"] for row in rows)
    for row in [row for row in rows if row["trial_score"] == worst]:
        row["score"] += 100
        row["trial_score"] += 100


def fail_the_best(trials: list[Row], tests: list[Row]) -> None:
    """Declare the best trial failed, with all its scores; the tests are those of the next one."""
    best = max(trials, key=lambda row: row["trial_score"])["trial"]
    for row in [row for row in trials if row["trial"] == best]:
        row.update(status="failed", trial_score=None)


def end_the_search(trials: list[Row], tests: list[Row]) -> None:
    """Let the first trial that was ended early use up the budget."""
    first = next(row["trial"] for row in trials if row["status"] == "pruned")
    del trials[2 * (first + 1) :]
    for row in trials[-2:]:
        row.update(steps=1200, cost=1.0)


def shift(rows: list[Row], name: str, by: Any) -> None:
    rows[0][name] += by


FORGERIES: dict[str, tuple[Change, str]] = {
    "a better trial": (lambda trials, tests: better(trials), "not the tests of the winners"),
    "a better seed": (
        lambda trials, tests: shift(trials, "score", 1),
        "its score is not the mean of its seeds' scores",
    ),
    "a missing trial": (lambda trials, tests: trials.__delitem__(slice(0, 2)), "a trial is missing"),
    "a missing test": (lambda trials, tests: tests.pop(), "not the tests of the winners"),
    "other values": (
        lambda trials, tests: [row.update({"field.n_steps": "5"}) for row in trials[:2]],
        "its fields are not those of its configuration",
    ),
    "a search cut short": (lambda trials, tests: trials.__delitem__(slice(-2, None)), "the budget is not used up"),
    "no trials": (lambda trials, tests: (trials.clear(), tests.clear()), "the budget is not used up"),
    "more trials than the budget gives": (
        lambda trials, tests: trials.extend({**row, "trial": row["trial"] + 1} for row in trials[-2:]),
        "trials beyond the budget",
    ),
    "a cheaper trial": (lambda trials, tests: trials[0].update(cost=0.2), "its status does not fit its scores"),
    "a cost beyond all numbers": (lambda trials, tests: trials[0].update(cost=1e308), "its status does not fit"),
    "fewer steps": (lambda trials, tests: trials[0].update(steps=600, cost=0.5), "its status does not fit its scores"),
    "an infinite score": (
        lambda trials, tests: [row.update(score=1e999, trial_score=1e999) for row in trials[:2]],
        "its status does not fit its scores",
    ),
    "a failed test with a score": (
        lambda trials, tests: tests[0].update(status="diverged"),
        "tests.parquet: seed 100: its status does not fit its score",
    ),
    "a test without an end": (
        lambda trials, tests: tests[0].update(status="good"),
        "its status does not fit its score",
    ),
    "an infinite test": (lambda trials, tests: tests[0].update(score=1e999), "its score is no number that CartPole-v1"),
    "a test beyond all returns": (
        lambda trials, tests: tests[0].update(score=501.0),
        "its score is no number that Cart",
    ),
    "a test that ends too early": (
        lambda trials, tests: tests[0].update(steps=5),
        "tests.parquet: seed 100: its status does not fit its score and steps",
    ),
    "a test with more steps than its budget": (
        lambda trials, tests: tests[0].update(status="diverged", score=None, steps=1201),
        "its status does not fit its score and steps",
    ),
    "a better test of one of two budgets that the same trial wins": (
        lambda trials, tests: shift(tests, "score", 1),
        "tests.parquet: seed 100: the same configuration has two results",
    ),
    "a trial beyond all returns": (
        lambda trials, tests: [row.update(score=501.0, trial_score=501.0) for row in trials[:2]],
        "its status does not fit its scores",
    ),
    "the best trial failed": (fail_the_best, "its status does not fit its scores"),
    "no score": (lambda trials, tests: trials[0].update(score=None), "its status does not fit its scores"),
    "another status": (lambda trials, tests: trials[0].update(status="good"), "its status does not fit its scores"),
    "no configuration": (lambda trials, tests: trials[0].update(configuration="[" * 9999), "configuration: "),
    "another field": (
        lambda trials, tests: [
            row.update(configuration=row["configuration"].replace('"gamma":0.99', '"gamma":0.9')) for row in trials[:2]
        ],
        "its configuration is not within the space",
    ),
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_an_audit_finds_what_does_not_fit(tuned: tuple[Tuning, Path], tmp_path: Path, kind: str) -> None:
    change, words = FORGERIES[kind]
    line, passed = audit_job_line(forged(tuned, tmp_path, ("tpe", 0), change), retrain=False)
    assert not passed
    assert words in line


@pytest.mark.parametrize(
    "change",
    [
        end_the_search,
        lambda trials, tests: [row.update(rung_scores=[]) for row in trials if row["status"] == "complete"],
        lambda trials, tests: [row["rung_scores"].pop() for row in trials[:2]],
        lambda trials, tests: [
            row.update(steps=row["steps"] + 4, cost=(row["steps"] + 4) / 1200)
            for row in trials
            if row["status"] == "pruned"
        ],
    ],
    ids=["a search cut short", "no rungs", "a rung less", "a later end"],
)
def test_an_audit_finds_rungs_that_do_not_fit_the_end_of_a_trial(
    tuned: tuple[Tuning, Path], tmp_path: Path, change: Change
) -> None:
    line, passed = audit_job_line(forged(tuned, tmp_path, ("hyperband", 1), change), retrain=False)
    assert not passed
    assert "its rungs do not fit its status and steps" in line


def test_runs_that_stop_by_themselves_pass(tmp_path: Path) -> None:
    """Some trials are over before the first rung, and in some one seed is."""
    base = {"total_steps": 9000, "n_envs": 8, "hidden_sizes": [4], "eval_episodes": 1, "stop_return": 22}
    space = {"learning_rate": {"low": 1e-3, "high": 1e-1, "log": True}, "gamma": {"low": 0.9, "high": 0.99}}
    keys = {"base": base, "space": space, "grid": {}, "tuners": ["asha"], "trials": 2, "repeats": 1, "references": {}}
    tuning, folder = written(tmp_path, **keys, small_budgets=[])
    tune(folder, "asha", 0, print)
    trials = read_job(tuning, folder, "asha", 0).trials.to_pylist()
    over = [row for row in trials if not row["rung_scores"]]
    assert over
    assert {row["status"] for row in over} == {"complete"}
    assert audit_job_line(folder / "asha" / "repeat-0", retrain=True)[1]


def test_training_again_finds_numbers_that_fit_each_other_but_are_not_true(
    tuned: tuple[Tuning, Path], tmp_path: Path
) -> None:
    def change(trials: list[Row], tests: list[Row]) -> None:
        for row in [row for row in tests if row["seed"] == 100]:
            row["score"] += 1

    place = forged(tuned, tmp_path / "tests", ("tpe", 0), change)
    assert audit_job_line(place, retrain=False)[1]
    line, passed = audit_job_line(place, retrain=True)
    assert not passed
    assert line.endswith("tests.parquet: training seed 100 again differs")

    def swap(trials: list[Row], tests: list[Row]) -> None:
        trials[0]["content"] = trials[1]["content"]

    place = forged(tuned, tmp_path / "trials", ("hyperband", 1), swap)
    assert audit_job_line(place, retrain=True)[0].endswith("trials.parquet: training trial 0, seed 2 again differs")


def test_trials_that_the_tuner_would_not_ask_for_are_found(tuned: tuple[Tuning, Path], tmp_path: Path) -> None:
    """The trials of another repeat, with the seeds of this one."""
    tuning, folder = tuned
    other = read_job(tuning, folder, "hyperband", 1)

    def change(trials: list[Row], tests: list[Row]) -> None:
        for old, new in zip(trials, other.trials.to_pylist(), strict=False):
            old.update(
                {name: new[name] for name in new if name.startswith("field.")}, configuration=new["configuration"]
            )

    line, passed = audit_job_line(forged(tuned, tmp_path, ("tpe", 0), change), retrain=False)
    assert not passed
    assert "tpe does not ask for these trials here: trial 0: other values" in line


def test_references_with_other_settings_are_found(tuned: tuple[Tuning, Path], tmp_path: Path) -> None:
    def change(trials: list[Row], tests: list[Row]) -> None:
        tests[0]["configuration"] = tests[0]["configuration"].replace('"n_envs":4', '"n_envs":2')

    line, passed = audit_job_line(forged(tuned, tmp_path, ("references", 0), change), retrain=False)
    assert not passed
    assert "not the tests of the winners" in line


def test_a_trial_that_was_ended_by_hindsight_is_found(tuned: tuple[Tuning, Path]) -> None:
    tuning, folder = tuned
    trials = read_job(tuning, folder, "tpe", 0).trials.to_pylist()
    retell(Tuner(tuning, "tpe", 0), trials)
    for row in trials[:2]:
        row["status"] = "pruned"
    with pytest.raises(OtherTrialsError, match="trial 0: it was ended early, which this tuner does not do"):
        retell(Tuner(tuning, "tpe", 0), trials)


@pytest.mark.parametrize("copy", ["repeat-00", "0", "repeat-1.5"])
def test_a_copy_of_a_job_under_another_name_is_no_job(copy: str, tuned: tuple[Tuning, Path], tmp_path: Path) -> None:
    place = forged(tuned, tmp_path, ("tpe", 0), lambda trials, tests: None)
    place.rename(place.with_name(copy))
    line, passed = audit_job_line(place.with_name(copy), retrain=False)
    assert not passed
    assert line.startswith(f"{place.with_name(copy)}: not a job of ")


def test_a_job_that_raises_anything_is_one_line_with_its_folder(tuned: tuple[Tuning, Path], tmp_path: Path) -> None:
    place = forged(tuned, tmp_path, ("tpe", 0), lambda trials, tests: None)
    made = json.loads((place / "repeat.json").read_text())
    (place / "repeat.json").write_text(sealed({**{k: v for k, v in made.items() if k != "sha256"}, "code": {}}))
    line, passed = audit_job_line(place, retrain=True)
    assert not passed
    assert line.startswith(f"{place}: damaged (")
    assert len(line.splitlines()) == 1


def test_a_tuner_that_asks_for_other_trials_is_damage(tuned: tuple[Tuning, Path]) -> None:
    tuning, folder = tuned
    tune(folder, "cmaes", 0, print)
    for tuner in ("cmaes", "tpe"):
        job = read_job(tuning, folder, tuner, 0)
        assert _asked(tuning, job, job.trials.to_pylist(), folder) == f", and {tuner} asks for these trials"
        job = replace(job, repeat=1)  # whose draws are others
        with pytest.raises(DamagedError, match=f"{tuner} does not ask for these trials here: trial 0: other values"):
            _asked(tuning, job, job.trials.to_pylist(), folder)


def test_cma_es_may_ask_for_other_trials_on_another_machine_from_its_second_population_on(tmp_path: Path) -> None:
    """With two fields these begin at trial 7: a drawn one, then 4 + 3 log(2) of the first population."""
    space = {name: SPACE[name] for name in ("learning_rate", "n_steps")}
    tuning, folder = written(tmp_path, space=space, grid={}, tuners=["cmaes"], trials=10, seeds_per_trial=1, repeats=1)
    tune(folder, "cmaes", 0, print)
    job = read_job(tuning, folder, "cmaes", 0)
    for first, told in ((6, "damage"), (7, " (cmaes asks for others here, as it may on another machine: trial 7: ")):
        trials = job.trials.to_pylist()
        trials[first]["configuration"], trials[9]["configuration"] = (
            trials[9]["configuration"],
            trials[first]["configuration"],
        )
        if told == "damage":
            with pytest.raises(DamagedError, match="cmaes does not ask for these trials here: trial 6: other values"):
                _asked(tuning, job, trials, folder)
        else:
            assert _asked(tuning, job, trials, folder).startswith(told)
