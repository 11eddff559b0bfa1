"""SLURM, and the images of the container, which are built once on a machine for all tests that need them.

The image without CUDA is kept in the user's cache, by the hash of what it is built from. To have it built again:
`rm -r ~/.cache/a2c-bench`.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from a2c.config import ConfigError
from a2c.pipeline.containers import image_digest
from tests.cluster.slurm import cluster
from tests.processes import ROOT, only_one

BUILT = ROOT / "containers" / "a2c.sif"
CUDA = ROOT / "containers" / "a2c-cuda.sif"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "a2c-bench"
SOURCES = [
    "requirements.lock",
    "requirements-cpu.lock",
    "workflow/scripts/install.sh",
    "containers/a2c.def",
    "containers/build.sh",
    "containers/install.sh",
    "containers/test.py",
]


@pytest.fixture(scope="session")
def image() -> Path:
    """The image that A2C_IMAGE names, or the checkout's, built where it is missing or of another lock file."""
    if "A2C_IMAGE" in os.environ:
        return Path(os.environ["A2C_IMAGE"])
    with only_one(BUILT.with_suffix(".lock")):
        if not fits(BUILT):
            take_from_cache_or_build()
    return BUILT


@pytest.fixture(scope="session")
def cuda_image() -> Path:
    """The image with CUDA, built where it is missing or of another lock file."""
    if not fits(CUDA):
        build(CUDA, "torch=cuda")
    return CUDA


@pytest.fixture(scope="module")
def slurm() -> Iterator[None]:
    """A running SLURM. No other file of tests has it meanwhile."""
    with cluster():
        yield


def fits(image: Path) -> bool:
    """Whether there is an image of this checkout's lock file."""
    try:
        image_digest(image)
    except ConfigError:
        return False
    return True


def take_from_cache_or_build() -> None:
    contents = b"".join((ROOT / name).read_bytes() for name in SOURCES)
    kept = CACHE / f"{hashlib.sha256(contents).hexdigest()[:16]}.sif"
    if kept.exists():
        shutil.copy(kept, BUILT)
        return
    build(BUILT)
    shutil.rmtree(CACHE, ignore_errors=True)  # images of other versions
    CACHE.mkdir(parents=True)
    shutil.copy(BUILT, kept.with_suffix(".part"))
    kept.with_suffix(".part").rename(kept)


def build(image: Path, *arguments: str) -> None:
    """Build an image from a registry or, where none can be reached, from Debian's packages."""
    for base in ("docker", "debootstrap"):
        command = [str(ROOT / "containers" / "build.sh"), str(image), f"bootstrap={base}", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3000)
        if done.returncode == 0:
            return
    pytest.skip(f"the image cannot be built here: {done.stderr.strip().splitlines()[-1]}")
