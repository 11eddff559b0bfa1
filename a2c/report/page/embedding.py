"""Pictures of the pages, and links from the pages to files beside them."""

import base64
import hashlib
import io
import os
from pathlib import Path

from PIL import Image

from a2c import untrusted
from a2c.report.drawn import DRAWN
from a2c.runs.files import DamagedError


def link(path: Path, out: Path) -> str:
    """The address of a file, relative to the page `out`."""
    return Path(os.path.relpath(path, out.parent)).as_posix()


def embedded(content: bytes) -> str:
    """Bytes as base64, for a data URI."""
    return base64.b64encode(content).decode("ascii")


def picture_size(path: Path, checksum: str) -> tuple[int, int]:
    """The size of a PNG file in pixels. DamagedError if it is missing or has not this SHA-256."""
    content = untrusted.read(path)
    if hashlib.sha256(content).hexdigest() != checksum:
        raise DamagedError(f"{path}: damaged (its checksum is not that of {DRAWN})")
    with Image.open(io.BytesIO(content)) as image:
        return image.size
