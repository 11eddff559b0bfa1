"""The list of an image's packages."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from a2c.untrusted import checksum
from tests.processes import ROOT
from tests.test_locks import locked

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(4000),  # builds the image where there is none
    pytest.mark.skipif(shutil.which("apptainer") is None, reason="no apptainer"),
]


def listed(image: Path, out: Path) -> bytes:
    """What `make sbom` writes."""
    pytest.importorskip("cyclonedx", reason="no cyclonedx-python-lib; make sbom and make slow install it")
    subprocess.run([sys.executable, "containers/sbom.py", str(image), str(out)], cwd=ROOT, check=True)
    return out.read_bytes()


def test_the_list_has_every_locked_package_and_debians_and_is_the_same_twice(image: Path, tmp_path: Path) -> None:
    written = listed(image, tmp_path / "sbom.json")
    assert written == listed(image, tmp_path / "again.json")
    sbom = json.loads(written)
    assert sbom["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": checksum(image, at_most=None)}]
    found = {component["purl"] for component in sbom["components"]}
    versions = locked("requirements.lock") | locked("requirements-cpu.lock")
    assert {f"pkg:pypi/{name}@{quote(version)}" for name, version in versions.items()} <= found
    assert any(url.startswith("pkg:deb/debian/zlib1g@") for url in found)
    needs = {entry["ref"].split("@")[0]: entry.get("dependsOn", []) for entry in sbom["dependencies"]}
    assert any(url.startswith("pkg:pypi/numpy@") for url in needs["pkg:pypi/pandas"])
