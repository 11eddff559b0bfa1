"""Parquet files: read by one thread, as pyarrow's threads can abort a process at its end."""

import ast
import contextlib
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from a2c.runs.files import DamagedError
from a2c.runs.parquet import encode, opened, rows_in, select, table_in
from tests.processes import ROOT
from tests.test_imports import PACKAGE

THREADS = """
import os, sys
os.environ["OPENBLAS_NUM_THREADS"] = "1"
from a2c.cli import main
for command in sys.argv[1:]:
    try:
        main(command.split())
    except SystemExit as end:
        assert not end.code, command
names = [open(f"/proc/self/task/{task}/comm").read().strip() for task in os.listdir("/proc/self/task")]
print(names, file=sys.stderr)
assert len([name for name in names if name != "jemalloc_bg_thd"]) == 1, names
"""


def test_rows_are_selected_in_their_order() -> None:
    table = pa.table({"seed": [1, 2, 3, 1], "step": [5, 6, 7, 8]})
    assert select(table, "seed", [1, 3]).to_pydict() == {"seed": [1, 3, 1], "step": [5, 7, 8]}
    assert rows_in(opened(encode(table))) == table


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no /proc")
def test_commands_that_read_tables_end_with_one_thread(tmp_path: Path) -> None:
    (tmp_path / "short.json").write_text('{"hidden_sizes": [8], "total_steps": 2000}', encoding="utf-8")
    commands = ["train short.json --seeds 0-2 --out runs/short", "audit runs", "doctor runs/short", "verify runs"]
    done = subprocess.run(
        [sys.executable, "-c", THREADS, *commands],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_other_module_calls_what_starts_threads() -> None:
    for path in PACKAGE.rglob("*.py"):
        if path == PACKAGE / "runs" / "parquet.py":
            continue
        source = path.read_text(encoding="utf-8")
        assert "pyarrow.parquet" not in source, path
        called = {
            node.func.attr
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert not called & {"to_pandas", "from_pandas", "group_by", "sort_by", "read_parquet"}, path
        assert "pc.field" not in source, path


SCHEMA = pa.schema([("seed", pa.int64()), ("value", pa.float64())])


def test_a_table_is_read_with_its_columns() -> None:
    table = pa.table({"seed": [1, 2], "value": [0.5, None]}, schema=SCHEMA)
    assert table_in(encode(table), Path("x.parquet"), SCHEMA, lambda name: name == "value") == table
    with pytest.raises(DamagedError, match=r"x\.parquet: value: empty cells"):
        table_in(encode(table), Path("x.parquet"), SCHEMA)
    with pytest.raises(DamagedError, match=r"x\.parquet: damaged"):
        table_in(encode(table.drop_columns("value")), Path("x.parquet"), SCHEMA)


def test_every_changed_byte_of_a_table_is_read_or_named() -> None:
    sound = encode(pa.table({"seed": [1, 2], "value": [0.5, 1.5]}, schema=SCHEMA))
    for place in range(len(sound)):
        with contextlib.suppress(DamagedError):
            table_in(sound[:place] + bytes([sound[place] ^ 255]) + sound[place + 1 :], Path("x.parquet"), SCHEMA)
