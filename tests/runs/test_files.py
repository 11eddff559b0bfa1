"""No partial file is ever visible; reading reports damage and executes nothing."""

import errno
import hashlib
import os
import pickle
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from a2c.runs.files import (
    SEAL,
    DamagedError,
    locked,
    read_arrays,
    read_sealed,
    sealed,
    write_arrays,
    write_text,
    write_whole,
)
from a2c.temporary import sweep
from a2c.untrusted import checksum
from tests.processes import in_a_process_of_its_own

KILLED_WRITER = """
import os, sys
from pathlib import Path
from a2c.runs.files import write_whole
write_whole(Path(sys.argv[1]), lambda beside: os.kill(os.getpid(), 9))
"""


def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_text(tmp_path / "file", "old")

    def fail(beside: Path) -> None:
        beside.write_text("half", encoding="utf-8")
        raise RuntimeError("full disk")

    with pytest.raises(RuntimeError):
        write_whole(tmp_path / "file", fail)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"file": "old"}


def test_only_the_leftovers_of_a_killed_writer_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_text("")
    with pytest.raises(subprocess.CalledProcessError):
        in_a_process_of_its_own(KILLED_WRITER, tmp_path / "file")
    assert len([path for path in tmp_path.iterdir() if path.name.startswith(".file.")]) == 1
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {".hidden"}


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("no folder")
    with pytest.raises(FileExistsError) as error:
        write_text(tmp_path / "folder" / "file", "text")
    assert error.value.filename == str(tmp_path / "folder" / "file")


def test_arrays_are_read_as_written_and_their_bytes_are_reproducible(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6, dtype=np.uint8).reshape(2, 3), "b/c": np.array([0.5, np.nan], dtype=np.float32)}
    for name in ("one", "two"):
        write_arrays(tmp_path / name, arrays, compress=True)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    for key, array in read_arrays(tmp_path / "one").items():
        np.testing.assert_array_equal(array, arrays[key])


def test_the_bytes_of_arrays_do_not_depend_on_the_version_of_python(tmp_path: Path) -> None:
    """They are those of numpy.savez with Python 3.11.4 or later; earlier versions wrote other headers."""
    write_arrays(tmp_path / "a.npz", {"a": np.arange(3, dtype=np.uint8), "b": np.eye(2)}, compress=False)
    assert checksum(tmp_path / "a.npz") == "d2e4b2250a071a14109572933fd60249e488198c3df24b1973eef5aff01fe014"


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise SystemExit('executed')",))


@pytest.mark.parametrize("how", ["object array", "pickle"])
def test_nothing_in_a_file_is_executed(how: str, tmp_path: Path) -> None:
    path = tmp_path / "trap.npz"
    if how == "pickle":
        path.write_bytes(pickle.dumps(Trap()))
    else:
        with open(path, "wb") as file:
            np.savez(file, trap=np.array([Trap()], dtype=object))
    with pytest.raises(DamagedError, match=r"trap\.npz"):
        read_arrays(path)


@pytest.mark.parametrize("length", [0, 1, 30, 200])
def test_a_cut_file_is_named(length: int, tmp_path: Path) -> None:
    path = tmp_path / "cut.npz"
    write_arrays(path, {"a": np.arange(1000)}, compress=False)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(DamagedError, match=r"cut\.npz"):
        read_arrays(path)


def test_a_checksum_is_that_of_sha256sum(tmp_path: Path) -> None:
    (tmp_path / "abc").write_text("abc")
    assert checksum(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_on_a_file_system_without_locks_the_work_goes_on_with_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("a2c.runs.files.fcntl.flock", refuse)
    said: list[str] = []
    with locked(tmp_path, on_wait=lambda: None, warn=said.append):
        pass
    assert said == [f"{tmp_path}: this file system has no locks; see to it that no other process works in this folder"]


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_file_has_the_permissions_that_the_umask_leaves(mask: int, mode: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        write_text(tmp_path / "x", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "x").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("content", [{}, {"a": 1}, {"z": {"sha256": "x"}, "a": "é\n"}, {"a": [], "sha257": None}])
@pytest.mark.parametrize("sort_keys", [False, True])
def test_a_sealed_file_is_read_and_any_change_of_its_text_is_found(
    content: dict[str, Any], sort_keys: bool, tmp_path: Path
) -> None:
    path = tmp_path / "x.json"
    text = sealed(content, sort_keys)
    path.write_text(text)
    read = read_sealed(path)
    assert {key: value for key, value in read.items() if key != SEAL} == content
    for place in range(len(text)):
        for changed in (text[:place] + text[place + 1 :], text[:place] + " " + text[place:]):
            path.write_text(changed)
            with pytest.raises(DamagedError, match=r"x\.json: damaged"):
                read_sealed(path)


def test_a_key_that_stands_twice_is_damage_also_with_a_fitting_seal(tmp_path: Path) -> None:
    body = '{\n "a": 1,\n "a": 2\n}'
    seal = hashlib.sha256(body.encode()).hexdigest()
    (tmp_path / "x.json").write_text(f'{body[:-2]},\n "{SEAL}": "{seal}"\n}}\n')
    with pytest.raises(DamagedError, match="a key stands twice"):
        read_sealed(tmp_path / "x.json")


@pytest.mark.parametrize("text", ["\x1b[2K", "\x7f", "a\u202eb", "\ud800"])
@pytest.mark.parametrize("place", [lambda text: {"a": [{"b": text}]}, lambda text: {"a": {text: 1}}])
def test_text_that_a_terminal_would_obey_is_damage_also_with_a_fitting_seal(
    place: Callable[[str], Any], text: str, tmp_path: Path
) -> None:
    (tmp_path / "x.json").write_text(sealed(place(text)))
    with pytest.raises(DamagedError, match=r"x\.json: damaged \("):
        read_sealed(tmp_path / "x.json")
    (tmp_path / "x.json").write_text(sealed(place("two\nlines")))
    assert read_sealed(tmp_path / "x.json")
