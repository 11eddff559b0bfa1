"""Real processes: a run depends on its configuration and its seed only (docs/design.md, promise 1)."""

import json
import shutil
import signal
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from a2c.config import Configuration
from a2c.config.registration import hash_of
from a2c.core.choose import BITS
from a2c.envs import check
from a2c.runs import checkpoint, manifest
from a2c.runs import training as training_module
from tests.commands import Command, a2c_says, paused, training
from tests.pauses import Pause
from tests.processes import SMALL, contents, start_training

LONGER = {
    "hidden_sizes": [32, 32],
    "total_steps": 40_000,
    "eval_episodes": 2,
}  # ten parts: a checkpoint can follow each
AFTER_EACH_PART = ("--checkpoint-every", "0")


def per_seed(folder: Path, seed: int) -> dict[str, Any]:
    """All data of one seed in a result."""
    tables = {
        name: repr(pq.read_table(folder / name, filters=[("seed", "=", seed)]).to_pydict())  # in which NaN is NaN
        for name in ("episodes.parquet", "metrics.parquet", "evaluation.parquet")
    }
    weights = np.load(folder / "weights.npz")
    arrays = {name: weights[name].tobytes() for name in weights.files if name.startswith(f"{seed}/")}
    return {**tables, **arrays, "actions": np.load(folder / "actions.npz")[str(seed)].tobytes()}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("uninterrupted") / "block"
    done = a2c_says("train", "-", "--seeds", "3-5", "--out", folder, fields=LONGER)
    assert done.returncode == 0, done.stderr
    return contents(folder)


def test_a_new_interpreter_gives_the_same_bytes(trained: Path, tmp_path: Path) -> None:
    assert start_training(tmp_path / "again", "0-2", SMALL).wait(timeout=60) == 0
    assert contents(tmp_path / "again") == contents(trained)


def test_a_seed_alone_equals_the_same_seed_beside_others(trained: Path, tmp_path: Path) -> None:
    a2c_says("train", "-", "--seeds", "1", "--out", tmp_path / "alone", fields=SMALL)
    assert per_seed(tmp_path / "alone", 1) == per_seed(trained, 1)


def test_the_number_of_available_threads_changes_nothing(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert start_training(tmp_path / "block", "0-2", SMALL).wait(timeout=60) == 0
    assert contents(tmp_path / "block") == contents(trained)


@pytest.mark.parametrize("checkpoints_before_the_kill", [1, 2, 4])
def test_a_killed_and_resumed_training_equals_an_uninterrupted_one(
    checkpoints_before_the_kill: int, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "block"
    at = Pause("checkpoint.npz", checkpoints_before_the_kill)
    with paused(training(folder, "3-5", LONGER, *AFTER_EACH_PART, pause=at)) as first:
        assert first.kill().returncode == -signal.SIGKILL
    assert not (folder / "manifest.json").exists()
    assert training(folder, "3-5", LONGER).wait().returncode == 0
    assert contents(folder) == uninterrupted
    sessions = json.loads((folder / "manifest.json").read_text())["timings"]["sessions"]
    assert len(sessions) == 2
    assert sessions[1]["from_step"] == sessions[0]["to_step"] > 0


OWN_CLOCKS: dict[str, dict[str, Any]] = {
    "REINFORCE": {"algorithm": "reinforce", "n_envs": 1, "baseline": "mean", "total_steps": 40_000},
    "REINFORCE, LunarLander": {
        "algorithm": "reinforce", "n_envs": 1, "env_id": "LunarLander-v3", "total_steps": 2000, "eval_episodes": 1
    },
    "A3C": {"algorithm": "a3c", "n_envs": 3, "total_steps": 40_000},
    "A3C, LunarLander": {
        "algorithm": "a3c", "n_envs": 2, "env_id": "LunarLander-v3", "total_steps": 2000, "eval_episodes": 1
    },
}  # fmt: skip


@pytest.mark.parametrize("fields", OWN_CLOCKS.values(), ids=OWN_CLOCKS)
def test_killed_at_its_own_pace_a_training_equals_an_uninterrupted_one(fields: dict[str, Any], tmp_path: Path) -> None:
    fields = {**LONGER, **fields}
    assert training(tmp_path / "whole", "3-4", fields).wait().returncode == 0
    at = Pause("checkpoint.npz", 2)
    with paused(training(tmp_path / "block", "3-4", fields, *AFTER_EACH_PART, pause=at)) as first:
        assert first.kill().returncode == -signal.SIGKILL
    assert not (tmp_path / "block" / "manifest.json").exists()
    assert training(tmp_path / "block", "3-4", fields).wait().returncode == 0
    assert contents(tmp_path / "block") == contents(tmp_path / "whole")
    done = a2c_says("audit", tmp_path / "block")
    assert done.returncode == 0, done.stderr


def test_first_checkpoints_come_within_a_second_or_after_as_long_as_the_training_has_lasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a training that is killed every few seconds still ends. A part of the training lasts 0.4 seconds here."""
    now, saved = 0.0, []

    def pass_time(steps: int, progress: object) -> None:
        nonlocal now
        now += 0.4

    monkeypatch.setattr(training_module, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(checkpoint, "save", lambda folder, content: saved.append(now))
    configuration = Configuration(**{**LONGER, "total_steps": 400_000})
    watcher = SimpleNamespace(begin=lambda begun: None, see=pass_time)
    training_module.train(configuration, [3], check(configuration, "test"), tmp_path, 5.0, print, watchers=[watcher])
    assert saved[0] == pytest.approx(1.2)  # the first end of a part after a second
    for before, after in pairwise(saved):
        assert max(1.0, min(5.0, before)) <= after - before + 1e-9 < max(1.0, min(5.0, before)) + 0.4 + 1e-6
    assert len(saved) > 5


def test_a_training_killed_twice_before_its_first_checkpoint_equals_an_uninterrupted_one(
    uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "block"
    for _ in range(2):
        with paused(training(folder, "3-5", LONGER, pause=Pause("progress.json"))) as first:
            first.kill()
        assert not (folder / "checkpoint.npz").exists()
    assert training(folder, "3-5", LONGER).wait().returncode == 0
    assert contents(folder) == uninterrupted


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_training_ended_by_sigterm_leaves_a_checkpoint(
    number: int, uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "block"
    with paused(training(folder, "3-5", LONGER, pause=Pause("progress.json"))) as first:
        assert first.kill(number).returncode == 128 + number
    assert (folder / "checkpoint.npz").exists()
    again = training(folder, "3-5", LONGER).wait()
    assert again.returncode == 0
    assert "going on from agent step" in again.stderr
    assert contents(folder) == uninterrupted


def test_a_damaged_checkpoint_is_reported_and_training_starts_over(
    uninterrupted: dict[str, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "block"
    with paused(training(folder, "3-5", LONGER, pause=Pause("progress.json"))) as first:
        first.kill(signal.SIGTERM)
    damaged = bytearray((folder / "checkpoint.npz").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (folder / "checkpoint.npz").write_bytes(damaged)
    again = training(folder, "3-5", LONGER).wait()
    assert again.returncode == 0
    assert "checkpoint.npz: damaged" in again.stderr
    assert "starting over" in again.stderr
    assert contents(folder) == uninterrupted


def test_two_trainings_of_one_folder_do_the_work_once(tmp_path: Path) -> None:
    folder = tmp_path / "block"
    with paused(training(folder, "3-5", LONGER, pause=Pause("progress.json"))) as first:
        second = training(folder, "3-5", LONGER)
        second.wait_until_it_says("another process is training here; waiting for it")
        first.go_on()
        assert first.wait().returncode == 0
    done = second.wait()
    assert (done.returncode, "already trained" in done.stderr) == (0, True)
    assert len(json.loads((folder / "manifest.json").read_text())["timings"]["sessions"]) == 1


def test_a_finished_result_is_reused(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(trained, folder)
    before = (folder / "manifest.json").stat().st_mtime_ns
    done = a2c_says("train", "-", "--seeds", "0-2", "--out", folder, fields=SMALL)
    assert (done.returncode, "already trained" in done.stderr) == (0, True)
    assert (folder / "manifest.json").stat().st_mtime_ns == before


def test_what_a_kill_after_the_manifest_left_is_removed(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(trained, folder)
    before = {path.name for path in folder.iterdir()}
    for name in ("checkpoint.npz", "progress.json"):
        (folder / name).write_bytes(b"x")
    a2c_says("train", "-", "--seeds", "0-2", "--out", folder, fields=SMALL)
    assert {path.name for path in folder.iterdir()} == before


def test_a_folder_of_another_configuration_is_refused(trained: Path) -> None:
    done = a2c_says("train", "-", "--seeds", "0-2", "--out", trained, fields={**SMALL, "gamma": 0.9})
    assert done.returncode == 2
    assert str(trained) in done.stderr
    assert done.stderr.count("\n") == 1


def test_only_the_result_is_left_behind(trained: Path) -> None:
    names = {path.name for path in trained.iterdir()}
    assert names == {
        "actions.npz", "episodes.parquet", "evaluation.parquet", "manifest.json", "metrics.parquet", "weights.npz",
    }  # fmt: skip


def test_a_diverging_seed_ends_with_its_reason_and_no_weights(tmp_path: Path) -> None:
    fields = {**SMALL, "learning_rate": 1e6, "total_steps": 2000, "hidden_sizes": [256, 256]}
    done = a2c_says("train", "-", "--seeds", "0-1", "--out", tmp_path, fields=fields)
    assert done.returncode == 0, done.stderr
    runs = json.loads((tmp_path / "manifest.json").read_text())["runs"]
    assert {run["status"] for run in runs.values()} == {"diverged"}
    for seed, run in runs.items():
        assert "loss is" in run["reason"] or "gradient norm is" in run["reason"]
        assert len(np.load(tmp_path / "actions.npz")[seed]) * 8 == run["step"] <= 2000
    assert np.load(tmp_path / "weights.npz").files == []
    assert a2c_says("audit", tmp_path).returncode == 0


def test_a_run_that_stops_early_says_where_and_keeps_its_weights(tmp_path: Path) -> None:
    fields = {**SMALL, "stop_return": 20.0, "total_steps": 20_000}
    assert a2c_says("train", "-", "--seeds", "0-2", "--out", tmp_path, fields=fields).returncode == 0
    runs = json.loads((tmp_path / "manifest.json").read_text())["runs"]
    table = pq.read_table(tmp_path / "episodes.parquet").to_pandas()
    for (seed, run), log in zip(runs.items(), np.load(tmp_path / "actions.npz").values(), strict=True):
        episodes = table[table["seed"] == int(seed)]
        assert run["status"] == "finished"
        assert len(log) * 8 == run["step"] < 20_000
        assert 0 <= run["step"] - episodes["step"].max() < 40  # within the rollout of the last episode
        assert episodes["return"].rolling(10).mean().max() >= 20
        assert f"{seed}/shared.0.weight" in np.load(tmp_path / "weights.npz").files
    assert len({run["step"] for run in runs.values()}) > 1
    assert pq.read_table(tmp_path / "evaluation.parquet").num_rows == 3 * 2 * 2
    assert a2c_says("audit", tmp_path).returncode == 0


def test_the_manifest_has_code_platform_flags_and_timings(trained: Path) -> None:
    manifest = json.loads((trained / "manifest.json").read_text())
    assert manifest["configuration"]["hidden_sizes"] == [16, 16]
    assert manifest["seeds"] == [0, 1, 2]
    assert manifest["runs"] == {str(seed): {"status": "finished"} for seed in range(3)}
    assert len(manifest["code"]["sources_sha256"]) == 64
    assert "container" in manifest
    for key in ("python", "torch", "core_build", "cpu", "numpy", "gymnasium", "system"):
        assert key in manifest["platform"]
    assert manifest["determinism"] == {"arithmetic": "core"}
    assert manifest["bits"] == BITS == 2
    assert manifest["timings"]["agent_steps_per_second"] > 0
    assert manifest["timings"]["training_seconds"] > 0


def test_actions_take_a_byte_or_less_each(trained: Path) -> None:
    log = np.load(trained / "actions.npz")
    assert {log[seed].shape for seed in log.files} == {(500, 8)}
    assert (trained / "actions.npz").stat().st_size < 3 * 4000


@pytest.mark.parametrize("env_id", ["CartPole-v1", "Acrobot-v1", "MountainCar-v0", "LunarLander-v3"])
def test_each_environment_trains_and_its_actions_replay(env_id: str, tmp_path: Path) -> None:
    fields = {"env_id": env_id, "hidden_sizes": [8, 8], "total_steps": 4800, "eval_episodes": 1}
    done = a2c_says("train", "-", "--seeds", "0-1", "--out", tmp_path, fields=fields)
    assert done.returncode == 0, done.stderr
    assert len(pq.read_table(tmp_path / "episodes.parquet")) > 0
    assert len(pq.read_table(tmp_path / "evaluation.parquet")) == 2 * 2
    audited = a2c_says("audit", tmp_path)
    assert audited.returncode == 0, audited.stderr


def test_the_manifest_names_the_tests_that_were_registered_when_the_training_began(tmp_path: Path) -> None:
    def registered(tests: dict[str, str]) -> Path:
        entry = {"date": "2026-11-01", "commit": "a" * 40, "tests_sha256": hash_of(tests), "tests": tests}
        content = {"paper": "x.yaml", "registrations": [{**entry, "tests": {}, "tests_sha256": hash_of({})}, entry]}
        (tmp_path / "x.registered.json").write_text(json.dumps(content))
        return tmp_path / "x.registered.json"

    arguments = ("train", "-", "--seeds", "0", *AFTER_EACH_PART, "--out", tmp_path / "out")
    first, at = registered({"a": "1"}), Pause("checkpoint.npz")
    with paused(Command(*arguments, "--registration", first, told=json.dumps(LONGER), pause=at)) as killed:
        killed.kill()
    done = a2c_says(*arguments, "--registration", registered({"a": "2"}), fields=LONGER)
    assert "going on from agent step" in done.stderr
    assert manifest.read(tmp_path / "out")["registration"] == {
        "paper": "x.yaml",
        "date": "2026-11-01",
        "commit": "a" * 40,
        "tests_sha256": hash_of({"a": "1"}),
    }
