"""A tuning on a real SLURM: a job that is cancelled goes on after its last trial.

This file is not beside the other one that needs SLURM, which only one can have at a time: two processes that test
would take the two files together, and one would wait.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.slurm import Pipeline, cluster, jobs, wait_for
from tests.processes import run_snakemake
from tests.tuning.small import ENTRY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200), pytest.mark.usefixtures("slurm")]

# Runs of a second: there is time to cancel a job.
TUNING: dict[str, Any] = {
    **ENTRY,
    "base": {"total_steps": 500_000, "eval_episodes": 1, "n_envs": 4, "hidden_sizes": [64, 64]},
    "space": {"learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}, "gamma": {"choices": [0.9, 0.99]}},
    "grid": {},
    "tuners": ["tpe"],
    "repeats": 1,
    "small_budgets": [],
    "references": {},
}
JOB = Path("results/tunings/small/tpe/repeat-0")


@pytest.fixture(scope="module")
def slurm() -> Iterator[None]:
    with cluster():
        yield


def paper(folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    content = {"title": "t", "results": "results", "tunings": [TUNING]}
    (folder / "paper.yaml").write_text(yaml.safe_dump(content))
    return str(folder / "paper.yaml")


def test_a_cancelled_job_is_submitted_again_and_ends_with_the_bytes_of_one_machine(tmp_path: Path) -> None:
    target = str(JOB / "repeat.json")
    pipeline = Pipeline(tmp_path / "slurm", paper(tmp_path / "slurm"), "--", target)
    folder = tmp_path / "slurm" / JOB
    wait_for(lambda: (folder / "checkpoint.json").exists() or pipeline.process.poll() is not None)
    (first,) = [job for job in jobs(tmp_path / "slurm") if job.state == "RUNNING"]
    subprocess.run(["scancel", first.number], check=True)
    pipeline.finish()
    assert first.number in [job.number for job in jobs(tmp_path / "slurm") if job.state == "CANCELLED"]
    log = (tmp_path / "slurm/results/logs/tunings/small/tpe-0.log").read_text()
    assert "going on after" in log
    assert json.loads((folder / "repeat.json").read_text())["tuner"] == "tpe"

    alone = ("--cores", str(os.cpu_count()), "--configfile", paper(tmp_path / "alone"), "--", target)
    assert run_snakemake(tmp_path / "alone", *alone).returncode == 0
    for table in ("trials.parquet", "tests.parquet"):
        assert (folder / table).read_bytes() == (tmp_path / "alone" / JOB / table).read_bytes()
