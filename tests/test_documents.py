"""Documents agree with what they describe, and the README's example works."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.processes import ROOT, run_snakemake


def test_the_numbers_in_documents_are_those_of_their_sources() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "config/*.md", "docs/*.md", "benchmarks/*.md", "results/published/*.md")
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_relative_link_in_a_document_leads_to_a_file_and_a_heading(document: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", (ROOT / document).read_text()):
        if target.startswith("http"):
            continue
        name, _, heading = target.partition("#")
        path = (ROOT / document).parent / name if name else ROOT / document
        assert path.exists(), target
        assert not heading or heading in anchors(path), target


def anchors(document: Path) -> set[str]:
    """The anchors of a Markdown document's headings, as forges make them: lower case, no punctuation, hyphens."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_commit_hooks_are_the_commands_of_make_check() -> None:
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.M)
    assert recipe is not None
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    hooks = [" ".join([hook["entry"], *hook.get("args", [])]) for hook in repo["hooks"]]
    assert [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe[1].splitlines()] == hooks


def build_site(folder: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_site_has_every_document_and_module_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="make docs installs MkDocs")
    done = build_site(ROOT, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("index.html", "CONTRIBUTING.html", "docs/design.html", "config/index.html", "api/learn.html"):
        assert (tmp_path / name).exists()
    assert 'id="a2c.learn.loss.a2c_losses"' in (tmp_path / "api" / "learn.html").read_text(encoding="utf-8")
    for page in tmp_path.rglob("*.html"):
        assert not re.search(r"(src|<link[^>]*href)=\"?https?:", page.read_text(encoding="utf-8")), page


@pytest.mark.slow
def test_a_broken_link_fails_the_site(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="make docs installs MkDocs")
    for name in ("a2c", "docs", "config", "benchmarks", "profiles"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [*ROOT.glob("*.md"), ROOT / "mkdocs.yml", ROOT / "CITATION.cff"]:
        shutil.copy(path, tmp_path)
    shutil.copytree(ROOT / "results" / "published", tmp_path / "results" / "published", ignore=only_documents)
    with open(tmp_path / "docs" / "scale.md", "a", encoding="utf-8") as document:
        document.write("\n[nowhere](nowhere.md)\n")
    done = build_site(tmp_path, tmp_path / "site")
    assert done.returncode != 0
    assert "'nowhere.md'" in done.stdout + done.stderr


def only_documents(folder: str, names: list[str]) -> list[str]:
    """What a copy of the published runs leaves out: the runs, and the films."""
    return [name for name in names if name in ("runs", "films")]


@pytest.mark.slow
def test_the_example_of_the_readme_gives_a_page(tmp_path: Path) -> None:
    recipe = re.search(
        r"Save this as `config/activation.yaml`:\n\n```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.S
    )
    assert recipe is not None
    assert len(recipe[1].splitlines()) <= 10
    (tmp_path / "activation.yaml").write_text(recipe[1])
    done = run_snakemake(tmp_path, "--cores", "all", "--configfile", str(tmp_path / "activation.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "results" / "activation" / "index.html").exists()
    rows = (tmp_path / "results" / "activation" / "studies" / "activation" / "runs.csv").read_text().splitlines()
    assert len(rows) == 1 + 2 * 5


@pytest.mark.parametrize("document", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")], ids=lambda path: path.name)
def test_the_files_of_the_package_and_of_its_tests_that_a_document_names_are_there(document: Path) -> None:
    """NAME stands for a name of the reader's own, and the CHANGELOG speaks of the past."""
    named = set(re.findall(r"`((?:a2c|tests/\w+)/[\w./-]+)`", document.read_text(encoding="utf-8")))
    missing = {name for name in named if "NAME" not in name and not (ROOT / name).exists()}
    assert document.name == "CHANGELOG.md" or missing == set()
