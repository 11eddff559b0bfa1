"""The doctor on trained runs: runs with deliberately bad settings, healthy runs, and the tables."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from a2c.analysis.doctor.checklist import Signs, signs_of
from a2c.analysis.doctor.checkup import COLUMNS, checkup, doctor
from a2c.analysis.doctor.remedies import NOTHING
from a2c.config import Configuration
from a2c.envs import check
from a2c.runs import training
from a2c.runs.files import DamagedError
from a2c.runs.study import ConfigurationRecord

# Stable-Baselines3's default settings, which learn CartPole in 200,000 steps.
PEER: dict[str, Any] = {
    "shared_trunk": False,
    "init": "orthogonal",
    "activation": "tanh",
    "hidden_sizes": (64, 64),
    "optimizer": "rmsprop",
    "optimizer_eps": 1e-5,
    "gae_lambda": 1.0,
    "normalize_advantage": False,
    "entropy_coef": 0.0,
}
pytestmark = pytest.mark.usefixtures("unsettled")

SMALL = {"hidden_sizes": (16, 16), "total_steps": 12_000, "eval_episodes": 1}


def examined(folder: Path, n_seeds: int, **fields: Any) -> dict[str, int]:
    """Train, and return the number of runs with each finding."""
    configuration = Configuration(**fields)
    facts = check(configuration, "test")
    training.train(configuration, range(n_seeds), facts, folder, 60.0, lambda line: None)
    table = doctor(folder)
    return dict(zip(table["finding"], table["n_found"], strict=True))


@pytest.mark.parametrize(
    ("fields", "findings"),
    [
        ({"learning_rate": 0.0}, {"return flat", "value loss not falling", "advantages off"}),
        (PEER | {"learning_rate": 0.1}, {"entropy collapsed"}),
        (PEER | {"learning_rate": 0.03, "entropy_coef": 0.0}, {"entropy collapsed"}),
        (PEER | {"learning_rate": 0.1, "max_grad_norm": None}, {"entropy collapsed", "return collapsing"}),
        (PEER | {"learning_rate": 0.1, "value_loss_coef": 0.0}, {"gradients vanishing", "value loss not falling"}),
        ({"learning_rate": 1e20, "max_grad_norm": None}, {"diverged"}),
    ],
    ids=["learning rate 0", "learning rate 0.1", "entropy 0", "no clipping", "critic untrained", "diverged"],
)
def test_the_fault_of_a_bad_setting_is_found(fields: dict[str, Any], findings: set[str], tmp_path: Path) -> None:
    found = examined(tmp_path, 4, **fields | SMALL)
    assert findings <= {name for name, runs in found.items() if runs >= 2}


@pytest.mark.slow
@pytest.mark.parametrize(("gamma", "finding", "runs"), [(1.0, "value loss not falling", 1), (0.99, NOTHING, 3)])
def test_a_discount_of_one_is_found_where_the_run_does_not_solve_the_environment(
    gamma: float, finding: str, runs: int, tmp_path: Path
) -> None:
    """Two of the three runs with a discount of one end solved, and a solved run has no finding."""
    assert examined(tmp_path, 3, **PEER, gamma=gamma)[finding] == runs


@pytest.mark.slow
def test_a_discount_of_zero_is_found(tmp_path: Path) -> None:
    found = examined(tmp_path, 5, **PEER, gamma=0.0)
    assert found.get("return flat", 0) + found.get("return collapsing", 0) >= 3


@pytest.mark.slow
def test_exploding_losses_and_gradients_are_found(tmp_path: Path) -> None:
    found = examined(tmp_path, 5, gamma=1.0)
    assert min(found["value loss exploding"], found["gradients exploding"]) >= 4
    assert found["return collapsing"] >= 2


def test_a_result_has_each_of_its_runs_in_the_table(trained: Path) -> None:
    table = doctor(trained)
    assert list(table.columns) == COLUMNS
    assert {int(seed) for seeds in table["seeds"] for seed in seeds.split(", ")} == {0, 1, 2}


def test_a_damaged_table_is_named(trained: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(trained, damaged)
    (damaged / "episodes.parquet").write_bytes(b"PAR1")
    with pytest.raises(DamagedError, match=r"episodes\.parquet: damaged"):
        doctor(damaged)


def test_a_folder_without_a_result_is_named(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match=r"manifest\.json: missing"):
        doctor(tmp_path)


def study(*names: str) -> tuple[list[ConfigurationRecord], list[int]]:
    """Configurations and seeds of a study."""
    fields = Configuration(total_steps=10_000).model_dump(mode="json")
    return [ConfigurationRecord(name, "CartPole-v1", {}, 475.0, fields, []) for name in names], [0, 1, 2]


def records(entropies: dict[tuple[str, int], float]) -> tuple[dict[tuple[str, int], Signs | None], pd.DataFrame]:
    """Signs and status of runs that learn, all with the given entropy."""
    step, falling = np.arange(100, 10_001, 100), np.linspace(1, 0.3, 100)
    episodes = pd.DataFrame({"step": step, "return": np.linspace(20, 400, 100)})
    metrics = pd.DataFrame({"step": step, "value_loss": falling, "grad_norm": falling, "explained_variance": 0.9})
    metrics = metrics.assign(advantage_mean=0.0, advantage_std=1.0)
    signs = {run: signs_of(episodes, metrics.assign(entropy=entropy), 10_000) for run, entropy in entropies.items()}
    status = [{"configuration": name, "seed": seed, "status": "finished"} for name, seed in entropies]
    return signs, pd.DataFrame(status)


COLLAPSED = {("a", 0): 0.02, ("a", 1): 0.5, ("a", 2): 0.04, ("b", 0): 0.5, ("b", 1): 0.5, ("b", 2): 0.5}


def test_a_study_has_a_row_for_each_configuration_and_finding() -> None:
    table = checkup(*study("a", "b"), *records(COLLAPSED))
    assert table[COLUMNS[:5]].to_numpy().tolist() == [
        ["a", "entropy collapsed", 2, 3, "0, 2"],
        ["a", NOTHING, 1, 3, "1"],
        ["b", NOTHING, 3, 3, "0, 1, 2"],
    ]


def test_the_measured_value_is_the_median_of_the_runs_with_the_finding() -> None:
    table = checkup(*study("a", "b"), *records(COLLAPSED))
    assert table["measured"][0] == "last entropy in nats: 0.03 (a finding from at most 0.1)"


def test_runs_of_other_seeds_are_left_out() -> None:
    table = checkup(*study("a"), *records({**COLLAPSED, ("a", 77): 0.0}))
    assert table["n_found"].tolist() == [2, 1]


def test_a_run_without_any_record_has_too_little_to_tell() -> None:
    signs, status = records(COLLAPSED)
    table = checkup(*study("b"), {run: found for run, found in signs.items() if run != ("b", 2)}, status)
    assert table["finding"].tolist() == ["too little to tell", NOTHING]
