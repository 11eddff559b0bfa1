"""Writing so that nothing half-written is ever visible, and reading so that damage is named."""

import hashlib
import io
import json
import os
import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

SEAL = "sha256"  # the key of a JSON file's own checksum
PART = ".part"  # ends the name of what is being written; it starts with a dot


class DamagedError(Exception):
    """A result is missing, damaged or not what it claims to be; the message names the file. Exit code 1."""


def write_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` make a file beside `path`, then rename it: readers see the old file or the whole new one.

    OSError, naming `path`, where the disk is full or the folder can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PART)
        os.close(handle)
        beside = Path(name)
        try:
            write(beside)
            with open(beside, "rb") as file:
                os.fsync(file.fileno())
            os.chmod(beside, 0o644)
            os.replace(beside, path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:  # which knows the file beside, or none, and may have its reason in the message alone
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None


def sweep(folder: Path) -> None:
    """Remove what a killed `write_whole` left in `folder`. Only where nobody else writes: under its lock."""
    for left in folder.glob(f".*{PART}"):
        left.unlink(missing_ok=True)


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
    """The named arrays of an .npz; nothing in it is executed.

    Each is read to its end, where zip keeps a checksum, and has to be as long as its shape says. DamagedError if it
    can't be read; MemoryError, naming the file, if it does not fit: it may well be sound.
    """
    try:
        with zipfile.ZipFile(path) as file:
            return {name.removesuffix(".npy"): _array(file.read(name)) for name in file.namelist()}
    except FileNotFoundError:
        raise DamagedError(f"{path}: missing") from None
    except MemoryError:
        raise MemoryError(str(path)) from None
    except Exception as error:  # of zipfile, zlib, lzma, tokenize, NumPy: there is no end of what strange bytes raise
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None


def _array(data: bytes) -> NDArray[Any]:
    """NumPy's own reader reserves the memory that the shape asks for, and stops before a surplus and its checksum."""
    file = io.BytesIO(data)
    if npy.read_magic(file) != (1, 0):
        raise ValueError("an .npy of another version than 1.0")
    shape, by_columns, dtype = npy.read_array_header_1_0(file)
    if dtype.hasobject:
        raise ValueError("Python objects, which are not loaded")
    if any(length < 0 for length in shape):
        raise ValueError(f"an array of shape {shape}")
    return np.frombuffer(data, dtype, offset=file.tell()).reshape(shape, order="F" if by_columns else "C").copy()


def sealed(content: Mapping[str, Any], sort_keys: bool = False) -> str:
    """JSON with its own checksum: what is changed later, by whatever, is found by `read_sealed`."""
    seal = _digest(json.dumps(content, indent=1, sort_keys=sort_keys))
    return json.dumps({**content, SEAL: seal}, indent=1, sort_keys=sort_keys) + "\n"


def read_sealed(path: Path) -> dict[str, Any]:
    """What `sealed` made a text of. DamagedError if the file is missing or any byte of it was changed."""
    try:
        text = path.read_bytes().decode()
        held: dict[str, Any] = json.loads(text)
        body = {key: value for key, value in held.items() if key != SEAL}
        whole = held[SEAL] == _digest(json.dumps(body, indent=1)) and json.dumps(held, indent=1) + "\n" == text
    except FileNotFoundError:
        raise DamagedError(f"{path}: missing") from None
    except (OSError, ValueError, AttributeError, KeyError, RecursionError) as error:
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None
    if not whole:
        raise DamagedError(f"{path}: damaged (its own checksum does not fit)")
    return held


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def one_line(error: BaseException) -> str:
    """What an error has to say, in a line: a library's own message may hold several, or nothing."""
    return " ".join(str(error).split()) or type(error).__name__


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file. DamagedError if it is missing."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DamagedError(f"{path}: {'missing' if isinstance(error, FileNotFoundError) else error.strerror}") from None
