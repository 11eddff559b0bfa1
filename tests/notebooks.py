"""Runs the code of a notebook, cell by cell, in a fresh process."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = (
    "import json, pathlib, sys; cells = json.loads(pathlib.Path(sys.argv[1]).read_text())['cells']; names = {}\n"
    "for cell in cells:\n    if cell['cell_type'] == 'code':\n        exec(''.join(cell['source']), names)"
)


def run_cells(notebook: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """The outcome of all cells in order, started in `folder`."""
    command, environment = [sys.executable, "-c", CODE, str(notebook)], {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
