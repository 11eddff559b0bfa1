"""A registered paper on an environment of one's own, through the pipeline: what the table says, what is refused."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from a2c.config.registration import history_of
from a2c.planning.registration import register
from a2c.runs import manifest
from tests.planning.test_registration import git
from tests.processes import ROOT, run_snakemake

CLAIM = {
    "id": "better", "says": "It is better.", "where": "here", "study": "learning_rate", "why": "because",
    "measure": "final_return", "subject": {"learning_rate": 0.01}, "test": "higher",
    "reference": {"learning_rate": 7e-4}, "margin": 0.1,
}  # fmt: skip

pytestmark = pytest.mark.slow


def write(folder: Path, margin: float, change: Callable[[dict[str, Any]], None] = lambda paper: None) -> str:
    """The paper of the example with one claim."""
    paper = yaml.safe_load((ROOT / "examples" / "walks" / "corridor.yaml").read_text())
    paper |= {"claims": "claims.yaml", "return_ranges": {"walks:Walks/Corridor-v0": [-20, 0]}}
    change(paper)
    (folder / "paper.yaml").write_text(yaml.safe_dump(paper))
    (folder / "claims.yaml").write_text(yaml.safe_dump({"claims": [{**CLAIM, "margin": margin}]}))
    return str(folder / "paper.yaml")


def row(folder: Path) -> dict[str, str]:
    with (folder / "results" / "corridor" / "claims.csv").open(newline="") as lines:
        (only,) = csv.DictReader(lines)
    return only


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished paper, registered before its runs, with the package of its environment beside it."""
    folder = tmp_path_factory.mktemp("own")
    shutil.copytree(ROOT / "examples" / "walks" / "walks", folder / "walks")
    config = write(folder, 0.1)
    git(folder, "init", "--quiet")
    git(folder, "add", "paper.yaml", "claims.yaml")
    git(folder, "commit", "--quiet", "--message", "tests")
    register(Path(config), [])
    done = run_snakemake(folder, "--cores", "2", "--configfile", config)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_row_and_the_manifests_have_the_registration(folder: Path) -> None:
    (one,) = history_of(folder / "paper.yaml")
    assert row(folder)["test"].endswith(f"; registered before the runs, {one.date}, commit {one.commit[:12]})")
    found = [manifest.read(path.parent) for path in folder.rglob("manifest.json")]
    assert len(found) == 2
    for content in found:
        assert content["registration"] == one.for_manifest("paper.yaml")
        assert content["environment"]["id"] == "Walks/Corridor-v0"


def test_there_are_films_and_a_page(folder: Path) -> None:
    films = folder / "results" / "corridor" / "films" / "walks-Walks-Corridor-v0"
    assert {path.name for path in films.iterdir()} == {"best.gif", "median.gif", "films.json"}
    assert "walks:Walks/Corridor-v0" in (folder / "results" / "corridor" / "index.html").read_text()


def test_a_test_that_is_changed_after_the_runs_says_so(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copy2)
    config = write(tmp_path / "copy", 0.2)
    targets = ("--", "results/corridor/claims.csv")
    done = run_snakemake(tmp_path / "copy", "--cores", "2", "--configfile", config, *targets)
    assert done.returncode == 0, done.stdout + done.stderr
    assert row(tmp_path / "copy")["test"].endswith("; changed after the runs)")


def test_seeds_are_not_added_in_other_code_of_the_environment(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copy2)
    corridor = tmp_path / "copy" / "walks" / "corridor.py"
    corridor.write_text(corridor.read_text().replace("SLIP = 0.1", "SLIP = 0.2"))
    config = write(tmp_path / "copy", 0.1, lambda paper: paper["studies"][0].update(seeds="1000-1005"))
    done = run_snakemake(tmp_path / "copy", "--cores", "1", "--configfile", config, "--", "data")
    assert done.returncode == 1
    assert "seeds-1000-1004: trained in other code of Walks/Corridor-v0 (sources " in done.stdout + done.stderr
