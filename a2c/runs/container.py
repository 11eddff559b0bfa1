"""The container image: that it was made for this checkout, and which one it is."""

import json
import shutil
import subprocess
from pathlib import Path

from a2c.config import ConfigError
from a2c.runs.files import sha256
from a2c.runs.manifest import lock_hash

LOCK_LABEL = "a2c.lock_sha256"  # written by containers/a2c.def


def engine() -> str:
    """The command that runs images, found as Snakemake finds it. ConfigError if there is none."""
    for name in ("apptainer", "singularity"):
        if shutil.which(name):
            return name
    raise ConfigError("--sdm apptainer: neither the command apptainer nor singularity is installed")


def image_digest(image: Path) -> str:
    """SHA-256 of an image, as `sha256:...`. ConfigError unless it was made from this checkout's lock file."""
    if not image.is_file():
        raise ConfigError(f"{image}: missing; `make container` builds containers/a2c.sif, A2C_IMAGE names another")
    if _labels(image).get(LOCK_LABEL) != lock_hash():
        raise ConfigError(f"{image}: not made from this requirements.lock; `make container` builds one that is")
    return f"sha256:{sha256(image)}"


def _labels(image: Path) -> dict[str, str]:
    command = [engine(), "inspect", "--json", "--labels", str(image)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    if told.returncode != 0:
        raise ConfigError(f"{image}: not an image that {command[0]} can read")
    labels: dict[str, str] = json.loads(told.stdout)["data"]["attributes"]["labels"]
    return labels
