"""Runs the code of a notebook, cell by cell, in a fresh process."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
# A kernel lives on after the last cell. A process that ended in the usual way could be aborted by a thread of pyarrow.
CODE = """
import json, os, pathlib, sys, traceback
cells = json.loads(pathlib.Path(sys.argv[1]).read_text())["cells"]
names, status = {}, 0
try:
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
except Exception:
    traceback.print_exc()
    status = 1
sys.stdout.flush()
sys.stderr.flush()
os._exit(status)
"""


def run_cells(notebook: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """The outcome of all cells in order, started in `folder`."""
    command, environment = [sys.executable, "-c", CODE, str(notebook)], {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
