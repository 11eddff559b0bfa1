"""`import a2c` in programs: training, episodes and curves as tables."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

import a2c
from a2c.analysis.curves import learning_curve
from a2c.analysis.summary import thin_runs
from a2c.config import ConfigError
from a2c.runs.parts import write_thin_part
from a2c.runs.result import read_result
from a2c.untrusted import DamagedError
from tests.notebooks import run_cells

ROOT = Path(__file__).parent.parent
FIELDS = {"hidden_sizes": [8], "total_steps": 2000, "eval_episodes": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("api")
    a2c.train(FIELDS, "0-1", folder / "two")
    a2c.train({**FIELDS, "gamma": 0.9}, range(5, 6), folder / "one")
    return folder


def test_episodes_of_all_results_below_a_folder_are_one_table(folder: Path) -> None:
    table = a2c.episodes(folder)
    assert table.columns.tolist() == ["environment", "configuration", "seed", "env", "step", "return", "length"]
    assert table.groupby(["configuration", "seed"]).ngroups == 3
    assert set(table["environment"]) == {"CartPole-v1"}
    assert (table["return"] == table["length"]).all()  # a reward of 1 a step


def test_curves_are_those_that_figures_show(folder: Path) -> None:
    curves, episodes = a2c.curves(folder / "two"), a2c.episodes(folder / "two")
    assert len(curves) == 200
    own = episodes[episodes["seed"] == 1]
    expected = learning_curve(own["step"].to_numpy(), own["return"].to_numpy(), 2000)
    np.testing.assert_array_equal(curves[curves["seed"] == 1]["return"], expected)
    assert curves["step"].max() == 2000


def test_thin_runs_have_their_curves_but_no_episodes(folder: Path, tmp_path: Path) -> None:
    result, thin = read_result(folder / "two"), tmp_path / "thin"
    write_thin_part(result, [1], thin_runs(result, 475.0), thin)
    whole = a2c.curves(folder / "two").query("seed == 1").reset_index(drop=True)
    pd.testing.assert_frame_equal(a2c.curves(thin), whole, rtol=1e-6)  # they are published in float32
    with pytest.raises(DamagedError, match="left out of these thin runs"):
        a2c.episodes(thin)


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="configuration: gamma: 2 is not allowed; allowed: a number"):
        a2c.train({"gamma": 2}, 0, tmp_path / "out")
    with pytest.raises(ConfigError, match="seeds: '5-' is not allowed"):
        a2c.train({}, "5-", tmp_path / "out")
    for seeds in (b"0", 1.0, None, True):
        with pytest.raises(ConfigError, match=r"seeds: .* is not allowed; allowed: whole numbers"):
            a2c.train({}, seeds, tmp_path / "out")  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        a2c.lode  # noqa: B018


def test_numbers_of_numpy_are_seeds(tmp_path: Path) -> None:
    small = {**FIELDS, "total_steps": 400}
    assert a2c.episodes(a2c.train(small, np.int64(1), tmp_path / "one"))["seed"].unique().tolist() == [1]
    assert a2c.episodes(a2c.train(small, np.arange(2), tmp_path / "two"))["seed"].unique().tolist() == [0, 1]  # type: ignore[arg-type]
    assert a2c.load(tmp_path / "one", seed=np.int64(1)).seed == 1  # type: ignore[arg-type]


def test_training_works_in_a_thread_that_is_not_the_main_one(tmp_path: Path) -> None:
    thread = threading.Thread(target=a2c.train, args=({**FIELDS, "total_steps": 400}, 0, tmp_path / "out"))
    thread.start()
    thread.join()
    assert len(a2c.curves(tmp_path / "out")) == 100


def test_a_policy_of_the_core_acts_without_pytorch(folder: Path) -> None:
    code = (
        "import sys, a2c; assert 'numpy' not in sys.modules; "
        f"a2c.load({str(folder / 'one')!r}).act([0.0, 0.1, 0.0, 0.1]); a2c.curves({str(folder)!r}); "
        "assert not {'torch', 'onnx', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.slow
def test_the_cells_of_the_example_notebook_run_one_after_the_other(tmp_path: Path) -> None:
    done = run_cells(ROOT / "examples" / "notebook.ipynb", tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"seed \d: a return of \d+", done.stdout)
    assert (tmp_path / "results" / "notebook" / "policy.onnx").stat().st_size > 10_000


def test_the_example_notebook_is_valid_and_holds_no_output() -> None:
    notebook = nbformat.read(ROOT / "examples" / "notebook.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook["cells"])


@pytest.mark.slow
def test_the_programs_in_the_document_run(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    program = "\n".join(re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "policy.onnx").exists()
