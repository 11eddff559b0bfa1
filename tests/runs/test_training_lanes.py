"""What lanes of their own kernels leave on disk: resumed, and audited as the result of a GPU. They train on the CPU."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from a2c.config import Configuration
from a2c.envs import check
from a2c.learn.cuda.trainer import CudaTrainer
from a2c.runs import audit, training
from a2c.runs.signals import TrainingInterruptedError
from tests.learn.learners import settled
from tests.processes import contents
from tests.runs.other_runs import seal

CARTPOLE = Configuration(hidden_sizes=(8,), n_envs=2, n_steps=20, total_steps=1200, eval_episodes=1)


@pytest.fixture(autouse=True)
def _lanes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(training, "make_trainer", CudaTrainer)
    with settled():
        yield


def train(folder: Path) -> None:
    training.train(CARTPOLE, [3, 5], check(CARTPOLE, "test"), folder, 30.0, print, threads=2)


def test_a_resumed_training_leaves_the_bytes_of_an_uninterrupted_one(tmp_path: Path) -> None:
    train(tmp_path / "whole")
    interrupted = tmp_path / "interrupted"
    interrupted.mkdir()
    begun = training.Training(CARTPOLE, [3, 5], check(CARTPOLE, "test"), interrupted, print, threads=1)
    with pytest.raises(TrainingInterruptedError):
        begun.run(30.0, [signal.SIGTERM])
    assert begun.steps == 40
    train(interrupted)
    assert contents(interrupted) == contents(tmp_path / "whole")


def as_of_a_gpu(content: dict[str, Any]) -> None:
    content["configuration"]["device"] = "cuda"
    content["name"] = Configuration.model_validate(content["configuration"]).name
    content["bits"] = 1001


def test_a_result_of_a_gpu_is_audited_without_one_in_the_environments_that_it_was_trained_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those are Gymnasium's, whose states may differ from the core's in the last bit."""
    monkeypatch.setattr(audit, "_replay_in_core", None)  # a call of it fails
    train(tmp_path / "run")
    seal(tmp_path / "run", as_of_a_gpu)
    assert audit.audit(tmp_path / "run") > 20
