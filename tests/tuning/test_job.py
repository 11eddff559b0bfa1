"""A job of a tuning: its tables, the same bytes after kills, damage."""

import json
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from a2c.cli import main
from a2c.config.tunings import REFERENCES, Tuning
from a2c.runs.files import DamagedError, read_sealed, sealed
from a2c.runs.tuning_study import REPEAT, TESTS, TRIALS
from a2c.tuning.job import CHECKPOINT, Job, tune
from a2c.tuning.records import is_finished, read_job, read_references, read_tests, read_trials
from a2c.tuning.winners import used_runs
from tests.commands import Command, paused
from tests.pauses import Pause
from tests.tuning.small import SPACE, tuning_of, written


def bytes_of(place: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(place.glob("*.parquet"))}


@pytest.mark.parametrize("tuner", ["tpe", "hyperband"])
def test_a_job_spends_its_budget_and_tests_its_winners(tmp_path: Path, tuner: str) -> None:
    tuning, folder = written(tmp_path)
    tune(folder, tuner, 1, print)
    job = read_job(tuning, folder, tuner, 1)
    trials = job.trials.to_pylist()
    spent = used_runs(trials)
    assert 12 <= spent < 14  # six trials of two seeds; the last one may begin just before
    assert {row["seed"] for row in trials} == {2, 3}
    assert [row["trial"] for row in trials[::2]] == list(range(len(trials) // 2))
    tests = job.tests.to_pylist()
    assert [(row["budget"], row["seed"]) for row in tests] == [(b, s) for b in (2, 6) for s in (100, 101, 102)]
    best = max((row for row in trials if row["status"] == "complete"), key=lambda row: row["trial_score"])
    assert {row["trial"] for row in tests if row["budget"] == 6} == {best["trial"]}
    assert best["trial_score"] == sum(row["score"] for row in trials if row["trial"] == best["trial"]) / 2


def test_the_references_are_trained_on_the_test_seeds(tmp_path: Path) -> None:
    tuning, folder = written(tmp_path)
    tune(folder, REFERENCES, 0, print)
    rows = read_references(tuning, folder).to_pylist()
    assert [(row["reference"], row["seed"]) for row in rows] == [
        (name, seed) for name in ("article", "calm") for seed in (100, 101, 102)
    ]
    assert json.loads(rows[-1]["configuration"])["learning_rate"] == 1e-5


def test_the_tables_of_all_jobs_are_read_together(tmp_path: Path) -> None:
    tuning, folder = written(tmp_path, tuners=["grid", "random"], small_budgets=[], test_seeds="100-101")
    for tuner, repeat in tuning.jobs:
        tune(folder, tuner, repeat, print)
    trials, tests = read_trials(tuning, folder).to_pandas(), read_tests(tuning, folder).to_pandas()
    assert trials.groupby(["tuner", "repeat"])["trial"].nunique().to_dict() == {
        ("grid", 0): 4, ("grid", 1): 4, ("random", 0): 6, ("random", 1): 6,
    }  # fmt: skip
    assert tests.groupby(["tuner", "repeat"]).size().to_dict() == {
        (tuner, repeat): 2 for tuner in ("grid", "random") for repeat in (0, 1)
    }


def test_a_job_that_was_killed_goes_on_after_its_last_trial_to_the_same_bytes(tmp_path: Path) -> None:
    _, whole = written(tmp_path / "whole")
    tune(whole, "tpe", 0, print)
    _, killed = written(tmp_path / "killed")
    with paused(Command("tune", killed, "--tuner", "tpe", pause=Pause(CHECKPOINT))) as command:
        assert command.kill().returncode == -signal.SIGKILL
    again = Command("tune", killed, "--tuner", "tpe").wait()
    assert again.returncode == 0
    assert re.search(r"going on after \d+ trials", again.stderr)
    assert bytes_of(killed / "tpe" / "repeat-0") == bytes_of(whole / "tpe" / "repeat-0")
    assert not (killed / "tpe" / "repeat-0" / CHECKPOINT).exists()


@pytest.mark.slow
@pytest.mark.parametrize("tuner", ["grid", "cmaes", "hyperband", REFERENCES])
def test_a_kill_after_every_trial_and_every_test_changes_no_byte(tmp_path: Path, tuner: str) -> None:
    _, whole = written(tmp_path / "whole")
    tune(whole, tuner, 0, print)
    _, killed = written(tmp_path / "killed")
    kills = 0
    while (command := Command("tune", killed, "--tuner", tuner, pause=Pause(CHECKPOINT))).stops_itself():
        assert command.kill().returncode == -signal.SIGKILL
        kills += 1
    assert command.wait().returncode == 0
    assert kills >= 2
    assert bytes_of(killed / tuner / "repeat-0") == bytes_of(whole / tuner / "repeat-0")


def test_a_finished_job_is_kept_and_a_damaged_one_is_made_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, folder = written(tmp_path)
    place = folder / "random" / "repeat-0"
    main(["tune", str(folder), "--tuner", "random"])
    first = bytes_of(place)
    main(["tune", str(folder), "--tuner", "random"])
    assert "already tuned" in capsys.readouterr().err
    (place / TRIALS).write_bytes(first[TRIALS][:-1] + b"x")
    main(["tune", str(folder), "--tuner", "random"])
    assert f"{place / TRIALS}: damaged (its checksum is not that of {REPEAT}); starting over" in capsys.readouterr().err
    assert bytes_of(place) == first


def test_a_checkpoint_that_is_damaged_or_of_other_trials_is_not_used(tmp_path: Path) -> None:
    _, folder = written(tmp_path)
    place = folder / "random" / "repeat-0"
    tune(folder, "random", 0, print)
    first = bytes_of(place)
    (place / REPEAT).unlink()
    (place / CHECKPOINT).write_text('{"trials": []}')
    said: list[str] = []
    tune(folder, "random", 0, said.append)
    assert f"{place / CHECKPOINT}: damaged" in said[0]
    assert bytes_of(place) == first


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tuning, Path]:
    """A job that was stopped between its last test and its tables."""
    keys = {"tuners": ["random"], "trials": 2, "small_budgets": [], "test_seeds": "100-101", "references": {}}
    tuning, folder = written(tmp_path_factory.mktemp("stopped"), **keys)
    place = folder / "random" / "repeat-0"
    place.mkdir(parents=True)
    Job(tuning, place, "random", 0, print).run()
    return tuning, place


FORGERIES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no trials": lambda saved: saved.pop("trials"),
    "no seconds": lambda saved: saved.pop("seconds"),
    "text for seconds": lambda saved: saved.update(seconds="1"),
    "text for n_tested": lambda saved: saved.update(n_tested="1"),
    "tests that are not there": lambda saved: saved.update(n_tested=1, tests=[]),
    "more tests than there are": lambda saved: saved.update(n_tested=9),
    "tests of another trial": lambda saved: saved["tests"][0].update(trial=1 - saved["tests"][0]["trial"]),
    "tests before the search ends": lambda saved: saved.update(trials=saved["trials"][:2]),
    "no cost": lambda saved: saved["trials"][0].pop("cost"),
    "text for a cost": lambda saved: saved["trials"][0].update(cost="x"),
    "text for a score": lambda saved: saved["trials"][0].update(score="x"),
    "half a trial": lambda saved: saved["trials"].pop(1),
    "fewer rungs": lambda saved: saved["trials"][0].update(rung_scores=[]),
    "a rung without a score": lambda saved: saved["trials"][0].update(rung_scores=[None, None]),
    "a complete trial without a score": lambda saved: [
        row.update(score=None, trial_score=None) for row in saved["trials"][:2]
    ],
    "an unknown status": lambda saved: [row.update(status="x") for row in saved["trials"][:2]],
    "negative steps": lambda saved: saved["trials"][0].update(steps=-5),
    "a cost of nothing": lambda saved: saved["trials"][0].update(cost=0.0),
    "an impossible score": lambda saved: saved["trials"][0].update(score=1e308),
    "a checksum that is none": lambda saved: saved["trials"][0].update(content="x"),
    "rungs of a run without": lambda saved: [row.update(rung_scores=[1.0] * 3) for row in saved["trials"][:2]],
    "another field than its configuration's": lambda saved: [
        row.update({"field.learning_rate": "9"}) for row in saved["trials"][:2]
    ],
    "no configuration": lambda saved: [row.update(configuration="{") for row in saved["trials"]],
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_checkpoint_whose_checksum_fits_but_not_its_content_is_not_used(
    stopped: tuple[Tuning, Path], tmp_path: Path, kind: str
) -> None:
    tuning, place = stopped
    saved = {key: value for key, value in read_sealed(place / CHECKPOINT).items() if key != "sha256"}
    FORGERIES[kind](saved)
    (tmp_path / CHECKPOINT).write_text(sealed(saved))
    said: list[str] = []
    job = Job(tuning, tmp_path, "random", 0, said.append)
    assert (job.trials, job.tests, job.n_tested) == ([], [], 0)
    assert said[0].startswith(f"{tmp_path / CHECKPOINT}: ")
    assert said[0].endswith("; starting over")
    assert len(said[0].splitlines()) == 1


def test_a_whole_checkpoint_is_gone_on_from(stopped: tuple[Tuning, Path]) -> None:
    said: list[str] = []
    job = Job(*stopped, "random", 0, said.append)
    assert said == [f"{stopped[1]}: going on after 2 trials and 2 tests"]
    assert job.n_tested == 1


def test_the_tables_of_another_tuning_are_refused(tmp_path: Path) -> None:
    tuning, folder = written(tmp_path, small_budgets=[])
    tune(folder, "grid", 0, print)
    read_job(tuning, folder, "grid", 0)
    other, _ = written(tmp_path / "other", small_budgets=[], trials=7)
    with pytest.raises(DamagedError, match="of another tuning than"):
        read_job(other, folder, "grid", 0)
    more, _ = written(tmp_path / "more", small_budgets=[], repeats=3, tuners=["grid"], title="Other words")
    assert read_job(more, folder, "grid", 0).made["tuner"] == "grid"


def test_a_space_with_its_fields_in_another_order_is_another_tuning(tmp_path: Path) -> None:
    """The order decides what is drawn, and is not in the hash of a tuning."""
    keys = {"tuners": ["random"], "trials": 1, "small_budgets": [], "test_seeds": "100-101", "references": {}}
    tuning, folder = written(tmp_path, **keys)
    tune(folder, "random", 0, print)
    assert is_finished(tuning, folder, "random", 0)
    space = dict(reversed([(name, one) for name, one in SPACE.items() if name != "gae_lambda"]))
    other = tuning_of(**keys, space={**space, "gae_lambda": SPACE["gae_lambda"]})
    assert not is_finished(other, folder, "random", 0)
    with pytest.raises(DamagedError, match=r"trials\.parquet: of another tuning than .* another order; tune again"):
        read_job(other, folder, "random", 0)
    _, again = written(tmp_path / "again", **keys, space=other.keys["space"])
    shutil.copytree(folder / "random", again / "random")
    said: list[str] = []
    tune(again, "random", 0, said.append)
    assert "have another order; starting over" in said[0]
    assert is_finished(other, again, "random", 0)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--tuner", "bayes"], "--tuner: 'bayes' is not allowed; allowed: grid, random, tpe, "),
        (["--tuner", "tpe", "--repeat", "2"], "--repeat: 2 is not allowed; allowed: 0 to 1"),
        (["--tuner", "references", "--repeat", "1"], "--repeat: 1 is not allowed; allowed: 0 to 0"),
    ],
)
def test_wrong_options_are_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], line: str
) -> None:
    _, folder = written(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["tune", str(folder), *options])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(f"a2c: {line}")


def test_the_tables_have_no_time_and_no_place(tmp_path: Path) -> None:
    """So that two runs write the same bytes; these stand in repeat.json."""
    _, folder = written(tmp_path, small_budgets=[])
    tune(folder, "grid", 0, print)
    place = folder / "grid" / "repeat-0"
    assert pq.read_schema(place / TESTS).names == ["budget", "trial", "seed", "status", "steps", "score", "content"]
    made = json.loads((place / REPEAT).read_text())
    assert made["platform"]["optuna"]
    assert made["timings"]["seconds"] > 0
