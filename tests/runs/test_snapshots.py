"""Weights kept during a run: the first update at or after each share of the budget."""

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from a2c.config import Configuration
from a2c.config.configuration import snapshot_rows
from a2c.envs import check
from a2c.learn.native import NativeTrainer
from a2c.runs.result import read_result
from tests.commands import a2c_says, training
from tests.learn.learners import make_learner
from tests.processes import SMALL, contents

SHARES = [0.255, 0.5, 1.0]  # of 4,000 agent steps, 40 an update: after 1,040, 2,000 and 4,000
REACHED = {0.255: 1040, 0.5: 2000, 1.0: 4000}
STEPPED = {"env_kwargs": {"render_mode": "rgb_array"}}  # which the core leaves to Gymnasium


def trained(folder: Path, seeds: str, **fields: Any) -> dict[str, np.ndarray]:
    done = a2c_says("train", "-", "--seeds", seeds, "--out", folder, fields={**SMALL, **fields})
    assert done.returncode == 0, done.stderr
    name = "snapshots.npz" if "snapshots" in fields else "weights.npz"
    return dict(np.load(folder / name))


@pytest.mark.parametrize("fields", [{}, STEPPED])
def test_a_snapshot_is_the_weights_of_a_training_that_ends_there(fields: dict[str, Any], tmp_path: Path) -> None:
    kept = trained(tmp_path / "kept", "0-1", snapshots=SHARES, **fields)
    for share, steps in REACHED.items():
        final = trained(tmp_path / str(steps), "0-1", **{**fields, "total_steps": steps})
        for name, array in final.items():
            seed, _, parameter = name.partition("/")
            assert np.array_equal(kept[f"{seed}/{share!r}/{parameter}"], array), (share, name)
    assert len(kept) == len(SHARES) * len(final)


def test_snapshots_of_pytorch_are_the_weights_at_these_steps() -> None:
    learner = make_learner((0, 1), snapshots=(0.255, 0.5, 1.0))
    weights = {}

    def note(_: object) -> None:
        steps = learner.rows * 8
        weights[steps] = [learner.weights(lane) for lane in range(2)]

    learner.train(note)
    for lane in range(2):
        kept = learner.snapshots(lane)
        assert list(kept) == SHARES
        for share, steps in REACHED.items():
            for name, array in weights[steps][lane].items():
                assert np.array_equal(kept[share][name], array)


def test_pytorch_goes_on_from_a_state_with_its_snapshots() -> None:
    whole, first, second = (make_learner((0, 1), snapshots=(0.25, 1.0)) for _ in range(3))
    whole.train(lambda _: None)
    while first.rows < 200:
        first.iterate()
    second.model.restore(first.state())
    second.kept.restore(first.state())
    assert np.array_equal(second.kept.kept[:, 0], whole.kept.kept[:, 0])
    assert second.accepts(first.state())


def test_a_seed_alone_has_the_snapshots_that_it_has_beside_others(tmp_path: Path) -> None:
    beside = trained(tmp_path / "beside", "0-2", snapshots=SHARES)
    alone = trained(tmp_path / "alone", "1", snapshots=SHARES)
    assert alone
    assert all(np.array_equal(beside[name], array) for name, array in alone.items())


@pytest.mark.parametrize("fields", [{}, STEPPED])
def test_a_killed_training_keeps_the_same_snapshots(fields: dict[str, Any], tmp_path: Path) -> None:
    longer = {**SMALL, "total_steps": 40_000, "snapshots": [0.001, 0.3, 1.0], **fields}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert training(whole, "0-1", longer).wait().returncode == 0
    first = training(killed, "0-1", longer)
    first.wait_for(killed / "progress.json")
    first.kill(signal.SIGTERM)
    assert training(killed, "0-1", longer).wait().returncode == 0
    assert contents(killed) == contents(whole)
    assert (whole / "snapshots.npz").exists()


def test_the_result_names_its_snapshots_and_their_checksum(tmp_path: Path) -> None:
    trained(tmp_path, "0", snapshots=[0.5])
    result = read_result(tmp_path)
    result.check_files()
    assert "snapshots.npz" in result.manifest["files"]
    assert {name.split("/")[1] for name in result.snapshots or {}} == {"0.5"}
    (tmp_path / "snapshots.npz").write_bytes(b"")
    assert "snapshots.npz: damaged" in a2c_says("audit", tmp_path).stderr


def test_a_diverged_lane_has_the_snapshots_of_before() -> None:
    fields = {**SMALL, "hidden_sizes": (256, 256), "learning_rate": 1e6, "snapshots": (0.01, 1.0)}
    configuration = Configuration(**fields)
    trainer = NativeTrainer(configuration, [0], check(configuration, "test"))
    trainer.train(lambda _: None)
    step, _ = trainer.diverged[0]
    assert 40 < step < 4000
    assert list(trainer.snapshots(0)) == [0.01]


def test_rows_of_shares_are_exact() -> None:
    assert snapshot_rows([0.1, 0.3, 0.7, 1.0], 30) == [3, 9, 21, 30]
    assert snapshot_rows([0.1], 25_001) == [2501]


@pytest.mark.parametrize("shares", ["[0.5, 0.1]", "[0.5, 0.5]", "[0]", "[1.5]"])
def test_shares_that_are_not_between_0_and_1_in_increasing_order_are_refused(shares: str, tmp_path: Path) -> None:
    done = a2c_says("train", "-", "--seeds", "0", "--out", tmp_path, "--set", f"snapshots={shares}", fields=SMALL)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "snapshots" in done.stderr
