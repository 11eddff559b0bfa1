"""Publishing keeps one run of a configuration whole, and of the others numbers and checksums."""

import dataclasses
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from a2c.config import ConfigError, Paper, load_paper
from a2c.config.gradients import expand_gradients
from a2c.exchange.publish import publish, published_part
from a2c.runs import manifest
from a2c.runs.audit import audit
from a2c.runs.content import content_of
from a2c.runs.files import DamagedError
from a2c.runs.layout import plan
from a2c.runs.names import WHOLE_FILES
from a2c.runs.parts import write_part
from a2c.runs.records import read_table, write_table
from a2c.runs.result import read_result
from a2c.verify.again import audit_line
from a2c.verify.selection import read_published
from tests.commands import a2c_says
from tests.processes import SMALL, contents
from tests.runs.other_runs import by_another_arithmetic, seal

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
def folders(paper: Paper, tmp_path: Path) -> list[Path]:
    """The folders of `trained`, published."""
    return list(publish(paper, ["only"], tmp_path / "runs", tmp_path / "published"))


@pytest.fixture
def published(folders: list[Path]) -> Path:
    """The run that is published whole."""
    return folders[0]


@pytest.fixture
def source(paper: Paper, tmp_path: Path) -> Path:
    """The folder that is published."""
    ((block,),) = plan(paper, tmp_path / "runs").values()
    return tmp_path / "runs" / block.path


def test_one_run_is_published_whole_and_the_others_thin(folders: list[Path]) -> None:
    assert [folder.name for folder in folders] == ["seeds-0-0", "seeds-1-2"]
    assert [sorted(path.name for path in folder.iterdir()) for folder in folders] == [
        ["actions.npz", "episodes.parquet", "evaluation.parquet", "manifest.json", "metrics.parquet", "weights.npz"],
        ["manifest.json", "thin.parquet"],
    ]


def test_the_whole_run_has_the_bytes_of_a_training_of_its_seed_alone(published: Path, tmp_path: Path) -> None:
    a2c_says("train", "-", "--seeds", "0", "--out", tmp_path / "alone", fields=SMALL).check_returncode()
    alone, whole = contents(tmp_path / "alone"), contents(published)
    assert {name: whole[name] for name in WHOLE_FILES} == {name: alone[name] for name in WHOLE_FILES}


def test_a_thin_run_has_the_checksums_of_the_content_that_was_trained(trained: Path, folders: list[Path]) -> None:
    thin, whole = read_result(folders[1]), read_result(trained)
    for seed in (1, 2):
        assert content_of(thin, seed) == content_of(whole, seed)


def test_runs_of_another_arithmetic_are_copied_byte_for_byte_without_weights(
    paper: Paper, source: Path, tmp_path: Path
) -> None:
    seal(source, by_another_arithmetic)
    (copied,) = publish(paper, ["only"], tmp_path / "runs", tmp_path / "published")
    old, new = contents(source), contents(copied)
    assert new.keys() == old.keys() - {"weights.npz"}
    assert all(new[name] == old[name] for name in new if name != "manifest.json")
    ours, theirs = manifest.read(copied), manifest.read(source)
    assert ours.pop("left_out") == ["weights.npz"]
    checksums = {str(seed): {"weights.npz": content_of(read_result(source), seed)["weights.npz"]} for seed in range(3)}
    assert ours.pop("left_out_content") == checksums
    assert {**ours, "sha256": ""} == {**theirs, "sha256": ""}


def test_runs_that_a_study_judges_on_a_part_of_their_budget_are_published_whole(trained: Path, tmp_path: Path) -> None:
    fields = manifest.read(trained)["configuration"]
    study = {"name": "only", "base": {**fields, "total_steps": 2000}, "grid": {"total_steps": [2000, 4000]}}
    content = {"title": "Two budgets", "results": "results/t", "studies": [{**study, "seeds": "0-2"}]}
    (tmp_path / "paper.yaml").write_text(json.dumps(content))
    paper = load_paper(tmp_path / "paper.yaml")
    for (block,) in plan(paper, tmp_path / "runs").values():
        chosen = block.configuration.model_dump(mode="json")
        a2c_says("train", "-", "--seeds", "0-2", "--out", tmp_path / "runs" / block.path, fields=chosen)
    copied = publish(paper, ["only"], tmp_path / "runs", tmp_path / "published")
    assert [folder.name for folder in copied] == ["seeds-0-0", "seeds-1-2", "seeds-0-2"]


def test_a_thin_run_takes_less_than_2500_bytes(tmp_path: Path) -> None:
    fields = {**SMALL, "eval_episodes": 20, "learning_rate": 0.005}
    study = {"name": "only", "base": fields, "grid": {"learning_rate": [0.005]}, "seeds": "0-9"}
    (tmp_path / "paper.yaml").write_text(json.dumps({"title": "Ten seeds", "results": "results/t", "studies": [study]}))
    paper = load_paper(tmp_path / "paper.yaml")
    ((block,),) = plan(paper, tmp_path / "runs").values()
    a2c_says("train", "-", "--seeds", "0-9", "--out", tmp_path / "runs" / block.path, fields=fields).check_returncode()
    _, thin = publish(paper, ["only"], tmp_path / "runs", tmp_path / "published")
    assert sum(path.stat().st_size for path in thin.iterdir()) / 9 < 2500


def test_published_runs_pass_an_audit(folders: list[Path]) -> None:
    for folder in folders:
        line, passed = audit_line(folder, None, retrain=True)
        assert passed, line


def test_another_missing_file_is_reported(published: Path) -> None:
    (published / "metrics.parquet").unlink()
    with pytest.raises(DamagedError, match=r"metrics\.parquet: missing"):
        audit(published)


def test_weights_listed_as_left_out_are_checked_if_they_exist(paper: Paper, source: Path, tmp_path: Path) -> None:
    seal(source, by_another_arithmetic)
    (published,) = publish(paper, ["only"], tmp_path / "runs", tmp_path / "published")
    (published / "weights.npz").write_bytes(b"others")
    with pytest.raises(DamagedError, match=r"weights\.npz: damaged"):
        audit(published)


def test_what_a_kill_left_is_removed_where_all_is_published(
    paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    list(publish(paper, ["only"], tmp_path / "runs", tmp_path / "published"))
    leftover = tmp_path / ".a2c-publish-killed"
    (leftover / "files").mkdir(parents=True)
    list(publish(paper, ["only"], tmp_path / "runs", tmp_path / "published"))
    assert not leftover.exists()


def test_a_run_that_is_not_trained_is_named(tmp_path: Path) -> None:
    (tmp_path / "paper.yaml").write_text(PAPER)
    with pytest.raises(DamagedError, match=r"seeds-0-1: not trained yet; `a2c plan` says how"):
        list(publish(load_paper(tmp_path / "paper.yaml"), ["only"], tmp_path / "runs", tmp_path / "published"))


def test_weights_of_the_best_seed_are_published_if_all_runs_are_whole_and_blocks_have_one_seed(tmp_path: Path) -> None:
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
        seal(out, by_another_arithmetic)
    copied = publish(paper, ["only"], tmp_path / "runs", tmp_path / "published")
    (kept,) = [folder for folder in copied if (folder / "weights.npz").exists()]
    assert (
        kept
        == tmp_path / "published" / "runs" / max(first, key=lambda block: sampled(tmp_path / "runs" / block.path)).path
    )
    assert manifest.read(kept)["left_out"] == []


def test_weights_of_a_large_network_are_left_out(tmp_path: Path) -> None:
    study = {"name": "only", "base": {**SMALL, "hidden_sizes": [512, 512]}, "grid": {"n_envs": [8]}, "seeds": "0-1"}
    (tmp_path / "paper.yaml").write_text(json.dumps({"title": "One study", "results": "results", "studies": [study]}))
    paper = load_paper(tmp_path / "paper.yaml")
    ((block,),) = plan(paper, tmp_path / "runs").values()
    fields, out = json.loads(block.configuration.canonical_json()), tmp_path / "runs" / block.path
    a2c_says("train", "-", "--seeds", "0-1", "--out", out, fields=fields).check_returncode()
    assert (out / "weights.npz").stat().st_size > 2_000_000
    copied, _ = publish(paper, ["only"], tmp_path / "runs", tmp_path / "published")
    assert manifest.read(copied)["left_out"] == ["weights.npz"]


def test_a_study_published_alone_is_recorded_as_the_only_one(paper: Paper, published: Path, tmp_path: Path) -> None:
    assert [study.name for study in published_part(paper, tmp_path / "published").studies] == ["only"]


def test_publishing_the_other_study_completes_the_paper(paper: Paper, folders: list[Path], tmp_path: Path) -> None:
    assert list(publish(paper, ["other"], tmp_path / "runs", tmp_path / "published")) == folders
    assert [study.name for study in published_part(paper, tmp_path / "published").studies] == ["only", "other"]


def test_a_study_whose_publication_was_stopped_does_not_count_as_published(
    paper: Paper, folders: list[Path], tmp_path: Path
) -> None:
    target = tmp_path / "stopped"
    next(iter(publish(paper, ["other"], tmp_path / "runs", target)))
    assert published_part(paper, target).studies == []
    list(publish(paper, ["other"], tmp_path / "runs", target))
    assert [study.name for study in published_part(paper, target).studies] == ["other"]


@pytest.mark.parametrize("seed", [0, 2])
def test_a_different_training_of_a_published_run_is_refused(
    seed: int, paper: Paper, folders: list[Path], source: Path, tmp_path: Path
) -> None:
    rows = read_table(source / "metrics.parquet").to_pylist()
    rows = [{**row, "entropy": 0.5} if row["seed"] == seed else row for row in rows]
    write_table(source / "metrics.parquet", [tuple(row.values()) for row in rows], "a2c")
    seal(source)
    with pytest.raises(ConfigError, match="of another training"):
        list(publish(paper, ["only"], tmp_path / "runs", tmp_path / "published"))


def test_seeds_that_are_published_already_are_not_published_again_in_other_blocks(
    paper: Paper, source: Path, tmp_path: Path
) -> None:
    """The blocks that a smaller part of the seeds was published in stay; the other seeds come beside them."""
    target = tmp_path / "published"
    write_part(read_result(source), [0, 1], source.with_name("seeds-0-1"))
    fewer = dataclasses.replace(paper, studies=[dataclasses.replace(one, seeds=[0, 1]) for one in paper.studies])
    source.rename(tmp_path / "aside")
    assert [folder.name for folder in publish(fewer, ["only"], tmp_path / "runs", target)] == ["seeds-0-0", "seeds-1-1"]
    shutil.rmtree(source.with_name("seeds-0-1"))
    (tmp_path / "aside").rename(source)
    folders = list(publish(paper, ["only"], tmp_path / "runs", target))
    assert [folder.name for folder in folders] == ["seeds-0-0", "seeds-1-1", "seeds-2-2"]
    assert [result.seeds for results in read_published(target).values() for result in results] == [[0], [1], [2]]


def test_a_part_of_runs_that_are_published_whole_comes_beside_the_others(
    paper: Paper, source: Path, tmp_path: Path
) -> None:
    target = tmp_path / "published"
    seal(source, by_another_arithmetic)
    first = target / "runs" / source.relative_to(tmp_path / "runs").with_name("seeds-0-1")
    write_part(read_result(source), [0, 1], first)
    folders = list(publish(paper, ["only"], tmp_path / "runs", target))
    assert [folder.name for folder in folders] == ["seeds-0-1", "seeds-2-2"]
    assert read_result(folders[1]).metrics["seed"].unique().to_pylist() == [2]


def test_what_another_process_has_published_meanwhile_stays_in_the_list(paper: Paper, tmp_path: Path) -> None:
    publication = iter(publish(paper, ["only"], tmp_path / "runs", tmp_path / "published"))
    next(publication)
    list(publish(paper, ["other"], tmp_path / "runs", tmp_path / "published"))
    list(publication)
    assert [study.name for study in published_part(paper, tmp_path / "published").studies] == ["only", "other"]


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


def test_a_study_that_the_paper_no_longer_has_is_left_out(paper: Paper, folders: list[Path], tmp_path: Path) -> None:
    list(publish(paper, ["other"], tmp_path / "runs", tmp_path / "published"))
    fewer = dataclasses.replace(paper, studies=[study for study in paper.studies if study.name == "other"])
    assert [study.name for study in published_part(fewer, tmp_path / "published").studies] == ["other"]


def sampled(folder: Path) -> float:
    """Mean return of the sampled evaluation episodes."""
    episodes = pq.read_table(folder / "evaluation.parquet").to_pylist()
    return float(np.mean([episode["return"] for episode in episodes if episode["mode"] == "sampled"]))


def test_estimates_of_gradient_studies_are_published_with_a_whole_paper(paper: Paper, tmp_path: Path) -> None:
    (study,) = expand_gradients([{"name": "g", "seeds": "0-2", "base": SMALL, "snapshots": [1.0]}], "paper.yaml")
    configuration = study.configuration
    with_gradients = dataclasses.replace(paper, gradients=[study])
    block = plan(with_gradients, tmp_path / "runs")[configuration.name][0]
    done = a2c_says("train", "-", "--seeds", "0-2", "--out", tmp_path / "runs" / block.path,
                    fields=json.loads(configuration.canonical_json()))  # fmt: skip
    assert done.returncode == 0, done.stderr
    parts = [f"gradients/g/runs/seed-{seed}.{suffix}" for seed in range(3) for suffix in ("json", "parquet")]
    for part in parts:
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / part).write_text(part)
    target = tmp_path / "published"
    list(publish(with_gradients, ["only", "other"], tmp_path / "runs", target))
    assert [(target / part).read_text() for part in parts] == parts
    assert manifest.read(target / "runs" / block.path)["left_out"] == ["snapshots.npz", "weights.npz"]
    assert published_part(with_gradients, target).gradients == [study]
    list(publish(with_gradients, ["only"], tmp_path / "runs", tmp_path / "part"))
    assert published_part(with_gradients, tmp_path / "part").gradients == []
    (tmp_path / parts[0]).unlink()
    with pytest.raises(DamagedError, match=r"seed-0\.json: missing"):
        list(publish(with_gradients, ["only", "other"], tmp_path / "runs", tmp_path / "again"))
