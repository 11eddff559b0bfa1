"""The numbers that figures are made from: whole and thin runs give the same tables, byte for byte."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from a2c.analysis.doctor.checkup import doctor, findings_of
from a2c.analysis.numbers import PARTS
from a2c.analysis.study import aggregate
from a2c.analysis.summary import MANTISSA_BITS, check_thin, metric_parts, rounded, summaries_of
from a2c.config import Paper, load_paper
from a2c.envs import check
from a2c.exchange.publish import publish
from a2c.runs.files import DamagedError
from a2c.runs.layout import describe, plan
from a2c.runs.reading import ThinBlock, read_runs
from a2c.runs.result import Result, read_result
from a2c.runs.thin import ThinRun, read_thin, write_thin
from a2c.verify.bitwise import differing_files
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


@pytest.fixture
def thin(paper: tuple[Paper, Path], tmp_path: Path) -> Path:
    """A copy of a block of thin runs with the seeds 1 to 3."""
    shutil.copytree(next(paper[1].glob("published/runs/*/*rate-0.01*/seeds-1-3")), tmp_path / "thin")
    return tmp_path / "thin"


def forge(folder: Path, *changes: Callable[[ThinRun], ThinRun]) -> Result:
    """The thin runs of `folder` after each was changed by its function, sealed."""
    runs = read_thin(folder / "thin.parquet", [1, 2, 3]).values()
    write_thin(folder / "thin.parquet", [change(run) for change, run in zip(changes, runs, strict=True)])
    seal(folder)
    return read_result(folder)


@pytest.mark.parametrize("name", ["auc", "eval_return", "peak", "drawdown"])
def test_a_number_that_does_not_fit_the_others_is_named(name: str, thin: Path) -> None:
    def off_by_one(run: ThinRun) -> ThinRun:
        return run._replace(measures=run.measures | {name: 1.0 + run.measures[name]})

    forged = forge(thin, lambda run: run, off_by_one, lambda run: run)
    with pytest.raises(DamagedError, match=rf"thin\.parquet: seed 2: {name}: does not fit"):
        check_thin(forged)


def without(run: ThinRun, name: str) -> ThinRun:
    return run._replace(measures={key: value for key, value in run.measures.items() if key != name})


def without_metric(run: ThinRun) -> ThinRun:
    return run._replace(metrics={key: value for key, value in run.metrics.items() if key != "entropy"})


LACKING: dict[str, tuple[Callable[[ThinRun], ThinRun], str]] = {
    "a return": (lambda run: without(run, "auc"), "measures: auc: missing"),
    "a median": (lambda run: without(run, "entropy:late_median"), "measures: entropy:late_median: missing"),
    "all numbers": (lambda run: run._replace(measures={}), "measures: advantage_mean:early_median: missing"),
    "a metric": (without_metric, "metrics: entropy: missing"),
    "a part of the curve": (lambda run: run._replace(curve=run.curve[:7]), "seed 1: curve: 7 values; allowed: 100"),
    "no number, but one more": (
        lambda run: run._replace(measures=run.measures | {"luck": 1.0}), "measures: luck: unknown",
    ),
}  # fmt: skip
READERS: dict[str, Callable[[Result], object]] = {
    "audit": check_thin,
    "doctor": findings_of,
    "aggregate": lambda result: summaries_of(
        ThinBlock("name", "a2c", result.folder / "thin.parquet", list(result.thin.values())), 4000
    ),
    "verify": lambda result: differing_files(result, result),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
@pytest.mark.parametrize(("change", "says"), LACKING.values(), ids=LACKING)
def test_thin_runs_without_a_number_are_refused(
    change: Callable[[ThinRun], ThinRun], says: str, reader: Callable[[Result], object], thin: Path
) -> None:
    """None of them may leave a number out: it would be left out of what is compared and drawn."""
    forged = forge(thin, change, change, change)
    with pytest.raises(DamagedError, match=re.escape(says)):
        reader(forged)


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
    np.testing.assert_allclose(found[6:], [1e-38, 1e30], rtol=2.0**-MANTISSA_BITS)
