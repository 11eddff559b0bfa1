"""Temporary files and folders. What a killed process leaves is removed by the next that works in the same place.

Each is locked by the process that uses it. The kernel releases the lock when the process ends, even if it is killed.
What is not locked is therefore a leftover. On a file system without locks leftovers stay.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PART = ".part"  # suffix of a file that is being written; its name starts with a dot


@contextmanager
def part_beside(path: Path) -> Iterator[Path]:
    """An empty file in the folder of `path`, to be written and renamed. On leaving it is removed if it is there."""
    handle, part = _locked_part(path)
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)
        os.close(handle)


@contextmanager
def temporary_folder(purpose: str, beside: Path | None = None) -> Iterator[Path]:
    """An empty folder, which is removed on leaving; leftovers of the same purpose are removed first.

    It lies in the folder `beside`, or among the system's temporary files if that is None.
    """
    parent = _place(beside)
    sweep_folders(purpose, beside)
    handle, folder = _locked_folder(parent, f".a2c-{purpose}-")
    inner = folder / "files"  # which the user may lock as well, as a training does
    try:
        inner.mkdir()
        yield inner
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove from `folder` the files that killed processes were writing."""
    for part in folder.glob(f".*{PART}"):
        _remove_unused_file(part)


def sweep_folders(purpose: str, beside: Path | None = None) -> None:
    """Remove the temporary folders of a purpose that killed processes were using.

    A command that may end without a temporary folder, as all is done already, calls this first.
    """
    for leftover in _place(beside).glob(f".a2c-{purpose}-*"):
        _remove_unused_folder(leftover)


def _place(beside: Path | None) -> Path:
    return Path(tempfile.gettempdir()) if beside is None else beside


def _locked_part(path: Path) -> tuple[int, Path]:
    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PART)
        _lock(handle)
        if os.fstat(handle).st_nlink:  # else it was swept before it was locked
            return handle, Path(name)
        os.close(handle)


def _locked_folder(parent: Path, begin: str) -> tuple[int, Path]:
    while True:
        folder = Path(tempfile.mkdtemp(dir=parent, prefix=begin))
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:  # swept before it was locked
            continue
        _lock(handle)
        if folder.exists():
            return handle, folder
        os.close(handle)


def _lock(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:  # this file system has no locks: nobody can tell, and nobody sweeps
        return


def _remove_unused_file(part: Path) -> None:
    with _unused(part, os.O_RDWR) as unused:
        if unused:
            part.unlink(missing_ok=True)


def _remove_unused_folder(folder: Path) -> None:
    with _unused(folder, os.O_RDONLY | os.O_DIRECTORY) as unused:
        if unused:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _unused(path: Path, flags: int) -> Iterator[bool]:
    """Whether no process uses a file or folder of this user; it stays locked meanwhile."""
    try:
        handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # gone, a link, or another user's
        yield False
        return
    try:
        yield os.fstat(handle).st_uid == os.geteuid() and _is_free(handle)
    finally:
        os.close(handle)


def _is_free(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # used, or a file system without locks
        return False
    return True
