"""The record of what was drawn of a study: a checksum of every file, and of the description that it was drawn from.

Page and paper take only files that are in it, so that no figure stands under the caption of another.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from a2c import untrusted
from a2c.runs.files import SEAL, DamagedError, one_line, read_sealed, sealed, write_text
from a2c.runs.study import STUDY
from a2c.untrusted import FileName

DRAWN = "drawn.json"


class _Drawn(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    study: str  # SHA-256 of study.json, or of a gradient study's gradients.json
    files: dict[FileName, str]  # SHA-256 of each file


def write_drawn(folder: Path, files: Iterable[Path], description: str = STUDY) -> None:
    """Record the `files` that were drawn of a study, and remove those that only its last drawing had.

    `description`: the name of the file that they were drawn from.
    """
    before = _drawn_before(folder)
    checksums = {path.name: untrusted.checksum(path) for path in files}
    content = {"study": untrusted.checksum(folder / description), "files": dict(sorted(checksums.items()))}
    write_text(folder / DRAWN, sealed(content))
    for name in before - set(checksums):
        (folder / name).unlink(missing_ok=True)


def _drawn_before(folder: Path) -> set[str]:
    """The files of the last drawing; none if its record is missing or damaged, as it is written anew."""
    try:
        return set(read_drawn(folder))
    except DamagedError:
        return set()


def read_drawn(folder: Path) -> dict[str, str]:
    """The checksums of the files that were drawn into the folder of a study. DamagedError if the record is damaged."""
    return _read(folder).files


def read_file(path: Path) -> bytes:
    """The content of a file that was drawn into the folder of a study. DamagedError if it is missing or another."""
    content = untrusted.read(path, missing="missing; the pipeline draws it")
    if hashlib.sha256(content).hexdigest() != read_drawn(path.parent).get(path.name):
        raise DamagedError(f"{path}: damaged (its checksum is not that of {DRAWN})")
    return content


def check_study(folder: Path, description: str = STUDY) -> None:
    """DamagedError unless the figures in the folder were drawn from its `description`."""
    if _read(folder).study != untrusted.checksum(folder / description):
        raise DamagedError(f"{folder / description}: damaged (its checksum is not that of {DRAWN})")


def _read(folder: Path) -> _Drawn:
    path = folder / DRAWN
    content = {key: value for key, value in read_sealed(path).items() if key != SEAL}
    try:
        return _Drawn.model_validate(content)
    except ValidationError as error:
        raise DamagedError(f"{path}: damaged ({one_line(error)[:200]})") from None
