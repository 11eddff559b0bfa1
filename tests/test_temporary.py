"""What killed processes leave is removed by the next one; what is in use stays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from a2c.runs.files import write_text
from a2c.temporary import sweep, temporary_folder
from tests.test_imports import FILES, PACKAGE, imported

IN_USE = """
import sys
from pathlib import Path
from a2c.temporary import part_beside, temporary_folder
folder = Path(sys.argv[1])
with part_beside(folder / "file"), temporary_folder("export", beside=folder) as inner:
    (inner / "half").write_text("")
    print("ready", flush=True)
    sys.stdin.read()  # until the process is killed
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name.rpartition("-")[0] or path.name.partition(".file.")[1] for path in folder.iterdir())


def test_only_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    pipe = subprocess.PIPE
    process = subprocess.Popen([sys.executable, "-c", IN_USE, str(tmp_path)], stdin=pipe, stdout=pipe)
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        for _ in range(2):  # in use, then left by a killed process
            write_text(tmp_path / "file", "another's")
            with temporary_folder("export", beside=tmp_path):
                pass
            if process.poll() is None:
                (tmp_path / "file").unlink()
                assert names(tmp_path) == [".a2c-export", ".file."]
                process.kill()
                process.wait()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_links_and_folders_with_the_name_of_a_leftover_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "file").write_text("mine")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / ".x.part").symlink_to(tmp_path / "secret" / "file")
    (tmp_path / "work" / ".a2c-export-x").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "work" / ".y.part")
    sweep(tmp_path / "work")
    with temporary_folder("export", beside=tmp_path / "work"):
        pass
    assert (tmp_path / "secret" / "file").read_text() == "mine"


def test_without_locks_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int, operation: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("a2c.temporary.fcntl.flock", refuse)
    (tmp_path / ".x.part").write_text("perhaps in use")
    write_text(tmp_path / "x", "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".x.part", "x"]


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("tempfile", {"temporary.py", "core/build.py"}),
        ("multiprocessing", {"verify/processes.py"}),
        ("concurrent.futures", {"verify/processes.py", "verify/retraining.py"}),
    ],
)
def test_what_a_kill_could_leave_is_made_in_one_place(library: str, allowed: set[str]) -> None:
    users = {path.relative_to(PACKAGE).as_posix() for _, path in FILES if library in imported(path)}
    assert users == allowed
