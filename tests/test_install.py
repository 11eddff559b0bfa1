"""A wheel that is built from the source distribution works in another environment, from any folder."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy
import pytest

import a2c
from a2c.config import ConfigError, load_paper
from a2c.pipeline.workflow import STUDY, new_study

ROOT = Path(__file__).parent.parent
BUILD = "from setuptools import build_meta as b; import sys; getattr(b, sys.argv[1])(sys.argv[2])"


def tracked(*folders: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\n") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the unpacked source distribution, as pip does."""
    folder = tmp_path_factory.mktemp("build")
    for name in tracked():
        if not name.startswith(("results/", "tests/")):
            (folder / "checkout" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / "checkout" / name)
    run = {"check": True, "capture_output": True}
    subprocess.run([sys.executable, "-c", BUILD, "build_sdist", folder], cwd=folder / "checkout", **run)  # type: ignore[call-overload]
    shutil.unpack_archive(next(folder.glob("*.tar.gz")), folder)
    source = folder / f"a2c_bench-{a2c.__version__}"
    subprocess.run([sys.executable, "-c", BUILD, "build_wheel", folder], cwd=source, **run)  # type: ignore[call-overload]
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_the_wheel_has_every_file_of_the_package_the_workflow_and_the_core(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in tracked("a2c") if not name.endswith("core/.gitignore")} <= names
    rules = [name for name in tracked("workflow", "profiles") if name.endswith((".smk", ".yaml"))]
    assert {f"a2c/workflow/{name.removeprefix('workflow/')}" for name in rules} <= names
    assert "a2c/environment.yml" in names
    assert any(name.startswith("a2c/core/built/core-baseline") for name in names)


@pytest.mark.slow
def test_the_wheel_works_in_another_environment_and_folder(wheel: Path, tmp_path: Path) -> None:
    """The libraries are this environment's; the package is the wheel's alone."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    packages = next((tmp_path / "venv" / "lib").glob("python*")) / "site-packages"
    (packages / "libraries.pth").write_text(f"{Path(numpy.__file__).parents[1]}\n")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def said(*command: str | Path, cwd: Path = tmp_path) -> str:
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    command = tmp_path / "venv" / "bin" / "a2c"
    assert said(command, "--version").strip() == a2c.__version__
    assert str(packages) in said(python, "-c", "import a2c.core; print(a2c.core.__file__)")
    assert "paper.yaml" in said(command, "new", "my-study")
    study = tmp_path / "my-study"
    (study / "paper.yaml").write_text(
        "{title: t, results: results, studies: [{name: s, base: {hidden_sizes: [8], total_steps: 2000}, "
        "grid: {gamma: [0.9, 0.99]}, seeds: 0-1}]}"
    )
    assert "next: snakemake" in said(command, "plan", "paper.yaml", cwd=study)
    said(python, "-m", "snakemake", "--cores", "1", "data", cwd=study)
    assert (study / "results" / "studies" / "s" / "summary.csv").exists()
    assert "passed" in said(command, "audit", "results/runs", cwd=study)


def test_a_new_study_is_a_paper_and_takes_an_empty_folder_only(tmp_path: Path) -> None:
    files = new_study(tmp_path / "mine")
    assert {file.name for file in files} == {*STUDY[:3], ".gitignore", "config.yaml"}
    paper = load_paper(tmp_path / "mine" / "paper.yaml")
    assert len(paper.required_runs()) == 3
    with pytest.raises(ConfigError, match="allowed: a new folder, or an empty one"):
        new_study(tmp_path / "mine")


def test_what_publish_tells_to_add_to_git_is_not_ignored_in_a_new_study(tmp_path: Path) -> None:
    new_study(tmp_path)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)

    def ignored(path: str) -> bool:
        return subprocess.run(["git", "check-ignore", "--quiet", path], cwd=tmp_path, check=False).returncode == 0

    assert not ignored("results/published/paper/claims.csv")
    assert ignored("results/index.html")
    assert ignored("results/published/paper/logs/page.log")
