"""A paper with a gradient study, from the configuration to the page, in real processes."""

import io
import re
from pathlib import Path
from typing import Any

import pandas as pd
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
    "claims": "claims.yaml",
    "centres": {"plain": {}},
    "gradients": [
        {"name": "small", "base": BASE, "centres": "all", "seeds": "0-4", "snapshots": [0.5, 1.0], "n_envs": [1, 2],
         "batches": 64, "steps": 1024, "reference_steps": 2048, "estimators": ["reinforce value", "one-step"]},
    ],
}  # fmt: skip
WORDS = {"where": "there", "study": "small", "why": "because", "subject": {"estimator": "one-step"}}
REFERENCE = {"estimator": "reinforce value"}
CLAIMS = [
    {**WORDS, "id": "calm", "says": "One step is calm.", "measure": "gradient_variance_per_step", "test": "lower",
     "reference": REFERENCE, "margin": 1.5},
    {**WORDS, "id": "right", "says": "One step is right.", "measure": "gradient_bias", "test": "not_higher",
     "reference": REFERENCE, "margin": 1.5},
    {"id": "elsewhere", "says": "There is more.", "where": "there", "study": "other", "why": "none",
     "test": "not_tested"},
]  # fmt: skip


def made(folder: Path, cores: str, paper: dict[str, Any]) -> dict[str, bytes]:
    folder.mkdir(exist_ok=True)
    (folder / "paper.yaml").write_text(yaml.safe_dump(paper))
    (folder / "claims.yaml").write_text(yaml.safe_dump({"claims": CLAIMS}))
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
    assert {name for name in one if name.startswith("gradients/small_plain/") and "/runs/" not in name} == {
        f"gradients/small_plain/{file}"
        for file in (
            "gradients.json", "estimates.parquet", "summary.csv", "lineage.json", "drawn.json", "index.html",
            "measures.csv", "claims.csv", "claims.md", "claims.tex",
            *(f"bias_variance.{suffix}" for suffix in ("pdf", "png", "svg", "txt")),
            *(f"over_training.{suffix}" for suffix in ("pdf", "png", "svg", "txt")),
            *(f"estimators.{suffix}" for suffix in ("csv", "md", "tex")),
        )
    }  # fmt: skip
    assert b'id="bias_variance"' in one["gradients/small_plain/index.html"]
    assert b'href="../../index.html#claim-calm-plain"' in one["gradients/small_plain/index.html"]
    assert b'href="gradients/small_plain/index.html#over_training"' in one["index.html"]
    verdicts = pd.read_csv(io.BytesIO(one["claims.csv"])).set_index("claim")
    assert verdicts.loc["calm", ["study", "centre", "verdict"]].tolist() == ["small_plain", "plain", "supported"]
    assert verdicts.loc["right", "n"] > 0
    assert verdicts.loc["calm", "subject"] == "snapshot 0.5, estimator one-step, n_envs 2"
    assert verdicts.loc["elsewhere", "verdict"] == "not tested yet"

    more = {**PAPER, "gradients": [{**PAPER["gradients"][0], "seeds": "0-5"}]}
    after = made(tmp_path / "one", "2", more)
    assert "gradients/small_plain/runs/seed-5.parquet" in after
    for seed in (0, 1):
        log = tmp_path / "one" / "results" / "logs" / "gradients" / "small_plain" / f"seed-{seed}.log"
        assert "already measured" in log.read_text()
        name = f"gradients/small_plain/runs/seed-{seed}.parquet"
        assert after[name] == one[name]


@pytest.mark.slow
def test_a_mistake_in_a_gradient_study_is_one_line_before_anything_runs(tmp_path: Path) -> None:
    wrong = {**PAPER, "gradients": [{**PAPER["gradients"][0], "estimators": ["td"]}]}
    (tmp_path / "paper.yaml").write_text(yaml.safe_dump(wrong))
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump({"claims": CLAIMS}))
    done = run_snakemake(tmp_path, "--cores", "1", "--configfile", str(tmp_path / "paper.yaml"))
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("a2c:")]
    assert "gradients.small[plain].estimators[0]: 'td' is not allowed" in line
    assert not (tmp_path / "results").exists()
