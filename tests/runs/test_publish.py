"""A published copy does without the weights, and says so."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from processes import SMALL, A2c, contents

from a2c.config import ConfigError, load_paper
from a2c.runs import manifest
from a2c.runs.audit import audit
from a2c.runs.files import DamagedError
from a2c.runs.layout import plan
from a2c.runs.publish import publish

PAPER = """
title: One study
studies:
  - name: only
    grid: {n_envs: [8]}
    seeds: 0-1
"""


@pytest.fixture
def published(trained: Path, tmp_path: Path) -> Path:
    """The folder `trained` published, as the runs of a paper that asks for just these."""
    held = json.loads((trained / "manifest.json").read_text())
    fields = held["configuration"]
    study = {"name": "only", "base": fields, "grid": {"n_envs": [fields["n_envs"]]}, "seeds": held["seeds"]}
    (tmp_path / "paper.yaml").write_text(json.dumps({"title": "One study", "studies": [study]}))
    paper = load_paper(tmp_path / "paper.yaml")
    ((block,),) = plan(paper, tmp_path / "runs").values()
    shutil.copytree(trained, tmp_path / "runs" / block.place)
    (copied,) = publish(paper, tmp_path / "runs", tmp_path / "published")
    assert copied == tmp_path / "published" / block.place
    with pytest.raises(ConfigError, match="is there already"):
        next(iter(publish(paper, tmp_path / "runs", tmp_path / "published")))
    return copied


def test_all_but_the_weights_is_there_byte_for_byte(trained: Path, published: Path) -> None:
    original = contents(trained)
    for name in ("weights.npz", "manifest.json"):
        del original[name]
    copied = contents(published)
    del copied["manifest.json"]
    assert copied == original


def test_the_manifest_keeps_the_weights_checksum_and_says_that_they_were_left_out(
    trained: Path, published: Path
) -> None:
    ours, theirs = manifest.read(published), manifest.read(trained)
    assert ours.pop("left_out") == ["weights.npz"]
    assert ours.pop("sha256") != theirs.pop("sha256")
    assert ours == theirs


def test_the_copy_passes_an_audit(published: Path) -> None:
    assert audit(published) > 100


def test_another_missing_file_is_still_named(published: Path) -> None:
    (published / "metrics.parquet").unlink()
    with pytest.raises(DamagedError, match=r"metrics\.parquet: missing"):
        audit(published)


def test_weights_that_are_there_all_the_same_have_to_be_the_right_ones(published: Path) -> None:
    (published / "weights.npz").write_bytes(b"others")
    with pytest.raises(DamagedError, match=r"weights\.npz: damaged"):
        audit(published)


def test_a_run_that_is_not_trained_is_named(tmp_path: Path) -> None:
    (tmp_path / "paper.yaml").write_text(PAPER)
    with pytest.raises(DamagedError, match=r"manifest\.json: missing"):
        list(publish(load_paper(tmp_path / "paper.yaml"), tmp_path / "runs", tmp_path / "published"))


def test_weights_stay_with_the_best_seed_where_blocks_are_of_one_seed(a2c: A2c, tmp_path: Path) -> None:
    study = {"name": "only", "base": SMALL, "grid": {"n_envs": [8, 1]}, "seeds": "0-2"}
    (tmp_path / "paper.yaml").write_text(json.dumps({"title": "One study", "seeds_per_job": 1, "studies": [study]}))
    paper = load_paper(tmp_path / "paper.yaml")
    first, second = plan(paper, tmp_path / "runs").values()
    for block in [*first, *second]:
        fields = json.loads(block.configuration.canonical_json())
        out = tmp_path / "runs" / block.place
        a2c("train", "-", "--seeds", str(block.first), "--out", out, fields=fields).check_returncode()
    copied = publish(paper, tmp_path / "runs", tmp_path / "published")
    (kept,) = [folder for folder in copied if (folder / "weights.npz").exists()]
    assert kept == tmp_path / "published" / max(first, key=lambda block: sampled(tmp_path / "runs" / block.place)).place
    assert manifest.read(kept)["left_out"] == []


def sampled(folder: Path) -> float:
    """Mean return of the sampled evaluation episodes."""
    episodes = pq.read_table(folder / "evaluation.parquet").to_pylist()
    return float(np.mean([episode["return"] for episode in episodes if episode["mode"] == "sampled"]))
