"""Tables and weights that do not fit the configuration are named, though all checksums fit."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from a2c.config import Configuration
from a2c.runs import manifest
from a2c.runs.audit import audit
from a2c.runs.consistency import recorded_steps
from a2c.runs.files import DamagedError, read_arrays, write_arrays
from a2c.runs.records import read_table, write_table
from tests.commands import a2c_says
from tests.processes import SMALL
from tests.runs.other_runs import seal

Rows = list[dict[str, Any]]


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "copy")
    return tmp_path / "copy"


def edit(path: Path, change: Callable[[Rows], Rows]) -> None:
    write_table(path, [tuple(row.values()) for row in change(read_table(path).to_pylist())], "a2c")
    seal(path.parent)


def with_first(**values: Any) -> Callable[[Rows], Rows]:
    return lambda rows: [rows[0] | values, *rows[1:]]


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("evaluation.parquet", lambda rows: rows[1:], "seed 0: other episodes than those"),
        ("evaluation.parquet", lambda rows: [*rows, rows[-1]], "seed 2: other episodes than those"),
        ("evaluation.parquet", with_first(mode="greedy"), "seed 0: other episodes than those"),
        ("evaluation.parquet", with_first(**{"return": np.nan}), "return: not a finite number"),
        ("evaluation.parquet", with_first(length=501), "seed 0: a length that no episode"),
        ("evaluation.parquet", lambda rows: [*rows, rows[-1] | {"seed": 9}], "seed 9: not a seed of this result"),
        ("metrics.parquet", lambda rows: rows[1:], "seed 0: other steps than those"),
        ("metrics.parquet", with_first(step=39), "seed 0: other steps than those"),
        ("metrics.parquet", lambda rows: [*rows, rows[-1] | {"seed": 9}], "seed 9: not a seed of this result"),
    ],
)
def test_a_table_that_does_not_fit_is_named(name: str, change: Callable[[Rows], Rows], told: str, copy: Path) -> None:
    edit(copy / name, change)
    with pytest.raises(DamagedError, match=rf"{name}: {told}"):
        audit(copy)


@pytest.mark.parametrize(
    "change",
    [
        lambda weights: weights.pop("1/shared.0.bias"),
        lambda weights: weights.update({"3/shared.0.bias": weights["1/shared.0.bias"]}),
        lambda weights: weights.update({"1/shared.0.bias": weights["1/shared.0.bias"][..., :1]}),
        lambda weights: weights.update({"1/shared.0.bias": weights["1/shared.0.bias"].astype(np.float64)}),
    ],
)
def test_weights_of_another_network_are_named(change: Callable[[dict[str, Any]], object], copy: Path) -> None:
    weights = read_arrays(copy / "weights.npz")
    change(weights)
    write_arrays(copy / "weights.npz", weights, compress=False)
    seal(copy)
    with pytest.raises(DamagedError, match=r"weights\.npz: [13]/shared\.0\.bias: not a parameter of its network"):
        audit(copy)


def test_actions_of_another_seed_are_named(copy: Path) -> None:
    actions = read_arrays(copy / "actions.npz")
    write_arrays(copy / "actions.npz", {**actions, "9": actions["1"]}, compress=True)
    seal(copy)
    with pytest.raises(DamagedError, match=r"actions\.npz: 9: not a seed of this result"):
        audit(copy)


@pytest.mark.parametrize("name", ["thin.parquet", "snapshots.npz"])
def test_a_file_of_another_result_is_named(name: str, copy: Path) -> None:
    (copy / name).write_bytes(b"")
    with pytest.raises(DamagedError, match=rf"{name}: not a file of this result"):
        audit(copy)


def diverged(**run: Any) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["runs"].update({"1": {"status": "diverged", **run}})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (diverged(step=8000, reason="loss"), r"runs\.1\.step: 8000 is not allowed; allowed: 1 to 4000"),
        (diverged(step=0, reason="loss"), r"runs\.1\.step: 0 is not allowed; allowed: 1 to 4000"),
        (diverged(step=80), r"runs\.1.*reason"),
        (diverged(step=80, reason="loss"), r"metrics\.parquet: seed 1: other steps"),
        (lambda content: content["runs"].update({"9": {"status": "finished"}}), r"runs\.9: missing, or not a seed"),
        (lambda content: content["files"].pop("metrics.parquet"), r"files\.metrics\.parquet: missing; a whole result"),
        (
            lambda content: content.update(left_out=["actions.npz"]),
            r"left_out: actions\.npz is not allowed; allowed: w",
        ),
        (
            lambda content: content["runs"]["1"].update(step=2000),
            r"runs\.1\.step: 2000 is not allowed; allowed: null, the budget's end",
        ),
        (lambda content: content.update(bits=5), r"bits: 5 is not allowed; allowed: 1 or 2$"),
        (lambda content: content.update(bits=1001), r"bits: 1001 is not allowed; allowed: 1 or 2$"),
        (lambda content: content.update(kind="thin"), r"files\.thin\.parquet: missing; a thin result has it"),
        (lambda content: content.update(kind="slim"), r"kind: 'slim' is not allowed"),
        (lambda content: content["platform"].update(cpu="x\nseed 0: identical"), "platform: a text of several lines"),
        (lambda content: content["environment"].update(package="x\ny"), "environment: a text of several lines"),
    ],
)
def test_a_manifest_that_does_not_fit_is_named(change: Callable[[dict[str, Any]], None], told: str, copy: Path) -> None:
    seal(copy, change)
    with pytest.raises(DamagedError, match=told):
        audit(copy)


def test_a_result_in_the_folder_of_other_runs_is_named(trained: Path, tmp_path: Path) -> None:
    name = Configuration(**{**SMALL, "hidden_sizes": (16, 16)}).name
    for place, told in (
        (f"CartPole-v1/{name}/seeds-0-3", "seeds: other ones than those of its folder, seeds-0-3"),
        ("CartPole-v1/a2c_other/seeds-0-2", "name: .* is not that of its folder, a2c_other"),
    ):
        shutil.copytree(trained, tmp_path / place)
        with pytest.raises(DamagedError, match=told):
            audit(tmp_path / place)


@pytest.mark.parametrize(
    "fields",
    [
        {"n_envs": 8, "n_steps": 5, "total_steps": 4003},
        {"n_envs": 3, "n_steps": 7, "total_steps": 9000},
        {"n_envs": 1, "n_steps": 1, "total_steps": 700, "normalize_advantage": False},
        {"n_envs": 8, "n_steps": 20, "total_steps": 2000, "learning_rate": 1e30, "max_grad_norm": None},
        {"n_envs": 2, "n_steps": 5, "total_steps": 600, "env_kwargs": {"render_mode": "rgb_array"}},
        {"algorithm": "ppo", "n_envs": 4, "n_steps": 32, "total_steps": 4000},
        {"stop_return": 25.0},
        {"algorithm": "ppo", "n_envs": 4, "n_steps": 32, "stop_return": 22.0},
        {"algorithm": "reinforce", "n_envs": 1, "total_episodes": 23, "episodes_per_update": 5},
        {"algorithm": "reinforce", "n_envs": 1, "stop_return": 25.0, "episodes_per_update": 4},
    ],
)
def test_the_expected_steps_of_metrics_are_those_that_are_recorded(fields: dict[str, Any], tmp_path: Path) -> None:
    a2c_says("train", "-", "--seeds", "0-1", "--out", tmp_path, fields={**SMALL, **fields}).check_returncode()
    audit(tmp_path)
    found = read_table(tmp_path / "metrics.parquet").to_pandas()
    if (
        not {"learning_rate", "stop_return", "total_episodes"} & fields.keys()
    ):  # runs that diverge or stop early end between
        expected = recorded_steps(Configuration(**{**SMALL, **fields, "hidden_sizes": (16, 16)}))
        assert found.loc[found["seed"] == 1, "step"].tolist() == expected.tolist()


@pytest.mark.parametrize(
    "fields", [{"stop_return": 22.0}, {"algorithm": "reinforce", "n_envs": 1, "total_episodes": 5}]
)
def test_a_run_that_ended_elsewhere_than_its_episodes_end_it_is_named(fields: dict[str, Any], tmp_path: Path) -> None:
    a2c_says("train", "-", "--seeds", "0", "--out", tmp_path, fields={**SMALL, **fields}).check_returncode()
    (run,) = manifest.read(tmp_path)["runs"].values()
    for forged, told in (({"step": run["step"] - 1}, str(run["step"] - 1)), ({}, "null")):
        seal(tmp_path, lambda content, forged=forged: content["runs"].update({"0": {"status": "finished", **forged}}))
        with pytest.raises(DamagedError, match=rf"step: {told} is not allowed; allowed: {run['step']}, where its ep"):
            audit(tmp_path)
