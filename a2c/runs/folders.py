"""Finding results below a folder that the user names."""

import os
from pathlib import Path

from a2c.config import ConfigError
from a2c.runs.files import DamagedError

LISTED = 5  # results, in a message


def folders_with(folder: Path, name: str) -> list[Path]:
    """The folders at or below `folder` that hold a file of this name, sorted.

    DamagedError if there is no `folder`, OSError if one below it cannot be read: its results would be missing unseen.
    """
    if not folder.is_dir():
        raise DamagedError(f"{folder}: {'is a file; allowed: a folder' if folder.exists() else 'no such folder'}")
    found = [Path(place) for place, *names in os.walk(folder, onerror=_unless_gone) if any(name in of for of in names)]
    return sorted(found)


def check_one(folder: Path, name: str, what: str) -> None:
    """ConfigError, which lists what is below it, unless the folder that the user names holds a file of this name."""
    if (folder / name).exists():
        return
    below = [path.relative_to(folder).as_posix() for path in folders_with(folder, name)]
    shown = ", ".join(below[:LISTED]) + (f" and {len(below) - LISTED} more" if len(below) > LISTED else "")
    told = f"those below it: {shown}" if below else f"there is none below it (no {name})"
    raise ConfigError(f"DIR: '{folder}' is not allowed; allowed: the folder of one {what}; {told}")


def _unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
