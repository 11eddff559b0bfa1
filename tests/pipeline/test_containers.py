"""What jobs in an image receive: the digest of the image, and folders."""

import os
from pathlib import Path

import pytest

from a2c.config import ConfigError
from a2c.pipeline import containers as container
from a2c.runs.manifest import DIGEST


def test_a_job_on_another_machine_uses_the_digest_that_was_passed_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DIGEST, "sha256:abc")
    assert container.digest_for_jobs(Path("/nowhere/a2c.sif"), recompute=False) == "sha256:abc"


def test_the_pipeline_computes_the_digest_and_ignores_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DIGEST, "sha256:abc")
    with pytest.raises(ConfigError, match="`make container` builds"):
        container.digest_for_jobs(Path("/nowhere/a2c.sif"), recompute=True)


@pytest.mark.parametrize("engine", ["apptainer", "singularity"])
def test_folders_are_added_once_to_those_of_the_user(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / engine).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(f"{engine.upper()}_BIND", "/data:/mnt:ro")
    for _ in range(2):
        container.bind_folders(["/checkout", "/results"])
    assert os.environ[f"{engine.upper()}_BIND"] == "/data:/mnt:ro,/checkout,/results"


def test_without_an_engine_the_error_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="neither the command apptainer nor singularity is installed"):
        container.engine()
