"""The notebook that computes a paper's numbers again, on the published results."""

import ast
import json
import shutil
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from tests.notebooks import ROOT, run_cells

NOTEBOOK = ROOT / "examples" / "referee.ipynb"
PUBLISHED = ROOT / "results" / "published" / "paper"


def test_the_notebook_needs_pandas_and_numpy_alone_and_holds_no_output() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook["cells"])
    code = ast.parse("\n".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"))
    names = {alias.name for node in ast.walk(code) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(code) if isinstance(node, ast.ImportFrom)}
    assert names - sys.stdlib_module_names == {"numpy", "pandas"}


@pytest.mark.slow
def test_the_published_numbers_come_out_again() -> None:
    done = run_cells(NOTEBOOK, NOTEBOOK.parent)
    assert done.returncode == 0, done.stderr
    claims = pd.read_csv(PUBLISHED / "claims.csv")
    assert f"{claims['says'].nunique()} sentences, {len(claims)} tests" in done.stdout
    assert "higher" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "column"),
    [("runs.csv", "final_return"), ("summary.csv", "auc_low"), ("comparisons.csv", "p_adjusted")],
)
def test_a_changed_number_is_found(tmp_path: Path, file: str, column: str) -> None:
    study = "columns"
    results = tmp_path / "results" / "published" / "paper"
    shutil.copytree(PUBLISHED / "studies" / study, results / "studies" / study)
    (results / "runs").symlink_to(PUBLISHED / "runs")
    (results / "paper.json").write_text(json.dumps({"studies": [study]}))
    table = pd.read_csv(results / "studies" / study / file)
    table.loc[table[column].first_valid_index(), column] += 0.001
    table.to_csv(results / "studies" / study / file, index=False)
    (tmp_path / "examples").mkdir()
    done = run_cells(NOTEBOOK, tmp_path / "examples")
    assert done.returncode == 1
    assert f"AssertionError: ('{study}'" in done.stderr
