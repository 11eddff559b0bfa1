"""Writing so that nothing half-written is ever visible, and reading so that damage is named."""

import hashlib
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class DamagedError(Exception):
    """A result is missing, damaged or not what it claims to be; the message names the file. Exit code 1."""


def write_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` make a file beside `path`, then rename it: readers see the old file or the whole new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    try:
        write(Path(beside))
        with open(beside, "rb") as file:
            os.fsync(file.fileno())
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole."""
    write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))


class _Member(zipfile.ZipInfo):
    """A file in an archive, its sizes always in the fields of 64 bits.

    Python before 3.11.4 did not mark them so, and the bytes of a result must not depend on the patch version.
    """

    def __init__(self, name: str, compression: int) -> None:
        super().__init__(name)
        self.compress_type = compression

    def FileHeader(self, zip64: bool | None = None) -> bytes:  # noqa: N802
        header = super().FileHeader(zip64)
        self.create_version = self.extract_version = zipfile.ZIP64_VERSION
        marked = struct.pack("<H", zipfile.ZIP64_VERSION)  # then: flags to checksum, the two sizes, names
        return header[:4] + marked + header[6:18] + b"\xff" * 8 + header[26:]


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], compress: bool) -> None:
    """Write named arrays to an .npz without pickle; the same arrays give the same bytes, those of numpy.savez."""
    compression = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED

    def write(beside: Path) -> None:
        with zipfile.ZipFile(beside, "w", compression) as archive:
            for name, array in arrays.items():
                with archive.open(_Member(f"{name}.npy", compression), "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)

    write_whole(path, write)


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The named arrays of an .npz; nothing in it is executed. DamagedError if it can't be read."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise DamagedError(f"{path}: missing") from None
    except (OSError, ValueError, EOFError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise DamagedError(f"{path}: damaged ({error})") from None


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file. DamagedError if it is missing."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DamagedError(f"{path}: {'missing' if isinstance(error, FileNotFoundError) else error.strerror}") from None
