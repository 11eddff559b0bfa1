"""Publishing copies runs without their weights and records this in the manifest."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from a2c.config import ConfigError, Paper, load_paper
from a2c.exchange.publish import publish, published_part
from a2c.runs import manifest
from a2c.runs.audit import audit
from a2c.runs.files import DamagedError
from a2c.runs.layout import plan
from tests.commands import a2c_says
from tests.processes import SMALL, contents

PAPER = """
title: One study
results: results
studies:
  - name: only
    grid: {n_envs: [8]}
    seeds: 0-1
"""


@pytest.fixture
def paper(trained: Path, tmp_path: Path) -> Paper:
    """A paper of two studies with exactly the runs of `trained`, which are in its folder of runs."""
    held = json.loads((trained / "manifest.json").read_text())
    fields = held["configuration"]
    studies = [
        {"name": name, "base": fields, "grid": {"n_envs": [fields["n_envs"]]}, "seeds": held["seeds"]}
        for name in ("only", "other")
    ]
    (tmp_path / "paper.yaml").write_text(json.dumps({"title": "Two studies", "results": "results", "studies": studies}))
    paper = load_paper(tmp_path / "paper.yaml")
    ((block,),) = plan(paper, tmp_path / "runs").values()
    shutil.copytree(trained, tmp_path / "runs" / block.path)
    return paper


@pytest.fixture
def published(paper: Paper, tmp_path: Path) -> Path:
    """The folder `trained`, published."""
    (copied,) = publish(paper, ["only"], tmp_path / "runs", tmp_path / "published")
    return copied


def test_every_file_except_the_weights_is_copied_byte_for_byte(trained: Path, published: Path) -> None:
    original = contents(trained)
    for name in ("weights.npz", "manifest.json"):
        del original[name]
    copied = contents(published)
    del copied["manifest.json"]
    assert copied == original


def test_the_manifest_keeps_the_checksum_of_the_weights_and_lists_them_as_left_out(
    trained: Path, published: Path
) -> None:
    ours, theirs = manifest.read(published), manifest.read(trained)
    assert ours.pop("left_out") == ["weights.npz"]
    assert ours.pop("sha256") != theirs.pop("sha256")
    assert ours == theirs


def test_the_copy_passes_an_audit(published: Path) -> None:
    assert audit(published) > 100


def test_another_missing_file_is_reported(published: Path) -> None:
    (published / "metrics.parquet").unlink()
    with pytest.raises(DamagedError, match=r"metrics\.parquet: missing"):
        audit(published)


def test_weights_listed_as_left_out_are_checked_if_they_exist(published: Path) -> None:
    (published / "weights.npz").write_bytes(b"others")
    with pytest.raises(DamagedError, match=r"weights\.npz: damaged"):
        audit(published)


def test_a_run_that_is_not_trained_is_named(tmp_path: Path) -> None:
    (tmp_path / "paper.yaml").write_text(PAPER)
    with pytest.raises(DamagedError, match=r"manifest\.json: missing"):
        list(publish(load_paper(tmp_path / "paper.yaml"), ["only"], tmp_path / "runs", tmp_path / "published"))


def test_weights_of_the_best_seed_are_published_if_blocks_have_one_seed(tmp_path: Path) -> None:
    study = {"name": "only", "base": SMALL, "grid": {"n_envs": [8, 1]}, "seeds": "0-2"}
    (tmp_path / "paper.yaml").write_text(
        json.dumps({"title": "One study", "results": "results", "seeds_per_job": 1, "studies": [study]})
    )
    paper = load_paper(tmp_path / "paper.yaml")
    first, second = plan(paper, tmp_path / "runs").values()
    for block in [*first, *second]:
        fields = json.loads(block.configuration.canonical_json())
        out = tmp_path / "runs" / block.path
        a2c_says("train", "-", "--seeds", str(block.first), "--out", out, fields=fields).check_returncode()
    copied = publish(paper, ["only"], tmp_path / "runs", tmp_path / "published")
    (kept,) = [folder for folder in copied if (folder / "weights.npz").exists()]
    assert (
        kept
        == tmp_path / "published" / "runs" / max(first, key=lambda block: sampled(tmp_path / "runs" / block.path)).path
    )
    assert manifest.read(kept)["left_out"] == []


def test_a_study_published_alone_is_recorded_as_the_only_one(paper: Paper, published: Path, tmp_path: Path) -> None:
    assert [study.name for study in published_part(paper, tmp_path / "published").studies] == ["only"]


def test_publishing_the_other_study_completes_the_paper(paper: Paper, published: Path, tmp_path: Path) -> None:
    assert list(publish(paper, ["other"], tmp_path / "runs", tmp_path / "published")) == [published]
    assert [study.name for study in published_part(paper, tmp_path / "published").studies] == ["only", "other"]


def test_a_different_training_of_a_published_run_is_refused(paper: Paper, published: Path, tmp_path: Path) -> None:
    held = json.loads((published / "manifest.json").read_text())
    files = {name: file for name, file in held["files"].items() if name != "metrics.parquet"}
    manifest.leave_out(published, {**held, "files": files}, held["left_out"])
    with pytest.raises(ConfigError, match="from another training"):
        next(iter(publish(paper, ["only"], tmp_path / "runs", tmp_path / "published")))


def test_published_runs_that_the_paper_no_longer_has_are_refused(paper: Paper, published: Path, tmp_path: Path) -> None:
    shutil.copytree(published, tmp_path / "published" / "runs" / "CartPole-v1" / "older" / "seeds-0-1")
    with pytest.raises(ConfigError, match=r"older.*allowed: runs of this paper"):
        next(iter(publish(paper, ["only"], tmp_path / "runs", tmp_path / "published")))


def test_a_study_that_is_not_in_the_paper_is_refused(paper: Paper, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--study: 'third' is not allowed; allowed: only, other"):
        next(iter(publish(paper, ["third"], tmp_path / "runs", tmp_path / "published")))


def test_a_damaged_list_of_published_studies_is_named(paper: Paper, published: Path, tmp_path: Path) -> None:
    (tmp_path / "published" / "published.json").write_text('{"studies": ["fourth"]}')
    with pytest.raises(DamagedError, match=r"published\.json: damaged"):
        published_part(paper, tmp_path / "published")


def sampled(folder: Path) -> float:
    """Mean return of the sampled evaluation episodes."""
    episodes = pq.read_table(folder / "evaluation.parquet").to_pylist()
    return float(np.mean([episode["return"] for episode in episodes if episode["mode"] == "sampled"]))
