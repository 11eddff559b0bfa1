"""Weights kept during a run: the first update at or after each share of the budget."""

import signal
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from a2c.config import Configuration
from a2c.config.configuration import snapshot_rows
from a2c.envs import check
from a2c.learn import native, native_a3c
from a2c.learn import trainer as trainer_module
from a2c.learn.native import NativeTrainer
from a2c.learn.trainer import Progress, Trainer, make_trainer
from a2c.runs.result import read_result
from tests.commands import a2c_says, paused, training
from tests.learn.learners import make_learner, settled
from tests.pauses import Pause
from tests.processes import SMALL, contents

SHARES = [0.255, 0.5, 1.0]  # of 4,000 agent steps, 40 an update: after 1,040, 2,000 and 4,000
REACHED = {0.255: 1040, 0.5: 2000, 1.0: 4000}
STEPPED = {"env_kwargs": {"render_mode": "rgb_array"}}  # which the core leaves to Gymnasium


def trained(folder: Path, seeds: str, **fields: Any) -> dict[str, np.ndarray]:
    done = a2c_says("train", "-", "--seeds", seeds, "--out", folder, fields={**SMALL, **fields})
    assert done.returncode == 0, done.stderr
    name = "snapshots.npz" if "snapshots" in fields else "weights.npz"
    return dict(np.load(folder / name))


def in_process(seeds: list[int], **fields: Any) -> Trainer:
    """A finished training of this process."""
    configuration = Configuration(**{**SMALL, **fields})
    trainer = make_trainer(configuration, seeds, check(configuration, "test"))
    trainer.train(lambda _: None)
    return trainer


@pytest.mark.parametrize(
    "fields",
    [{}, STEPPED, {"normalize_observations": True}, {"algorithm": "ppo", "n_epochs": 2, "n_minibatches": 2}],
    ids=["native", "stepped", "normalised", "ppo"],
)
def test_a_snapshot_is_the_weights_of_a_training_that_ends_there(fields: dict[str, Any]) -> None:
    kept = in_process([0, 1], snapshots=tuple(SHARES), **fields)
    for share, steps in REACHED.items():
        shorter = in_process([0, 1], **{**fields, "total_steps": steps})
        for lane in range(2):
            assert blob(kept.snapshots(lane)[share]) == blob(shorter.weights(lane)), share
    assert list(kept.snapshots(0)) == SHARES


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
    for lane in range(2):
        assert list(second.snapshots(lane)) == [0.25]
        for name, array in second.snapshots(lane)[0.25].items():
            assert np.array_equal(array, whole.snapshots(lane)[0.25][name])
    assert second.accepts(first.state())


def test_a_seed_alone_has_the_snapshots_that_it_has_beside_others(tmp_path: Path) -> None:
    beside = trained(tmp_path / "beside", "0-2", snapshots=SHARES)
    alone = trained(tmp_path / "alone", "1", snapshots=SHARES)
    assert alone
    assert all(np.array_equal(beside[name], array) for name, array in alone.items())


@pytest.mark.parametrize(("fields", "steps"), [({}, 40_000), (STEPPED, 4000)], ids=["native", "stepped"])
def test_a_killed_training_keeps_the_same_snapshots(fields: dict[str, Any], steps: int, tmp_path: Path) -> None:
    longer = {**SMALL, "total_steps": steps, "snapshots": [0.001, 0.3, 1.0], **fields}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert training(whole, "0-1", longer).wait().returncode == 0
    with paused(training(killed, "0-1", longer, pause=Pause("progress.json"))) as first:
        assert first.kill(signal.SIGTERM).returncode == 128 + signal.SIGTERM
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


def updates_of(trainer: Trainer, lane: int) -> list[tuple[int, bytes]]:
    """Train part by part; the agent steps and weights of a lane after each part in which they have changed."""
    found = [(0, blob(trainer.weights(lane)))]
    steps = 0

    def note(progress: Progress) -> None:
        nonlocal steps
        steps += sum(logged.actions[..., 0].size if logged.env is None else len(logged.actions)
                     for logged in progress.actions if logged.lane == lane)  # fmt: skip
        if (now := blob(trainer.weights(lane))) != found[-1][1]:
            found.append((steps, now))

    trainer.train(note)
    return found[1:]


def blob(weights: dict[str, np.ndarray]) -> bytes:
    return b"".join(array.tobytes() for _, array in sorted(weights.items()))


OWN = {
    "reinforce": {"algorithm": "reinforce", "n_envs": 1, "total_steps": 2000},
    "a3c": {"algorithm": "a3c", "n_envs": 3, "total_steps": 1800},
    "a3c stepped": {"algorithm": "a3c", "n_envs": 3, "total_steps": 900, **STEPPED},
}


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("torch", [False, True], ids=["core", "pytorch"])
def test_lanes_with_their_own_clocks_keep_the_weights_of_the_first_update_at_or_after_each_share(
    name: str, torch: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the core takes many rows at a time, the same is trained once more row by row."""
    configuration = Configuration(**{**SMALL, **OWN[name], "snapshots": (0.2, 0.5, 1.0)})
    facts = check(configuration, "test")
    if torch:
        monkeypatch.setattr(trainer_module, "uses_core", lambda _: False)
    with settled() if torch else nullcontext():
        trainer = make_trainer(configuration, [4], facts)
        trainer.train(lambda _: None)
        kept = {share: blob(weights) for share, weights in trainer.snapshots(0).items()}
        monkeypatch.setattr(native, "PART", 1)
        monkeypatch.setattr(native_a3c, "PART", 1)
        updates = updates_of(make_trainer(configuration.model_copy(update={"snapshots": ()}), [4], facts), 0)
    assert len(updates) > 10
    for share, weights in kept.items():
        later = [then for steps, then in updates if steps >= share * configuration.total_steps]
        assert weights == (later[0] if later else updates[-1][1]), share
    assert list(kept) == [0.2, 0.5, 1.0]


@pytest.mark.parametrize("name", OWN)
def test_a_killed_training_of_lanes_with_their_own_clocks_keeps_the_same_snapshots(name: str, tmp_path: Path) -> None:
    steps = 6000 if name == "a3c stepped" else 30_000
    fields = {**SMALL, **OWN[name], "total_steps": steps, "snapshots": [0.001, 0.5, 1.0]}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert training(whole, "0-1", fields).wait().returncode == 0
    with paused(training(killed, "0-1", fields, pause=Pause("progress.json"))) as first:
        assert first.kill(signal.SIGTERM).returncode == 128 + signal.SIGTERM
    assert training(killed, "0-1", fields).wait().returncode == 0
    assert contents(killed) == contents(whole)


def test_rows_of_shares_are_exact() -> None:
    assert snapshot_rows([0.1, 0.3, 0.7, 1.0], 30) == [3, 9, 21, 30]
    assert snapshot_rows([0.1], 25_001) == [2501]


@pytest.mark.parametrize("shares", ["[0.5, 0.1]", "[0.5, 0.5]", "[0]", "[1.5]"])
def test_shares_that_are_not_between_0_and_1_in_increasing_order_are_refused(shares: str, tmp_path: Path) -> None:
    done = a2c_says("train", "-", "--seeds", "0", "--out", tmp_path, "--set", f"snapshots={shares}", fields=SMALL)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "snapshots" in done.stderr
