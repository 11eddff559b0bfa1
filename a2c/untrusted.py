"""Reading files that may come from elsewhere: every such file is opened here and nowhere else.

A file is read only if it is a regular file (no link, pipe or device) of a bounded size. Names that stand in a file are
plain names within its folder. Whatever is wrong is a DamagedError in one line that names the file.
"""

import hashlib
import io
import os
import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated

from pydantic import Field

MIB = 1 << 20
# Control characters but tab and line breaks: XML and so SVG forbid most of them, and a terminal obeys them. With them
# those that change the direction of what follows.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]")
IN_ONE_LINE = re.compile(r"[^\t\n\r]*")
LARGEST_FILE = 64 * MIB  # of JSON, YAML, CSV, pictures
LARGEST_ARRAYS = 256 * MIB  # of arrays and tables once unpacked, where nothing says how large they are
# A file's name that stands in another file: a plain name within the same folder.
FileName = Annotated[str, Field(pattern=r"^\w[\w.-]*$", max_length=200)]
PIECE = 2**20  # bytes that are read at a time
PIPES = ("/dev/stdin", "/dev/fd/")  # what a shell passes for a file that the user names


class DamagedError(Exception):
    """A file of a result is missing, damaged or of another run. The message names the file. Exit code 1."""


class FileError(DamagedError):
    """A file cannot be read; `reason` is the message without its name."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.reason = reason


def read(path: Path, at_most: int = LARGEST_FILE, missing: str = "missing") -> bytes:
    """The bytes of a regular file of `at_most` bytes. `missing`: what is said where there is no file."""
    with opened(path, missing) as file, _faults_named(path):
        return _bounded(path, file, at_most)


def read_named(path: Path) -> str:
    """The text of a file that the user names on the command line: it may be a link, or a pipe of the shell."""
    try:
        if str(path).startswith(PIPES):
            with open(path, "rb") as pipe:
                content = _bounded(path, pipe, LARGEST_FILE)
        else:
            content = read(Path(os.path.realpath(path)), missing="No such file or directory")
        return content.decode("utf-8")
    except FileError as error:
        raise FileError(path, f"cannot be read: {error.reason}") from None
    except UnicodeDecodeError:
        raise FileError(path, "cannot be read: not UTF-8 text") from None
    except (OSError, ValueError) as error:  # ValueError: a name with a null byte
        raise FileError(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None


def checksum(path: Path, size: int | None = None, at_most: int | None = LARGEST_FILE) -> str:
    """Hexadecimal SHA-256 of a regular file.

    DamagedError unless it has `size` bytes; where that is None, `at_most`.
    """
    with opened(path) as file, _faults_named(path):
        found = os.fstat(file.fileno()).st_size
        if size is not None and found != size:
            raise FileError(path, f"damaged ({found} bytes, not {size})")
        if size is None and at_most is not None:
            _expect_size(path, found, at_most)
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy(source: Path, target: Path, at_most: int = LARGEST_ARRAYS) -> None:
    """Copy the bytes of a regular file into the file `target`. OSError if `target` cannot be written."""
    with opened(source) as file:
        _expect_size(source, os.fstat(file.fileno()).st_size, at_most)
        with open(target, "wb") as out:
            shutil.copyfileobj(file, out)


def files_below(path: Path, left_out: Sequence[str] = ()) -> Iterator[Path]:
    """The regular files at or below `path`, sorted; DamagedError at a link or whatever is no file and no folder.

    `left_out`: patterns of names that are passed over, as a shell has them.
    """
    mode = path.lstat().st_mode
    if not stat.S_ISDIR(mode):
        _expect_regular(path, mode)
        yield path
        return
    for child in sorted(path.iterdir()):
        if not any(fnmatch(child.name, pattern) for pattern in left_out):
            yield from files_below(child, left_out)


@contextmanager
def opened(path: Path, missing: str = "missing") -> Iterator[io.BufferedReader]:
    """A regular file, open for reading. DamagedError if it cannot be opened or is none."""
    try:
        _expect_regular(path, path.lstat().st_mode)
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise FileError(path, _reason(error, missing)) from None
    with open(handle, "rb") as file:
        _expect_regular(path, os.fstat(handle).st_mode)  # it may have been replaced meanwhile
        yield file


@contextmanager
def _faults_named(path: Path) -> Iterator[None]:
    """What fails while a file is read is a FileError that names it."""
    try:
        yield
    except OSError as error:
        raise FileError(path, _reason(error, "missing")) from None


def _reason(error: OSError, missing: str) -> str:
    return missing if isinstance(error, FileNotFoundError) else error.strerror or type(error).__name__


def _expect_regular(path: Path, mode: int) -> None:
    kinds = {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    if not stat.S_ISREG(mode):
        raise FileError(path, f"{kinds.get(stat.S_IFMT(mode), 'a device')}; allowed: a regular file")


def _bounded(path: Path, file: io.BufferedIOBase, at_most: int) -> bytes:
    """The content, read in pieces: `read(n)` asks for n bytes of memory, however small the file is."""
    pieces, size = [], 0
    while piece := file.read(PIECE):
        pieces.append(piece)
        size += len(piece)
        _expect_size(path, size, at_most)
    return b"".join(pieces)


def _expect_size(path: Path, size: int, at_most: int) -> None:
    if size > at_most:
        raise FileError(path, f"larger than {at_most:,} bytes; allowed: at most that many")
