"""Trainings on games in separate processes: resumed, replayed and audited like any other."""

import json
import shutil
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from a2c.runs import manifest
from a2c.runs.audit import audit
from a2c.runs.files import DamagedError, write_arrays
from tests.commands import a2c_says, paused, training
from tests.pauses import Pause
from tests.processes import contents

SCREEN = {"img_height": 36, "img_width": 36}
SMALL = {
    "network": "cnn",
    "conv_channels": [4, 4, 4],
    "hidden_sizes": [16],
    "optimizer": "rmsprop",
    "reward_clip": 1,
    "n_envs": 2,
    "total_steps": 800,
    "eval_episodes": 1,
    "env_kwargs": {**SCREEN, "max_num_frames_per_episode": 500},
}
GAMES: dict[str, dict[str, Any]] = {
    "pong": {"env_id": "ALE/Pong-v5"},
    "breakout": {  # lives are counted again after resuming; most games end without a time limit
        "env_id": "ALE/Breakout-v5",
        "atari_protocol": "classic",
        "env_kwargs": {**SCREEN, "max_num_frames_per_episode": 1000},
    },
}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A finished result of each game. Do not change it."""
    folders = {}
    for name, fields in GAMES.items():
        folders[name] = tmp_path_factory.mktemp(name) / "block"
        done = a2c_says("train", "-", "--seeds", "3", "--out", folders[name], fields={**SMALL, **fields})
        assert done.returncode == 0, done.stderr
    return folders


@pytest.mark.parametrize("name", ["pong", pytest.param("breakout", marks=pytest.mark.slow)])
def test_a_killed_and_resumed_training_equals_an_uninterrupted_one(
    name: str, uninterrupted: dict[str, Path], tmp_path: Path
) -> None:
    folder, fields = tmp_path / "block", {**SMALL, **GAMES[name]}
    with paused(training(folder, "3", fields, "--checkpoint-every", "0", pause=Pause("checkpoint.npz"))) as first:
        assert first.kill().returncode == -signal.SIGKILL
    assert not (folder / "manifest.json").exists()
    second = training(folder, "3", fields).wait(timeout=200)
    assert second.returncode == 0
    said = second.stdout + second.stderr
    assert "going on from agent step" in said
    assert "replaying" not in said  # the games come from the checkpoint
    assert contents(folder) == contents(uninterrupted[name])
    sessions = json.loads((folder / "manifest.json").read_text())["timings"]["sessions"]
    assert 0 < sessions[0]["to_step"] == sessions[1]["from_step"] < SMALL["total_steps"]


@pytest.mark.parametrize("name", GAMES)
def test_replaying_the_actions_gives_the_recorded_episodes(name: str, uninterrupted: dict[str, Path]) -> None:
    folder = uninterrupted[name]
    assert audit(folder) == len(pq.read_table(folder / "episodes.parquet")) >= 2


def test_a_forged_action_is_found_by_replay(uninterrupted: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(uninterrupted["breakout"], folder)
    log = dict(np.load(folder / "actions.npz"))
    log["3"][:50, 1] = 0  # it does nothing for a while: one action alone might make no difference
    write_arrays(folder / "actions.npz", log, compress=True)
    held = json.loads((folder / "manifest.json").read_text())
    manifest.write(folder, list(held["files"]), {key: value for key, value in held.items() if key != "sha256"})
    with pytest.raises(DamagedError, match=r"episodes\.parquet: replaying"):
        audit(folder)


@pytest.mark.parametrize("name", GAMES)
def test_actions_take_a_byte_or_less_each(name: str, uninterrupted: dict[str, Path]) -> None:
    log = np.load(uninterrupted[name] / "actions.npz")
    assert {log[seed].shape for seed in log.files} == {(400, 2)}
    assert (uninterrupted[name] / "actions.npz").stat().st_size < 800


def test_a_wrong_game_is_reported_in_one_line_with_exit_code_2(tmp_path: Path) -> None:
    done = a2c_says("train", "-", "--seeds", "0", "--out", tmp_path, fields={**SMALL, "env_id": "ALE/Pongg-v5"})
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    line = "env_id: 'ALE/Pongg-v5' is not allowed; allowed: a game that ALE has; did you mean ALE/Pong-v5?"
    assert line in done.stderr
