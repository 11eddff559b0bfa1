"""The foot of the pages: what the manifests and records of a paper say of its runs and tests."""

import json
import shutil
from pathlib import Path

import pytest

from a2c.config import load_paper
from a2c.config.registration import Registration, hash_of
from a2c.envs import check
from a2c.report.page.foot import foot
from a2c.runs import manifest
from a2c.runs.files import sealed
from a2c.runs.layout import describe, plan

TESTS = {"one": "1"}
REGISTERED = Registration(date="2026-11-01", commit="a" * 40, tests_sha256=hash_of(TESTS), tests=TESTS)


@pytest.fixture
def results(trained: Path, tmp_path: Path) -> Path:
    """The results of a paper with one registered study, whose runs are those of `trained`."""
    fields = manifest.read(trained)["configuration"]
    study = {"name": "only", "base": fields, "grid": {"n_envs": [fields["n_envs"]]}, "seeds": "0-2"}
    (tmp_path / "paper.yaml").write_text(json.dumps({"title": "T", "results": "results", "studies": [study]}))
    paper = load_paper(tmp_path / "paper.yaml")
    planned = plan(paper, tmp_path / "runs")
    ((block,),) = planned.values()
    shutil.copytree(trained, tmp_path / "runs" / block.path)
    facts = {block.configuration.env_id: check(block.configuration, "paper.yaml")}
    folder = tmp_path / "studies" / "only"
    folder.mkdir(parents=True)
    (folder / "study.json").write_text(describe(paper, paper.studies[0], planned, facts, [REGISTERED]).text)
    (folder / "lineage.json").write_text(sealed({"runs": [{"folder": block.path}]}))
    return tmp_path


def test_it_names_the_commit_in_which_the_tests_were_fixed(results: Path) -> None:
    assert foot(results, [results / "studies" / "only"]).endswith("Tests: fixed in commit aaaaaaaaaaaa (2026-11-01).")


def test_it_names_registered_tests_that_are_no_longer_made(results: Path) -> None:
    said = foot(results, [results / "studies" / "only"], ["gone", "lost"])
    assert said.endswith("(2026-11-01); registered and no longer tested: gone, lost.")
