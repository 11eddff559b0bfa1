"""The numbers that figures are made from: whole and thin runs give the same tables, byte for byte."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from a2c.analysis.doctor.checkup import doctor
from a2c.analysis.study import aggregate
from a2c.analysis.summary import BITS, PARTS, check_thin, metric_parts, rounded
from a2c.config import Paper, load_paper
from a2c.envs import check
from a2c.exchange.publish import publish
from a2c.runs.files import DamagedError
from a2c.runs.layout import describe, plan
from a2c.runs.reading import read_runs
from a2c.runs.result import read_result
from a2c.runs.thin import read_thin, write_thin
from tests.commands import a2c_says
from tests.runs.other_runs import seal

BASE = {"hidden_sizes": [16], "total_steps": 6000, "eval_episodes": 2, "max_grad_norm": None}
CLAIM = {"id": "entropy", "says": "It falls.", "where": "There", "why": "Because.", "study": "rates",
         "test": "at_most", "measure": "entropy:change", "subject": {"learning_rate": 0.01}, "value": 0}  # fmt: skip
STUDY = {"name": "rates", "base": BASE, "grid": {"learning_rate": [7e-4, 0.01, 1e30]}, "seeds": "0-5",
         "tuning_seeds": "10-12"}  # fmt: skip


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> tuple[Paper, Path]:
    """A paper with runs that learn and runs that diverge, and the folder with its `trained` and `published` results."""
    folder = tmp_path_factory.mktemp("paper")
    (folder / "claims.yaml").write_text(json.dumps({"claims": [CLAIM]}))
    content = {
        "title": "Thin",
        "results": "results/thin",
        "seeds_per_job": 4,
        "claims": "claims.yaml",
        "studies": [STUDY],
    }
    (folder / "paper.yaml").write_text(json.dumps(content))
    paper = load_paper(folder / "paper.yaml")
    for block in [block for blocks in plan(paper, folder / "trained" / "runs").values() for block in blocks]:
        fields, seeds = block.configuration.model_dump(mode="json"), f"{block.first}-{block.last}"
        out = folder / "trained" / "runs" / block.path
        a2c_says("train", "-", "--seeds", seeds, "--out", out, fields=fields).check_returncode()
    list(publish(paper, ["rates"], folder / "trained" / "runs", folder / "published"))
    return paper, folder


def tables(paper: Paper, results: Path) -> dict[str, str]:
    """All tables of the study from the results in a folder, as they are written."""
    (study,) = paper.studies
    facts = {"CartPole-v1": check(study.base, "paper")}
    record = describe(paper, study, plan(paper, results / "runs"), facts)
    return {name: t.to_csv(index=False) for name, t in aggregate(record, *read_runs(record, results / "runs")).items()}


def test_thin_runs_give_the_tables_of_whole_ones_byte_for_byte(paper: tuple[Paper, Path]) -> None:
    whole, thin = (tables(paper[0], paper[1] / name) for name in ("trained", "published"))
    kinds = [read_result(path.parent).is_thin for path in paper[1].glob("published/runs/*/*/*/manifest.json")]
    assert (kinds.count(True), kinds.count(False)) == (9, 3)
    assert "diverged" in whole["runs"]
    assert "supported" in whole["claims"]
    assert thin == whole


def test_the_doctor_says_the_same_of_thin_runs(paper: tuple[Paper, Path]) -> None:
    for folder in paper[1].glob("published/runs/*/*/seeds-10-12"):
        same = paper[1] / "trained" / folder.relative_to(paper[1] / "published")
        pd.testing.assert_frame_equal(doctor(folder), doctor(same))


@pytest.mark.parametrize("name", ["auc", "eval_return", "peak", "drawdown"])
def test_a_number_that_does_not_fit_the_others_is_named(name: str, paper: tuple[Paper, Path], tmp_path: Path) -> None:
    source = next(paper[1].glob("published/runs/*/*rate-0.01*/seeds-1-3"))
    for path in source.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    runs = read_thin(tmp_path / "thin.parquet", [1, 2, 3])
    forged = runs[2]._replace(measures=runs[2].measures | {name: 1.0 + runs[2].measures[name]})
    write_thin(tmp_path / "thin.parquet", [runs[1], forged, runs[3]])
    seal(tmp_path)
    with pytest.raises(DamagedError, match=rf"thin\.parquet: seed 2: {name}: does not fit"):
        check_thin(read_result(tmp_path))


def test_parts_are_means_of_what_was_recorded_in_them() -> None:
    metrics = pd.DataFrame({"configuration": "a", "seed": 0, "step": [1, 50, 51, 149, 1000, 1001], "entropy": 2.0})
    metrics["entropy"] = [1.0, 2.0, np.nan, 8.0, 5.0, 9.0]
    parts = metric_parts(metrics, 1000)
    assert parts["step"].tolist() == [50, 150, 1000]
    assert parts["entropy"].tolist() == [1.5, 8.0, 5.0]
    assert PARTS * 50 == 1000


def test_rounding_keeps_12_bits_and_what_is_no_number() -> None:
    values = pd.DataFrame({"x": [1 + 2**-12, 1 + 2**-11, -3.0, 0.0, np.inf, np.nan, 1e-38, 1e30]})
    found = rounded(values)["x"].to_numpy()
    np.testing.assert_array_equal(found[:6], np.float32([1.0, 1 + 2**-11, -3.0, 0.0, np.inf, np.nan]))
    np.testing.assert_allclose(found[6:], [1e-38, 1e30], rtol=2.0**-BITS)
