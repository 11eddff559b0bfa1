"""The benchmark of lanes on a GPU, as far as it runs without one."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from a2c.config import ConfigError, Configuration
from a2c.runs.result import read_result
from a2c.verify.bitwise import differing_files
from benchmarks import gpu
from tests.processes import ROOT, SMALL
from tests.runs.other_runs import relabelled


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_one_line_says_that_nothing_was_measured() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    told = "benchmarks.gpu: no CUDA device was found here; nothing was checked or measured\n"
    assert (done.stdout, done.stderr) == (told, "")


def test_too_short_a_measurement_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^--seconds: 5 is not allowed; allowed: a number of at least 15$"):
        gpu.main(5)


def test_rates_are_rows_between_marks() -> None:
    marks = [(10.0, 100), (15.0, 600), (20.0, 1600)]
    assert gpu.rates_of(marks, agent_steps=16) == (1500 * 16 / 10, 1000 * 16 / 5)


def test_hours_are_those_of_the_whole_budget_of_all_lanes() -> None:
    lines = gpu.rate_table(Configuration(total_steps=7_200_000), [gpu.Rate(8, 16_000, 17_000)])
    assert lines[1].split() == ["8", "16,000", "17,000", "1.00"]


def test_results_are_the_same_if_every_common_seed_is(trained: Path, tmp_path: Path) -> None:
    alone = relabelled(trained, tmp_path / "alone", {1: 1})
    assert gpu.same(differing_files(read_result(trained), read_result(alone)))
    assert not gpu.same({0: [], 1: ["actions.npz"]})
    assert not gpu.same({})  # no seed in common


def test_checked_trainings_are_those_of_the_command(tmp_path: Path) -> None:
    folder = gpu.trained(Configuration.model_validate(SMALL, strict=False), "3", tmp_path / "run", 1)
    assert read_result(folder).seeds == [3]


def test_a_training_is_killed_after_its_first_checkpoint_and_resumed(tmp_path: Path) -> None:
    small = Configuration.model_validate(SMALL | {"total_steps": 1_600_000}, strict=False)
    whole = gpu.trained(small, "3", tmp_path / "whole", 1)
    killed = gpu.killed_and_resumed(small, "3", tmp_path / "killed", 1)
    assert len(read_result(killed).manifest["timings"]["sessions"]) == 2
    assert gpu.same(differing_files(read_result(whole), read_result(killed)))
