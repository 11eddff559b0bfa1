"""What lanes of their own kernels leave on disk: resumed, and audited as the result of a GPU. They train on the CPU."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from a2c.config import Configuration
from a2c.envs import check
from a2c.learn.cuda.trainer import CudaTrainer
from a2c.runs import training
from a2c.runs.audit import audit
from a2c.runs.signals import TrainingInterruptedError
from tests.learn.learners import settled
from tests.processes import contents
from tests.runs.other_runs import seal

# Over hundreds of steps Gymnasium's Acrobot, in which lanes on a GPU train, parts from the core's.
ACROBOT = Configuration(env_id="Acrobot-v1", hidden_sizes=(8,), n_envs=2, n_steps=20, total_steps=2400, eval_episodes=1)


@pytest.fixture(autouse=True)
def _lanes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(training, "make_trainer", CudaTrainer)
    with settled():
        yield


def train(folder: Path) -> None:
    training.train(ACROBOT, [3, 5], check(ACROBOT, "test"), folder, 30.0, print, threads=2)


def test_a_resumed_training_leaves_the_bytes_of_an_uninterrupted_one(tmp_path: Path) -> None:
    train(tmp_path / "whole")
    interrupted = tmp_path / "interrupted"
    interrupted.mkdir()
    begun = training.Training(ACROBOT, [3, 5], check(ACROBOT, "test"), interrupted, print, threads=1)
    with pytest.raises(TrainingInterruptedError):
        begun.run(30.0, [signal.SIGTERM])
    assert begun.steps == 40
    train(interrupted)
    assert contents(interrupted) == contents(tmp_path / "whole")


def as_of_a_gpu(content: dict[str, Any]) -> None:
    content["configuration"]["device"] = "cuda"
    content["name"] = Configuration.model_validate(content["configuration"]).name
    content["bits"] = 1001


def test_a_result_of_a_gpu_is_audited_where_there_is_none(tmp_path: Path) -> None:
    train(tmp_path / "run")
    seal(tmp_path / "run", as_of_a_gpu)
    assert audit(tmp_path / "run") >= 4
