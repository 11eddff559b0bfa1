"""A gradient study's files: made from trained runs, the same bytes again, damage found."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from a2c.cli import main
from a2c.config.claims import parse_claim
from a2c.config.gradients import GradientStudy, expand_gradients
from a2c.config.registration import Registration, StudyRegistration, hash_of
from a2c.core.choose import available
from a2c.runs.files import DamagedError
from a2c.runs.gradient_study import GradientRecord, read_gradient_record
from a2c.runs.gradients import SCHEMA, read_estimates
from tests.commands import a2c_says
from tests.processes import SMALL

SHORT = {**SMALL, "env_kwargs": {"max_episode_steps": 50}}
ENTRY: dict[str, Any] = {
    "name": "small", "seeds": "0-1", "base": SHORT, "snapshots": [0.5, 1.0], "n_envs": [1, 2], "batches": 64,
    "steps": 2048, "reference_steps": 4096, "estimators": ["reinforce value", "one-step", "gae 0.9"],
}  # fmt: skip


def a_study(**keys: Any) -> GradientStudy:
    return expand_gradients([{**ENTRY, **keys}], "test")[0]


def train(results: Path, study: GradientStudy) -> None:
    """Train the runs of a study and describe it, as the pipeline does."""
    configuration = study.configuration
    done = a2c_says(
        "train",
        "-",
        "--seeds",
        "0-1",
        "--out",
        results / "runs" / "block",
        fields=json.loads(configuration.canonical_json()),
    )
    assert done.returncode == 0, done.stderr
    folder = results / "gradients" / study.name
    folder.mkdir(parents=True)
    (folder / "gradients.json").write_text(GradientRecord(study.keys, configuration.name, ["block"]).text)


def test_a_record_with_claims_and_their_registration_is_read_back(tmp_path: Path) -> None:
    claim = {
        "id": "c", "says": "s", "where": "w", "study": "small", "why": "y", "measure": "gradient_noise", "subject": {},
        "test": "at_least", "value": 2,
    }  # fmt: skip
    tests = {"c@article": "0"}
    entry = Registration(date="2026-11-01", commit="a" * 40, tests_sha256=hash_of(tests), tests=tests)
    registration = StudyRegistration(tests, [entry])
    study = a_study(estimators=["gae 0.95"])
    record = GradientRecord(study.keys, "a2c", [], [parse_claim(claim, "x")], registration, "small", "article")
    (tmp_path / "gradients.json").write_text(record.text)
    assert read_gradient_record(tmp_path) == record


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study whose runs were measured. Do not change it: copy its results."""
    results = tmp_path_factory.mktemp("results")
    train(results, a_study())
    folder = results / "gradients" / "small"
    main(["gradients", str(folder)])
    return folder


@pytest.fixture
def copied(measured: Path, tmp_path: Path) -> Path:
    shutil.copytree(measured.parent.parent, tmp_path / "results")
    return tmp_path / "results" / "gradients" / "small"


def test_a_run_has_a_row_for_each_snapshot_estimator_and_number_of_environments(measured: Path) -> None:
    table = pq.read_table(measured / "runs" / "seed-1.parquet")
    assert table.schema == SCHEMA
    rows = table.to_pylist()
    assert len(rows) == 2 * 3 * 2
    assert {(row["seed"], row["snapshot"], row["step"]) for row in rows} == {(1, 0.5, 2000), (1, 1.0, 4000)}
    assert {row["batch_steps"] for row in rows if row["estimator"] == "gae 0.9"} == {5.0, 10.0}


def test_measuring_again_gives_the_same_bytes(measured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["gradients", str(measured), "--check"])
    assert capsys.readouterr().out.count("the same bytes") == 2


def test_other_numbers_than_those_that_are_there_are_found(copied: Path) -> None:
    shutil.copy(copied / "runs" / "seed-0.parquet", copied / "runs" / "seed-1.parquet")
    done = a2c_says("gradients", copied, "--seeds", "1", "--check")
    assert (done.returncode, "seed 1: measured again, the numbers differ" in done.stdout) == (1, True)


@pytest.mark.parametrize("build", available())
def test_each_build_of_the_core_gives_the_same_bytes(build: str, copied: Path) -> None:
    environment = {**os.environ, "A2C_CORE": build, "OMP_NUM_THREADS": "2", "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3"}
    command = [sys.executable, "-m", "a2c", "gradients", str(copied), "--seeds", "0", "--check"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_describes_a_study_gives_it_back(measured: Path) -> None:
    assert read_gradient_record(measured).study == a_study()


def test_what_is_measured_is_not_measured_again_unless_it_is_damaged(copied: Path) -> None:
    before = (copied / "runs" / "seed-0.parquet").read_bytes()
    assert "already measured" in a2c_says("gradients", copied, "--seeds", "0").stderr
    (copied / "runs" / "seed-0.parquet").write_bytes(b"no")
    assert "already measured" not in a2c_says("gradients", copied, "--seeds", "0").stderr
    assert (copied / "runs" / "seed-0.parquet").read_bytes() == before


def test_damaged_and_foreign_estimates_are_refused(copied: Path) -> None:
    record = read_gradient_record(copied)
    assert len(read_estimates(record, copied)) == 24
    other = a_study(batches=128)
    with pytest.raises(DamagedError, match=r"seed-0\.parquet: of another study"):
        read_estimates(GradientRecord(other.keys, record.configuration, record.blocks), copied)
    (copied / "runs" / "seed-1.parquet").write_bytes(b"PAR1")
    with pytest.raises(DamagedError, match=r"seed-1\.parquet: damaged"):
        read_estimates(record, copied)
    (copied / "runs" / "seed-1.json").unlink()
    with pytest.raises(DamagedError, match=r"seed-1\.json: missing"):
        read_estimates(record, copied)


def test_titles_and_further_seeds_leave_what_was_measured_as_it_is(measured: Path) -> None:
    record = read_gradient_record(measured)
    study = a_study(title="Other words", seeds="1")
    assert len(read_estimates(GradientRecord(study.keys, record.configuration, record.blocks), measured)) == 12


@pytest.mark.parametrize(("file", "says"), [("snapshots.npz", "snapshots.npz: damaged"), ("manifest.json", "missing")])
def test_a_damaged_run_is_one_line(file: str, says: str, copied: Path) -> None:
    path = copied.parent.parent / "runs" / "block" / file
    path.unlink() if file == "manifest.json" else path.write_bytes(b"no")
    (copied / "runs" / "seed-0.json").unlink()
    done = a2c_says("gradients", copied, "--seeds", "0")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert says in done.stderr


def test_a_seed_that_was_not_trained_is_one_line(measured: Path) -> None:
    done = a2c_says("gradients", measured, "--seeds", "7")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "has seed 7" in done.stderr


def test_a_diverged_run_has_no_rows_of_later_snapshots(tmp_path: Path) -> None:
    base = {**SHORT, "hidden_sizes": [256, 256], "learning_rate": 1e6}
    train(tmp_path, a_study(base=base, snapshots=[0.01, 1.0], estimators=["one-step"]))
    folder = tmp_path / "gradients" / "small"
    main(["gradients", str(folder), "--seeds", "0"])
    assert set(pq.read_table(folder / "runs" / "seed-0.parquet")["snapshot"].to_pylist()) == {0.01}
