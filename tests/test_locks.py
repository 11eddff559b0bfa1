"""What is installed is locked by version and hash: lock files, conda environment, base images."""

import os
import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.processes import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = sorted(PROJECT["optional-dependencies"])
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))


def entries(lock: str) -> list[str]:
    """The requirements of a lock file, each with the lines of its hashes."""
    text = "\n".join(line for line in (ROOT / lock).read_text().splitlines() if not line.startswith(("#", "-")))
    return re.findall(r"^\S.*(?:\n +.*)*", text, re.M)


def locked(*locks: str) -> dict[str, str]:
    """The version of each package in lock files."""
    found = [re.match(r"([\w.-]+)={2,3}(\S+)", entry) for lock in locks for entry in entries(lock)]
    return {canonicalize_name(match[1]): match[2] for match in found if match is not None}


def dependencies(name: str) -> list[str]:
    """The packages that an installed package needs here, without its extras."""
    lines = map(Requirement, metadata.requires(name) or [])
    return [canonicalize_name(one.name) for one in lines if one.marker is None or one.marker.evaluate({"extra": ""})]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_of_a_lock_has_one_version_and_the_hashes_of_its_files(lock: str) -> None:
    assert entries(lock)
    for entry in entries(lock):
        requirement, *hashes = entry.replace("\\", "").split()
        assert re.fullmatch(r"[\w.-]+={2,3}[\w.+]+", requirement), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes), requirement


def test_the_lock_has_every_dependency_at_the_version_that_pyproject_asks_for() -> None:
    for line in PROJECT["dependencies"]:
        requirement = Requirement(line)
        assert requirement.specifier.contains(locked("requirements.lock")[canonicalize_name(requirement.name)]), line


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extras_lock_has_its_packages_at_the_versions_that_pyproject_asks_for(extra: str) -> None:
    held = locked("requirements.lock", f"requirements-{extra}.lock")
    for line in PROJECT["optional-dependencies"][extra]:
        requirement = Requirement(line)
        assert requirement.specifier.contains(held[canonicalize_name(requirement.name)]), line


def test_the_installed_versions_are_the_locked_ones() -> None:
    for name, version in locked("requirements.lock").items():
        assert metadata.version(name).split("+")[0] == version, name


def test_whatever_a_locked_package_needs_is_locked_too() -> None:
    held = locked("requirements.lock")
    known = {*held, *locked("requirements-cuda.lock")}
    assert {name for package in held for name in dependencies(package)} <= known


def test_both_builds_of_pytorch_have_the_version_of_the_lock_and_cannot_be_taken_for_each_other() -> None:
    version = locked("requirements.lock")["torch"]
    (cpu,) = entries("requirements-cpu.lock")
    assert cpu.startswith(f"torch=={version}+cpu ")
    cuda = next(entry for entry in entries("requirements-cuda.lock") if entry.startswith("torch"))
    assert cuda.startswith(f"torch==={version} ")
    assert not {*re.findall("sha256:.*", cpu)} & {*re.findall("sha256:.*", cuda)}


def test_environment_yml_has_the_locked_versions_and_no_others_and_pytorchs_index() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    index, *pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert index == "--extra-index-url https://download.pytorch.org/whl/cpu"
    pairs = [line.split("==") for line in pip]
    assert {canonicalize_name(name): version for name, version in pairs} == locked("requirements.lock")


def test_the_definition_and_the_dockerfile_start_from_the_same_image_by_its_digest() -> None:
    names = {
        file: re.findall(r"(?:from|FROM)=python\S*@(sha256:[0-9a-f]{64})$", (ROOT / file).read_text(), re.M)
        for file in ("containers/a2c.def", "containers/Dockerfile")
    }
    assert names["containers/a2c.def"] == names["containers/Dockerfile"]
    assert len(names["containers/a2c.def"]) == 1


def installs(folder: Path, *build: str, gpu: bool = False) -> list[str]:
    """The calls of pip by workflow/scripts/install.sh, each as its locks and indexes; pip itself is not run."""
    for name, body in {"python": 'echo "$@" >>"$CALLS"', "nvidia-smi": f"exit {int(not gpu)}"}.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "CALLS": str(folder / "calls")}
    command = [str(ROOT / "workflow" / "scripts" / "install.sh"), str(folder / "python"), *build]
    subprocess.run(command, env=environment, check=True)
    calls = (folder / "calls").read_text().splitlines()
    assert all("--require-hashes" in call for call in calls)
    return [" ".join(re.findall(r"requirements\S*|https\S*", call)) for call in calls]


CPU = ["requirements-cpu.lock", "requirements.lock"]
CUDA = ["requirements.lock requirements-cuda.lock"]


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="elsewhere PyTorch has one build")
@pytest.mark.parametrize(
    ("build", "gpu", "expected"),
    [((), False, CPU), ((), True, CUDA), (("cpu",), True, CPU), (("cuda",), False, CUDA)],
)
def test_cuda_libraries_are_installed_only_where_a_gpu_is_or_where_they_are_named(
    build: tuple[str, ...], gpu: bool, expected: list[str], tmp_path: Path
) -> None:
    assert installs(tmp_path, *build, gpu=gpu) == expected


def test_an_unknown_build_of_pytorch_is_refused_in_one_line() -> None:
    command = [str(ROOT / "workflow" / "scripts" / "install.sh"), "python", "rocm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "install.sh: rocm is not a build of PyTorch; allowed: cpu, cuda\n")


def test_no_package_has_different_versions_in_locks_that_are_installed_together() -> None:
    """PyTorch apart, whose builds for the CPU and for CUDA exclude each other."""
    versions: dict[str, set[str]] = {}
    for lock in LOCKS:
        for name, version in locked(lock).items():
            versions.setdefault(name, set()).add(version)
    different = {name for name, found in versions.items() if len(found) > 1}
    assert different <= {"torch"}
