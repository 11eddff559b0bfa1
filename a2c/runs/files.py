"""Writing files whole or not at all, and reading arrays and sealed JSON."""

import errno
import fcntl
import hashlib
import io
import json
import os
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from a2c import untrusted
from a2c.temporary import part_beside, sweep
from a2c.untrusted import LARGEST_ARRAYS
from a2c.untrusted import DamagedError as DamagedError  # what every reader of results raises

SEAL = "sha256"  # key of a JSON file's own checksum
NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL)


def write_whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Write the file `path`: `write` gets a temporary path beside it, which is then renamed.

    Readers see the old file or the whole new one. What killed writers left in the folder is removed first.
    Raises OSError, naming `path`, if the disk is full or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        with part_beside(path) as part:
            write(part)
            with open(part, "rb") as file:
                os.fsync(file.fileno())
            os.chmod(part, 0o666 & ~_umask())
            os.replace(part, path)
    except OSError as error:  # names the temporary file or none, and may have no strerror
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


@contextmanager
def locked(folder: Path, on_wait: Callable[[], object], warn: Callable[[str], object]) -> Iterator[None]:
    """Hold the lock of `folder`: one process at a time. `on_wait` is called if another process holds it.

    Where the file system has no locks `warn` gets one line, and the work goes on without.

    The kernel releases the lock when the process ends, even if it is killed.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            warn(no_locks(folder))
        yield
    finally:
        os.close(handle)


def no_locks(folder: Path) -> str:
    """What is said of a folder on a file system without locks."""
    return f"{folder}: this file system has no locks; see to it that no other process works in this folder"


def write_bytes(path: Path, content: bytes) -> Path:
    """Write bytes, whole or not at all. Returns `path`."""
    write_whole(path, lambda part: part.write_bytes(content))
    return path


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text, whole or not at all."""
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


class _Member(zipfile.ZipInfo):
    """An entry of an archive whose sizes are always in the 64-bit fields.

    Python before 3.11.4 did not mark them as such; the bytes of a result must not depend on the patch version.
    """

    def __init__(self, name: str, compression: int) -> None:
        super().__init__(name)
        self.compress_type = compression

    def FileHeader(self, zip64: bool | None = None) -> bytes:  # noqa: N802
        header = super().FileHeader(zip64)
        self.create_version = self.extract_version = zipfile.ZIP64_VERSION
        version = struct.pack("<H", zipfile.ZIP64_VERSION)
        # After the version: flags to checksum, the two sizes, the names.
        return header[:4] + version + header[6:18] + b"\xff" * 8 + header[26:]


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]], compress: bool) -> None:
    """Write named arrays to an .npz without pickle. The same arrays give the same bytes, those of numpy.savez."""
    compression = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED

    def write(part: Path) -> None:
        with zipfile.ZipFile(part, "w", compression) as archive:
            for name, array in arrays.items():
                with archive.open(_Member(f"{name}.npy", compression), "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)

    write_whole(path, write)


def read_arrays(path: Path, at_most: int = LARGEST_ARRAYS) -> dict[str, NDArray[Any]]:
    """The named arrays of an .npz, of `at_most` bytes in all once unpacked. Nothing in it is executed.

    Each entry is read to its end, so that zip compares its checksum, and must be as long as its shape says. Raises
    DamagedError if the file cannot be read or is too large; MemoryError, naming the file, if memory does not suffice.
    """
    try:
        with untrusted.opened(path) as opened, zipfile.ZipFile(opened) as file:
            size = sum(entry.file_size for entry in file.infolist())
            if size > at_most:
                raise DamagedError(f"{path}: {size:,} bytes once unpacked; allowed: at most {at_most:,}")
            return {name.removesuffix(".npy"): _array(file.read(name)) for name in file.namelist()}
    except DamagedError:
        raise
    except MemoryError:
        raise MemoryError(str(path)) from None
    except Exception as error:  # damaged bytes raise many types, of zipfile, zlib, lzma, tokenize and NumPy
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None


def _array(data: bytes) -> NDArray[Any]:
    """An array from the bytes of an .npy.

    NumPy's reader is not used: it allocates what the shape says, however large, and does not read surplus bytes.
    """
    file = io.BytesIO(data)
    if npy.read_magic(file) != (1, 0):
        raise ValueError("not an .npy of version 1.0")
    shape, by_columns, dtype = npy.read_array_header_1_0(file)
    if dtype.hasobject:
        raise ValueError("holds Python objects, which are not loaded")
    if any(length < 0 for length in shape):
        raise ValueError(f"has shape {shape}")
    return np.frombuffer(data, dtype, offset=file.tell()).reshape(shape, order="F" if by_columns else "C").copy()


def sealed(content: Mapping[str, Any], sort_keys: bool = False) -> str:
    """`content` as JSON with its own checksum: `read_sealed` finds any later change."""
    seal = _digest(json.dumps(content, indent=1, sort_keys=sort_keys))
    return json.dumps({**content, SEAL: seal}, indent=1, sort_keys=sort_keys) + "\n"


def read_sealed(path: Path) -> dict[str, Any]:
    """The content of a file that `sealed` made. DamagedError if it is missing or any byte of it was changed.

    Also if some text in it, which may be printed, has control characters.
    """
    try:
        text = untrusted.read(path).decode()
        content: dict[str, Any] = json.loads(text, object_pairs_hook=_each_key_once)
        if untrusted.CONTROL.search("".join(texts_of(content)).encode().decode()):  # half characters have no encoding
            raise ValueError("text with control characters")
        unchanged = content[SEAL] == _digest(_without_seal(text, content[SEAL]))
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None
    if not unchanged:
        raise DamagedError(f"{path}: damaged (its own checksum does not fit)")
    return content


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of a JSON file. ValueError if a key stands twice: readers differ in which of the two counts."""
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return content


def texts_of(content: Any) -> Iterator[str]:
    """All text in the content of a JSON file, keys too."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        yield from content
        for value in content.values():
            yield from texts_of(value)
    elif isinstance(content, list):
        for value in content:
            yield from texts_of(value)


def _without_seal(text: str, seal: object) -> str:
    """The text that was sealed: that of a sealed file without the line of its seal."""
    before, line, after = text.removesuffix("\n").partition(f"\n {json.dumps(SEAL)}: {json.dumps(seal)}")
    if not line or not text.endswith("}\n"):
        raise ValueError("its own checksum does not fit")
    body = before + after[1:] if after.startswith(",") else before.removesuffix(",") + after
    # json.dumps writes an empty object as {}; without its seal, the sealed one has a line break left.
    return {"{\n}": "{}", "{}": ""}.get(body, body)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def one_line(error: BaseException) -> str:
    """The message of an error in one line; a library's message may have several lines, or none."""
    try:
        text = str(error)
    except Exception:
        text = ""
    return " ".join(text.split()) or type(error).__name__
