"""Files that may come from elsewhere: only regular files of bounded size are read, and one module opens them."""

import ast
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from a2c import untrusted
from a2c.config import ConfigError
from a2c.config.files import read_mapping
from a2c.runs.files import read_arrays
from a2c.runs.records import read_table
from a2c.untrusted import DamagedError
from tests.test_imports import FILES, PACKAGE

# What these modules open is their own: files of the package, of the system, what they have just written, the source of
# modules that the user has named, standard output, or the working folder.
OWN = {
    "untrusted.py", "temporary.py", "runs/files.py", "core/build.py", "runs/sources.py", "planning/free_memory.py",
    "planning/times.py", "runs/environment.py", "runs/manifest.py", "analysis/references.py", "exchange/crate.py",
    "play/film.py", "pipeline/locks.py", "pipeline/workflow.py", "cli/common.py", "envs/faults.py",
}  # fmt: skip
OPENERS = {"open", "read_text", "read_bytes", "fdopen", "copyfile", "copytree", "copy2", "ParquetFile", "memmap"}
LIBRARIES = {("np", "load"), ("pq", "read_table"), ("pd", "read_parquet"), ("yaml", "safe_load"), ("yaml", "load")}


def opened_by(path: Path) -> set[str]:
    """The functions by which a module opens files: by name, whatever they belong to."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name) and function.id in OPENERS - {"read_text"}:
            found.add(function.id)
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name | ast.Attribute | ast.Call):
            owner = function.value.id if isinstance(function.value, ast.Name) else ""
            if owner not in ("Image", "untrusted", "archive") and function.attr in OPENERS - {"ParquetFile"}:
                found.add(function.attr)
            if (owner, function.attr) in LIBRARIES:
                found.add(f"{owner}.{function.attr}")
    return found


def test_no_other_module_opens_files() -> None:
    found = {path.relative_to(PACKAGE).as_posix(): opened_by(path) for _, path in FILES}
    assert {name: calls for name, calls in found.items() if calls and name not in OWN} == {}


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "link").symlink_to("secret")
    with pytest.raises(DamagedError, match=r"link: a link; allowed: a regular file"):
        untrusted.read(tmp_path / "link")


def test_a_link_among_the_files_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "films").symlink_to(".")
    with pytest.raises(DamagedError, match=r"films: a link"):
        list(untrusted.files_below(tmp_path))


def test_what_is_left_out_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / ".hidden").symlink_to("nowhere")
    (tmp_path / "a").write_text("x")
    assert list(untrusted.files_below(tmp_path, (".*",))) == [tmp_path / "a"]


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_regular_file_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    path = Path("/dev/zero") if kind == "device" else tmp_path / "x"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    for read in (untrusted.read, untrusted.checksum, read_arrays):
        with pytest.raises(DamagedError, match=f"{path}: a {kind}; allowed: a regular file"):
            read(path)


def test_a_sparse_file_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    with path.open("wb") as file:
        file.truncate(10 << 30)
    with pytest.raises(DamagedError, match=r"x\.json: larger than 67,108,864 bytes"):
        untrusted.read(path)
    with pytest.raises(DamagedError, match=r"damaged \(10737418240 bytes, not 5\)"):
        untrusted.checksum(path, 5)
    with pytest.raises(DamagedError, match=r"x\.json: larger than 67,108,864 bytes"):
        untrusted.checksum(path)
    with pytest.raises(DamagedError, match=r"x\.json: larger than 268,435,456 bytes"):
        untrusted.copy(path, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_bomb_of_arrays_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": (1 << 30,)})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as entry:
        entry.write(head.getvalue())
        for _ in range(400):
            entry.write(bytes(1 << 20))
    with pytest.raises(DamagedError, match=r"x\.npz: 419,430,528 bytes once unpacked; allowed: at most 268,435,456"):
        read_arrays(path)


def test_a_bomb_of_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evaluation.parquet"
    rows = 11_000_000
    zeros = pa.array(np.zeros(rows, dtype=np.int64))
    columns = {
        "seed": zeros,
        "mode": pa.DictionaryArray.from_arrays(np.zeros(rows, dtype=np.int32), ["x" * 1000]),
        "episode": zeros.cast(pa.int32()),
        "return": zeros.cast(pa.float64()),
        "length": zeros,
    }
    pq.write_table(pa.table(columns), path, compression="zstd")
    with pytest.raises(DamagedError, match=r"evaluation\.parquet: 11,000,000 rows; allowed: at most 10,000,000"):
        read_table(path)


def test_a_file_that_the_user_names_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("a: 1")
    (tmp_path / "link.yaml").symlink_to("real.yaml")
    assert read_mapping(tmp_path / "link.yaml") == {"a": 1}


def test_a_pipe_that_the_user_names_is_refused_in_one_line(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.yaml")
    with pytest.raises(ConfigError, match=r"x\.yaml: cannot be read: a pipe; allowed: a regular file"):
        read_mapping(tmp_path / "x.yaml")


def test_a_full_disk_under_a_copy_is_not_a_fault_of_the_source(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("x")
    with pytest.raises(OSError, match="No space left on device"):
        untrusted.copy(tmp_path / "source", Path("/dev/full"))
