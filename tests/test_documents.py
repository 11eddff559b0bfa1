"""Lock files, conda environment and documents agree, and the README's example works."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from tests.processes import ROOT, run_snakemake


def locked(name: str) -> dict[str, str]:
    lines = [line.split("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    return dict(line.split("==") for line in lines if "==" in line)


def test_environment_yml_has_the_locked_versions_and_no_others() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert dict(line.split("==") for line in pip) == locked("requirements.lock")


def test_the_lock_has_every_dependency_at_the_version_that_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    held = {name.lower().replace("_", "-"): version for name, version in locked("requirements.lock").items()}
    for line in project["dependencies"]:
        requirement = Requirement(line)
        assert requirement.specifier.contains(held[requirement.name.lower()]), line


def test_the_installed_versions_are_the_locked_ones() -> None:
    for name, version in locked("requirements.lock").items():
        assert metadata.version(name).split("+")[0] == version, name


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
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


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
