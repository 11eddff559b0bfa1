"""A paper with a gradient study, from the configuration to the page, in real processes."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.processes import contents, run_snakemake

BASE = {"hidden_sizes": [8], "total_steps": 2000, "eval_episodes": 1, "env_kwargs": {"max_episode_steps": 50}}
PAPER: dict[str, Any] = {
    "title": "Gradients",
    "results": "results",
    "studies": [
        {"name": "runs", "base": {**BASE, "snapshots": [0.5, 1.0]}, "grid": {"gamma": [0.9, 0.99]}, "seeds": "0-1"},
    ],
    "gradients": [
        {"name": "small", "base": BASE, "seeds": "0-1", "snapshots": [0.5, 1.0], "n_envs": [1, 2], "batches": 64,
         "steps": 1024, "reference_steps": 2048, "estimators": ["reinforce value", "one-step"]},
    ],
}  # fmt: skip


def made(folder: Path, cores: str, paper: dict[str, Any]) -> dict[str, bytes]:
    folder.mkdir(exist_ok=True)
    (folder / "paper.yaml").write_text(yaml.safe_dump(paper))
    done = run_snakemake(folder, "--cores", cores, "--configfile", str(folder / "paper.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr
    return contents(folder / "results", ["logs"])


@pytest.mark.slow
def test_a_gradient_study_goes_from_training_to_the_page_with_the_same_bytes_on_one_core_and_two(
    tmp_path: Path,
) -> None:
    one, two = made(tmp_path / "one", "1", PAPER), made(tmp_path / "two", "2", PAPER)
    where = re.compile(rb'"(host|started)": "[^"]*"')
    for name in one.keys() | two.keys():
        assert where.sub(b"", one[name]) == where.sub(b"", two[name]), name
    assert {name for name in one if name.startswith("gradients/small/") and "/runs/" not in name} == {
        f"gradients/small/{file}"
        for file in (
            "gradients.json", "estimates.parquet", "summary.csv", "lineage.json", "drawn.json", "index.html",
            *(f"bias_variance.{suffix}" for suffix in ("pdf", "png", "txt")),
            *(f"over_training.{suffix}" for suffix in ("pdf", "png", "txt")),
            *(f"estimators.{suffix}" for suffix in ("csv", "md", "tex")),
        )
    }  # fmt: skip
    assert b'id="bias_variance"' in one["gradients/small/index.html"]
    assert len([name for name in one if name.startswith("runs/") and name.endswith("snapshots.npz")]) == 2

    more = {**PAPER, "gradients": [{**PAPER["gradients"][0], "seeds": "0-2"}]}
    after = made(tmp_path / "one", "2", more)
    assert "gradients/small/runs/seed-2.parquet" in after
    for seed in (0, 1):
        log = tmp_path / "one" / "results" / "logs" / "gradients" / "small" / f"seed-{seed}.log"
        assert "already measured" in log.read_text()
        name = f"gradients/small/runs/seed-{seed}.parquet"
        assert after[name] == one[name]


@pytest.mark.slow
def test_a_mistake_in_a_gradient_study_is_one_line_before_anything_runs(tmp_path: Path) -> None:
    wrong = {**PAPER, "gradients": [{**PAPER["gradients"][0], "estimators": ["td"]}]}
    (tmp_path / "paper.yaml").write_text(yaml.safe_dump(wrong))
    done = run_snakemake(tmp_path, "--cores", "1", "--configfile", str(tmp_path / "paper.yaml"))
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("a2c:")]
    assert "gradients.small.estimators[0]: 'td' is not allowed" in line
    assert not (tmp_path / "results").exists()
