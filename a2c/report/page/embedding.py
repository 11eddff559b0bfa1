"""Pictures of the pages, and links from the pages to files beside them."""

import base64
import io
import os
from pathlib import Path

from PIL import Image


def link(path: Path, out: Path) -> str:
    """The address of a file, relative to the page `out`."""
    return Path(os.path.relpath(path, out.parent)).as_posix()


def embedded(content: bytes) -> str:
    """Bytes as base64, for a data URI."""
    return base64.b64encode(content).decode("ascii")


def picture_size(content: bytes) -> tuple[int, int]:
    """The size of a picture in pixels."""
    with Image.open(io.BytesIO(content)) as image:
        return image.size
