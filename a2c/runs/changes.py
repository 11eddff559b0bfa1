"""Has code changed since a result was trained?

A result in other code of its environment is refused, as its numbers are those of another task. One by other code of
this package is kept, and the user is told: most changes leave the numbers as they are, and `verify` can say whether.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from a2c.config import ConfigError, Configuration
from a2c.runs import manifest
from a2c.runs.environment import environment_of, sources_of
from a2c.runs.files import DamagedError
from a2c.runs.sources import sources_hash


def check_same_environment(content: Mapping[str, Any], configuration: Configuration, place: str) -> None:
    """ConfigError if the result at `place`, with this manifest, has another source of the environment than is here."""
    here = environment_of(configuration)
    there, new = sources_of(content), here["sources_sha256"]
    if there is not None and there != new:
        raise ConfigError(
            f"{place}: trained in other code of {here['id']} (sources {there[:12]}, here {str(new)[:12]}); allowed: "
            "the same code of the environment, or an empty folder"
        )


def check_environment_beside(folder: Path, configuration: Configuration) -> None:
    """ConfigError if seeds of the same configuration, in folders beside `folder`, are of another environment source.

    A study refuses them together (`a2c.runs.reading`); so it is said before the new ones are trained.
    """
    for path in sorted(folder.parent.glob(f"seeds-*/{manifest.NAME}")):
        with suppress(DamagedError):  # the study that needs this block will name it
            content = manifest.read(path.parent)
            if content["name"] == configuration.name:
                check_same_environment(content, configuration, str(path.parent))


def by_other_code(folder: Path) -> str:
    """What is said of a finished result that other code of this package trained; empty if the same code did."""
    there, here = manifest.read(folder)["code"]["sources_sha256"], sources_hash()
    if there == here:
        return ""
    return f" by other code (sources {there[:12]}, here {here[:12]}); it is kept: remove the folder to train it again"
