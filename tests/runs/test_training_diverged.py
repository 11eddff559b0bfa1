"""Runs with returns that are not finite end as diverged ones. Other runs go on, and the result can be read."""

from pathlib import Path
from typing import Any

import pytest

import tests.envs.faulty  # noqa: F401 - registers environments
from a2c.config import Configuration
from a2c.envs import check
from a2c.learn.trainer import Progress
from a2c.runs import manifest
from a2c.runs.audit import audit
from a2c.runs.training import train
from a2c.runs.watching import Begun
from tests.processes import contents

pytestmark = pytest.mark.usefixtures("unsettled")
SMALL = {"hidden_sizes": (8,), "n_envs": 2, "total_steps": 600, "eval_episodes": 2, "reward_clip": 1.0}
NUMBERS = {"env_id": "faulty/InfiniteRewards-v0", "env_kwargs": {"share": 0.002}}
IMAGES = {**NUMBERS, "env_id": "faulty/InfiniteRewardsOfImages-v0", "network": "cnn", "conv_channels": (2, 2, 2)}
ALGORITHMS: list[dict[str, Any]] = [
    {"algorithm": "a2c"},
    {"algorithm": "ppo"},
    {"algorithm": "a3c"},
    {"algorithm": "reinforce", "n_envs": 1},
]
SEEDS = [0, 1, 2, 3]


class Interrupt:
    """A watcher that ends a training in its middle."""

    def begin(self, begun: Begun) -> None:
        pass

    def see(self, steps: int, progress: Progress) -> None:
        if steps > 400:
            raise KeyboardInterrupt


def trained(folder: Path, fields: dict[str, Any], *watchers: Interrupt) -> dict[str, Any]:
    configuration = Configuration(**{**SMALL, **fields})
    train(configuration, SEEDS, check(configuration, "test"), folder, 0.0, lambda _: None, watchers=watchers)
    runs: dict[str, Any] = manifest.read(folder)["runs"]
    return runs


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda fields: fields["algorithm"])
@pytest.mark.parametrize("environment", [NUMBERS, IMAGES], ids=["numbers", "images"])
def test_an_infinite_return_ends_its_run_alone(
    environment: dict[str, Any], algorithm: dict[str, Any], tmp_path: Path
) -> None:
    runs = trained(tmp_path / "block", {**environment, **algorithm})
    assert {(run["status"], run.get("reason")) for run in runs.values()} == {
        ("finished", None),
        ("diverged", "return is inf"),
    }
    assert audit(tmp_path / "block") > 0


@pytest.mark.parametrize(
    "fields", [*({**NUMBERS, **algorithm} for algorithm in ALGORITHMS), {**IMAGES, "algorithm": "a2c"}]
)
def test_resumed_behind_an_infinite_return_the_result_is_the_same(fields: dict[str, Any], tmp_path: Path) -> None:
    trained(tmp_path / "whole", fields)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "block", fields, Interrupt())
    trained(tmp_path / "block", fields)
    assert contents(tmp_path / "block") == contents(tmp_path / "whole")


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda fields: fields["algorithm"])
def test_an_infinite_return_of_the_evaluation_ends_its_run_alone(algorithm: dict[str, Any], tmp_path: Path) -> None:
    runs = trained(
        tmp_path / "block",
        {**NUMBERS, **algorithm, "total_steps": 20, "env_kwargs": {"share": 0.005}, "eval_episodes": 20},
    )
    assert {(run["status"], run.get("step"), run.get("reason")) for run in runs.values()} == {
        ("finished", None, None),
        ("diverged", 20, "evaluation: return is inf"),
    }
    audit(tmp_path / "block")
