"""Pictures within the page, and links from the page to files beside it."""

import base64
import io
import os
import zlib
from pathlib import Path

from PIL import Image

from a2c import untrusted
from a2c.runs.files import DamagedError

PNG = b"\x89PNG\r\n\x1a\n"


def link(path: Path, out: Path) -> str:
    """The address of a file, relative to the page `out`."""
    return Path(os.path.relpath(path, out.parent)).as_posix()


def embedded(content: bytes) -> str:
    """Bytes as base64, for a data URI."""
    return base64.b64encode(content).decode("ascii")


def read_picture(path: Path) -> tuple[bytes, tuple[int, int]]:
    """A PNG file and its size in pixels. DamagedError if it is missing or damaged."""
    content = untrusted.read(path)
    if not is_whole(content):
        raise DamagedError(f"{path}: damaged (a checksum within it does not fit)")
    with Image.open(io.BytesIO(content)) as image:
        return content, image.size


def is_whole(png: bytes) -> bool:
    """Whether the bytes are a whole PNG and nothing else: each of its parts has a checksum, and IEND is the last."""
    place, kind = len(PNG), b""
    while png.startswith(PNG) and kind != b"IEND":
        end = place + 8 + int.from_bytes(png[place : place + 4], "big")
        if end + 4 > len(png) or zlib.crc32(png[place + 4 : end]) != int.from_bytes(png[end : end + 4], "big"):
            return False
        place, kind = end + 4, png[place + 4 : place + 8]
    return kind == b"IEND" and place == len(png)
