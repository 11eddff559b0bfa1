"""An audit replays the action log and reports a changed byte in any file."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from a2c.runs import manifest
from a2c.runs.audit import audit
from a2c.runs.files import DamagedError, write_arrays
from a2c.runs.records import read_table
from tests.commands import a2c_says

FILES = (
    "actions.npz", "episodes.parquet", "evaluation.parquet", "manifest.json", "metrics.parquet", "weights.npz",
)  # fmt: skip


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "copy")
    return tmp_path / "copy"


def seal_again(folder: Path) -> None:
    """Write the manifest again with matching checksums, as a forger would."""
    held = json.loads((folder / "manifest.json").read_text())
    manifest.write(folder, list(held["files"]), {key: value for key, value in held.items() if key != "sha256"})


def test_replaying_the_actions_gives_the_recorded_episodes(trained: Path) -> None:
    assert audit(trained) == len(pq.read_table(trained / "episodes.parquet")) > 100


def test_an_audit_of_the_first_steps_replays_the_episodes_that_ended_by_then(trained: Path) -> None:
    steps = pq.read_table(trained / "episodes.parquet")["step"].to_pylist()
    assert 0 < audit(trained, 1000) == sum(step <= 1000 for step in steps) < len(steps)


def test_a_return_forged_after_the_first_steps_is_not_found_by_replaying_those(copy: Path) -> None:
    path = copy / "episodes.parquet"
    table = pq.read_table(path)
    returns = table["return"].to_pylist()
    late = max(range(len(returns)), key=lambda i: table["step"][i].as_py())
    returns[late] += 1
    pq.write_table(table.set_column(table.schema.get_field_index("return"), "return", [returns]), path)
    seal_again(copy)
    assert audit(copy, 1000) > 0
    with pytest.raises(DamagedError, match="replaying the actions gives"):
        audit(copy)


def test_the_number_of_steps_to_audit_has_to_be_positive(trained: Path) -> None:
    done = a2c_says("audit", trained, "--steps", "0")
    assert (done.returncode, done.stderr) == (
        2,
        "a2c: --steps: 0 is not allowed; allowed: a whole number of at least 1\n",
    )


def test_audit_checks_every_result_below_a_folder(trained: Path) -> None:
    done = a2c_says("audit", trained.parent)
    assert done.returncode == 0
    assert "episodes came out as recorded" in done.stdout


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("where", [0.02, 0.5, 0.98])
def test_a_changed_byte_in_any_file_is_named(name: str, where: float, copy: Path) -> None:
    data = bytearray((copy / name).read_bytes())
    data[int(where * len(data))] ^= 0x20
    (copy / name).write_bytes(data)
    with pytest.raises(DamagedError, match=name):
        audit(copy)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_named(name: str, copy: Path) -> None:
    data = (copy / name).read_bytes()
    (copy / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(DamagedError, match=name):
        audit(copy)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(name: str, copy: Path) -> None:
    (copy / name).unlink()
    with pytest.raises(DamagedError, match=name):
        audit(copy)


def test_a_forged_return_is_found_by_replay(copy: Path) -> None:
    path = copy / "episodes.parquet"
    table = pq.read_table(path)
    returns = table["return"].to_pylist()
    returns[7] += 1
    pq.write_table(table.set_column(3, "return", pa.array(returns, pa.float64())), path)
    seal_again(copy)
    with pytest.raises(DamagedError, match=r"episodes\.parquet: replaying"):
        audit(copy)


def test_a_forged_action_is_found_by_replay(copy: Path) -> None:
    log = dict(np.load(copy / "actions.npz"))
    log["1"][100, 3] ^= 1
    write_arrays(copy / "actions.npz", log, compress=True)
    seal_again(copy)
    with pytest.raises(DamagedError, match=r"episodes\.parquet: replaying"):
        audit(copy)


def test_a_shortened_action_log_is_named(copy: Path) -> None:
    log = dict(np.load(copy / "actions.npz"))
    log["2"] = log["2"][:-1]
    write_arrays(copy / "actions.npz", log, compress=True)
    seal_again(copy)
    with pytest.raises(DamagedError, match=r"actions\.npz: seed 2"):
        audit(copy)


def test_damage_is_one_line_and_exit_code_1(copy: Path) -> None:
    (copy / "weights.npz").write_bytes(b"")
    done = a2c_says("audit", copy)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("a2c: ")
    assert "Traceback" not in done.stderr


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    done = a2c_says("audit", tmp_path)
    words = "no result (no manifest.json, no repeat.json) at or below it; a2c train and the pipeline write them"
    assert (done.returncode, done.stderr) == (1, f"a2c: {tmp_path}: {words}\n")


def test_episodes_that_gymnasium_would_end_otherwise_are_replayed_by_the_core(tmp_path: Path) -> None:
    """Acrobot amplifies last bits: over hundreds of steps, Gymnasium's states part from the core's."""
    fields = {"env_id": "Acrobot-v1", "hidden_sizes": [16], "n_steps": 20, "total_steps": 40_000, "eval_episodes": 1}
    done = a2c_says("train", "-", "--seeds", "0-1", "--out", tmp_path, fields=fields)
    assert done.returncode == 0, done.stderr
    assert audit(tmp_path) == len(read_table(tmp_path / "episodes.parquet"))


DIVERGES_AT_ONCE = {"learning_rate": 0, "value_loss_coef": 1e39}
DIVERGES_LATER = {"learning_rate": 1e20, "optimizer": "adam"}  # with some workers behind, and metrics recorded before


@pytest.mark.parametrize("fields", [DIVERGES_AT_ONCE, DIVERGES_LATER])
@pytest.mark.parametrize("env_id", ["CartPole-v1", "LunarLander-v3"])
def test_a_diverged_run_of_a3c_passes(env_id: str, fields: dict[str, float], tmp_path: Path) -> None:
    small = {"algorithm": "a3c", "hidden_sizes": [8], "n_envs": 4, "asynchrony": 1, "total_steps": 4000}
    done = a2c_says(
        "train", "-", "--seeds", "0-1", "--out", tmp_path / "a3c", fields={**small, "env_id": env_id, **fields}
    )
    assert done.returncode == 0, done.stderr
    assert manifest.read(tmp_path / "a3c")["runs"]["1"]["step"] == 0
    assert audit(tmp_path / "a3c") == 0
