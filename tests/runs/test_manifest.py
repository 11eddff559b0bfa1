"""What the manifest records about the image in which a run was trained."""

from pathlib import Path

import pytest

from a2c.config import Configuration
from a2c.runs.manifest import where_it_runs
from a2c.untrusted import checksum


def test_outside_a_container_the_image_is_null(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("A2C_CONTAINER_DIGEST", "APPTAINER_CONTAINER", "SINGULARITY_CONTAINER"):
        monkeypatch.delenv(name, raising=False)
    assert where_it_runs(Configuration())["container"] is None


def test_the_digest_that_the_workflow_passes_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A2C_CONTAINER_DIGEST", "sha256:abc")
    monkeypatch.setenv("APPTAINER_CONTAINER", "/images/a2c.sif")
    assert where_it_runs(Configuration())["container"] == "sha256:abc"


@pytest.mark.parametrize("engine", ["APPTAINER", "SINGULARITY"])
def test_the_digest_is_computed_if_none_is_passed(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a2c.sif").write_bytes(b"image")
    monkeypatch.delenv("A2C_CONTAINER_DIGEST", raising=False)
    monkeypatch.setenv(f"{engine}_CONTAINER", str(tmp_path / "a2c.sif"))
    assert where_it_runs(Configuration())["container"] == f"sha256:{checksum(tmp_path / 'a2c.sif')}"


def test_an_image_that_is_not_visible_from_within_is_recorded_as_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A2C_CONTAINER_DIGEST", raising=False)
    monkeypatch.setenv("APPTAINER_CONTAINER", "/images/a2c.sif")
    assert where_it_runs(Configuration())["container"] == "unknown, as /images/a2c.sif cannot be seen from within"
