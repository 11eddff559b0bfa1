"""The examples of CONTRIBUTING.md, carried out in a copy of the package."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from a2c.runs.study import read_study_record
from tests.processes import ROOT

PUBLISHED = ROOT / "results" / "published" / "paper"

SECTIONS = ["an environment", "an algorithm", "a measure", "a figure"]
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.M | re.S)


class CodeBlock(NamedTuple):
    language: str
    title: str  # the file that it creates or changes, if any
    text: str


def blocks(section: str) -> list[CodeBlock]:
    """The code blocks of the section "Adding ..."."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    body = text.split(f"\n## Adding {section}\n")[1].split("\n## ")[0]
    return [CodeBlock(*parts) for parts in BLOCK.findall(body)]


def apply(block: CodeBlock, checkout: Path) -> None:
    """Do in a checkout what the reader of a block does."""
    path = checkout / block.title
    if block.language == "console":
        for command in re.findall(r"^\$ (.*)$", block.text, re.M):
            run(command, checkout)
    elif block.language == "diff":
        path.write_text(changed(path.read_text(encoding="utf-8"), block.text), encoding="utf-8")
    elif block.title:
        assert not path.exists(), path
        path.write_text(block.text, encoding="utf-8")
    else:
        run(f"python - <<'PYTHON'\n{block.text}PYTHON", checkout)


def changed(text: str, diff: str) -> str:
    """The text with the lines of a diff replaced, which must be in it once."""
    lines = diff.splitlines(keepends=True)
    before, after = ("".join(line[1:] for line in lines if line[0] != sign) for sign in "+-")
    assert text.count(before) == 1, before
    return text.replace(before, after)


def run(command: str, checkout: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": "."}
    done = subprocess.run(
        ["bash", "-c", command], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """A copy of the package and of what its pipeline reads."""
    for name in ("a2c", "config", "workflow", "profiles"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Snakefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    study = read_study_record(PUBLISHED / "studies" / "gamma_article")
    runs = [f"runs/{block}" for configuration in study.configurations for block in configuration.blocks]
    for path in ["studies/gamma_article", *runs]:
        shutil.copytree(PUBLISHED / path, tmp_path / PUBLISHED.relative_to(ROOT) / path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("section", SECTIONS)
def test_the_example_works_as_written(section: str, checkout: Path) -> None:
    for block in blocks(section):
        apply(block, checkout)


@pytest.mark.slow
def test_the_code_of_the_examples_passes_the_linters(checkout: Path) -> None:
    for block in (block for section in SECTIONS for block in blocks(section) if block.title):
        apply(block, checkout)
    run("ruff check a2c && ruff format --check a2c && mypy a2c", checkout)
