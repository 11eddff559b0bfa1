"""Environments are closed where a training, a trial or an audit ends, also after an error."""

from pathlib import Path
from typing import Any

import pytest

from a2c.config import Configuration
from a2c.config.errors import EnvironmentFaultError
from a2c.envs import check
from a2c.runs.audit import audit
from a2c.runs.training import train
from a2c.tuning.trials import train_seeds
from tests.envs.faulty import Counted

SMALL = {"env_id": "faulty/Counted-v0", "hidden_sizes": (8,), "n_envs": 2, "total_steps": 200, "eval_episodes": 2}
ALGORITHMS: list[dict[str, Any]] = [
    {"algorithm": "a2c"},
    {"algorithm": "a3c"},
    {"algorithm": "reinforce", "n_envs": 1},
]


@pytest.fixture(params=ALGORITHMS, ids=lambda fields: fields["algorithm"])
def fields(request: pytest.FixtureRequest) -> dict[str, Any]:
    Counted.opened = 0
    return {**SMALL, **request.param}


def trained(folder: Path, fields: dict[str, Any]) -> None:
    configuration = Configuration(**fields)
    train(configuration, [0, 1], check(configuration, "test"), folder, 60, lambda _: None)


def test_a_training_and_an_audit_leave_no_environment_open(fields: dict[str, Any], tmp_path: Path) -> None:
    trained(tmp_path / "block", fields)
    assert Counted.opened == 0
    assert audit(tmp_path / "block") > 0
    assert Counted.opened == 0


def test_a_training_that_fails_leaves_no_environment_open(fields: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFaultError, match="no way"):
        trained(tmp_path / "block", {**fields, "env_kwargs": {"lasts": 50}})
    assert Counted.opened == 0


def test_a_trial_leaves_no_environment_open(fields: dict[str, Any]) -> None:
    configuration = Configuration(**fields)
    train_seeds(configuration, [0], check(configuration, "test"), "final_return")
    assert Counted.opened == 0
