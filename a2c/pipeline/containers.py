"""The container image: that it was made for this checkout, which one it is, and what jobs see in it."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from a2c.config import ConfigError
from a2c.runs.files import sha256
from a2c.runs.manifest import DIGEST, lock_hash

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


def digest_for_jobs(image: Path, anew: bool) -> str:
    """The digest of an image, left in the environment, from which jobs on other machines take it if not `anew`."""
    if anew or DIGEST not in os.environ:
        os.environ[DIGEST] = image_digest(image)
    return os.environ[DIGEST]


def open_to_images(places: Sequence[str]) -> None:
    """Let every image that is started from now on see these folders, at their own paths."""
    variable = f"{engine().upper()}_BIND"
    seen = os.environ.get(variable, "").split(",")
    os.environ[variable] = ",".join(dict.fromkeys(filter(None, [*seen, *places])))
