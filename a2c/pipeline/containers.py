"""The container image: checking it, its digest, and the folders that jobs in it can see."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from a2c import untrusted
from a2c.config import ConfigError
from a2c.runs.manifest import DIGEST, lock_hash

LOCK_LABEL = "a2c.lock_sha256"  # containers/a2c.def writes it


def engine() -> str:
    """The command that runs images, as Snakemake chooses it. ConfigError if none is installed."""
    for name in ("apptainer", "singularity"):
        if shutil.which(name):
            return name
    raise ConfigError("--sdm apptainer: neither the command apptainer nor singularity is installed")


def image_digest(image: Path) -> str:
    """SHA-256 of an image, as `sha256:...`. ConfigError unless it was built from this checkout's lock file."""
    if not image.is_file():
        raise ConfigError(f"{image}: missing; `make container` builds containers/a2c.sif, A2C_IMAGE names another")
    if image_labels(image).get(LOCK_LABEL) != lock_hash():
        raise ConfigError(f"{image}: not made from this requirements.lock; `make container` builds one that is")
    return f"sha256:{untrusted.checksum(image.resolve(), at_most=None)}"


def image_labels(image: Path) -> dict[str, str]:
    """The labels of an image. ConfigError if it is none."""
    command = [engine(), "inspect", "--json", "--labels", str(image)]
    inspection = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if inspection.returncode != 0:
        raise ConfigError(f"{image}: not an image that {command[0]} can read")
    labels: dict[str, str] = json.loads(inspection.stdout)["data"]["attributes"]["labels"]
    return labels


def digest_for_jobs(image: Path, recompute: bool) -> str:
    """The digest of an image, kept in an environment variable for the jobs.

    `recompute`: true in the pipeline's main process. Jobs, perhaps on other machines, take it from the variable.
    """
    if recompute or DIGEST not in os.environ:
        os.environ[DIGEST] = image_digest(image)
    return os.environ[DIGEST]


def bind_folders(folders: Sequence[str]) -> None:
    """Bind these folders, at their own paths, into every image that this process starts."""
    variable = f"{engine().upper()}_BIND"
    bound = os.environ.get(variable, "").split(",")
    os.environ[variable] = ",".join(dict.fromkeys(filter(None, [*bound, *folders])))
