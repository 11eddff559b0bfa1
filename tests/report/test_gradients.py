"""Figures and table of a gradient study, from a summary that was made up."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from a2c.analysis.gradients import measured, summarise, verdicts
from a2c.config.claims import parse_claim
from a2c.config.gradients import expand_gradients
from a2c.report import gradients
from a2c.report.draw import draw
from a2c.report.drawing.style import look
from a2c.report.kinds import GRADIENTS
from a2c.report.lineage import write_gradient_data
from a2c.report.page.page import page
from a2c.report.paper.content import gradient_sections, pictures_of
from a2c.report.reading import read_gradients, read_paper
from a2c.report.verdicts import write_verdicts
from a2c.runs.files import DamagedError, sealed
from a2c.runs.gradient_study import GradientRecord
from a2c.runs.gradients import MEASURED
from a2c.runs.study import PaperRecord

ENTRY: dict[str, Any] = {
    "name": "made_up", "title": "Made up <&>", "seeds": "0-5", "snapshots": [0.5, 1.0], "n_envs": [1, 8],
    "estimators": ["reinforce", "reinforce value", "one-step", "n-step 20", "gae 0", "gae 1"],
}  # fmt: skip
RECORD = GradientRecord(expand_gradients([ENTRY], "test")[0].keys, "a2c_0", [])
CLAIMS = [
    parse_claim(
        {
            "id": "noisy", "says": "REINFORCE is <noisier>.", "where": "there", "study": "made_up", "why": "because",
            "measure": "gradient_noise", "subject": {"estimator": "gae 1"}, "test": "higher",
            "reference": {"estimator": "reinforce"}, "margin": 1.5,
        },
        "test",
    )
]  # fmt: skip
CLAIMED = dataclasses.replace(RECORD, claims=CLAIMS)
BIAS = {"one-step": 0.8, "n-step 20": 0.3, "gae 0": 0.8, "gae 1": 0.4}  # of the true gradient, whose norm is 2


def estimates() -> pd.DataFrame:
    """Runs in which the true gradient is known at the first snapshot and cannot be told from 0 at the second."""
    rows = []
    for seed in RECORD.study.seeds:
        for snapshot in RECORD.study.snapshots:
            for number, one in enumerate(RECORD.estimators):
                for n_envs in RECORD.study.n_envs:
                    bias = 2 * BIAS.get(one.name, 0.0)
                    noise = (number + 1) * (1 + 0.1 * seed) / np.sqrt(n_envs)
                    values = {
                        "reference_norm": 2.0, "bias": bias, "relative_bias": bias / 2, "mean_cosine": 0.9,
                        "trace": (2 * noise) ** 2, "trace_per_step": 5 * n_envs * (2 * noise) ** 2,
                        "relative_noise": noise, "snr": 1 / noise, "cosine": 0.5,
                    }  # fmt: skip
                    if snapshot == 1.0:
                        values |= dict.fromkeys(("relative_bias", "relative_noise", "cosine"), np.nan)
                    ends = {
                        f"{name}{end}": values[name] * by
                        for name in MEASURED
                        for end, by in (("_low", 0.9), ("_high", 1.1))
                    }
                    rows.append({
                        "seed": seed, "snapshot": snapshot, "step": int(200_000 * snapshot), "estimator": one.name,
                        "n_envs": n_envs, "batches": 512, "batch_steps": 5.0 * n_envs, "resolved": bias > 0,
                        "reference_steps": 4096, "reference_error": 0.01, **values, **ends,
                    })  # fmt: skip
    return pd.DataFrame(rows)


def write(results: Path, record: GradientRecord = RECORD) -> Path:
    """The tables of the made up study in a folder of results."""
    folder = results / "gradients" / "made_up"
    (folder / "runs").mkdir(parents=True)
    (folder / "gradients.json").write_text(record.text)
    for seed in RECORD.study.seeds:
        (folder / "runs" / f"seed-{seed}.json").write_text(sealed({"estimates": "0"}))
    tables = {"summary": summarise(estimates(), len(RECORD.study.seeds))}
    if record.claims:
        tables["measures"] = measured(record, rows := scattered())
        tables["claims"] = verdicts(record, rows, tables["measures"], {""})
    data = {f"{name}.csv": table.to_csv(index=False).encode() for name, table in tables.items()}
    write_gradient_data(record, {"estimates.parquet": b"", **data}, folder, results / "runs")
    return folder


def scattered() -> pd.DataFrame:
    """The estimates, where no two runs have the same ratio of two noises."""
    rows = estimates()
    return rows.assign(
        relative_noise=rows["relative_noise"] * (1 + 0.01 * rows["seed"] * (rows["estimator"] == "gae 1"))
    )


@pytest.fixture(scope="module")
def claimed(drawn: Path, paper: PaperRecord, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PaperRecord]:
    """A folder of results with a gradient study that decides a claim, and its paper."""
    results = tmp_path_factory.mktemp("claimed") / "results"
    shutil.copytree(drawn, results)
    draw(GRADIENTS, write(results, CLAIMED))
    record = dataclasses.replace(paper, gradients=["made_up"], claims=[*paper.claims, *CLAIMS])
    write_verdicts(results, record)
    page(results, record)
    return results, record


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(tmp_path_factory.mktemp("results"))
    draw(GRADIENTS, folder)
    return folder


def test_the_summary_has_medians_over_the_runs_with_intervals() -> None:
    summary = summarise(estimates(), 6).set_index(["snapshot", "estimator", "n_envs"])
    row = summary.loc[(0.5, "one-step", 1)]
    assert row["relative_noise"] == pytest.approx(3 * 1.25)
    assert 3 * 1.0 <= row["relative_noise_low"] < row["relative_noise"] < row["relative_noise_high"] <= 3 * 1.5
    assert (row["n_runs"], row["n_seeds"], row["n_resolved"]) == (6, 6, 6)
    assert row["relative_bias_bound"] == pytest.approx(0.8 * 1.1)
    late = summary.loc[(1.0, "one-step", 1)]
    assert np.isnan(late["relative_bias"])
    assert (late["relative_bias_n"], late["bias"]) == (0, 1.6)
    few = summarise(estimates().query("seed < 3"), 3).iloc[0]
    assert np.isnan(few["trace_low"])
    assert few["interval"] == "too few seeds for an interval"


def test_the_order_of_the_runs_does_not_matter() -> None:
    rows = estimates()
    shuffled = rows.sort_values("seed", ascending=False, kind="stable")
    pd.testing.assert_frame_equal(summarise(rows, 6), summarise(shuffled, 6))


def test_drawing_twice_gives_the_same_bytes_of_all_files(study: Path, tmp_path: Path) -> None:
    again = write(tmp_path)
    paths = draw(GRADIENTS, again)
    assert {path.name for path in paths} == set(GRADIENTS.sources_of(RECORD))
    for path in paths:
        assert path.read_bytes() == (study / path.name).read_bytes(), path.name


def test_no_label_is_mathematics_between_dollars(study: Path) -> None:
    record, data = read_gradients(study)
    for figure in gradients.figures_of(record):
        drawn = figure.drawn(record, data)
        with look():
            drawn.draw_without_rendering()
        texts = [text.get_text() for text in drawn.findobj(Text)]
        assert any(texts)
        assert not [text for text in texts if "$" in text]


def test_the_table_says_where_a_bias_is_not_resolved_or_the_true_gradient_unknown(study: Path) -> None:
    lines = (study / "estimators.md").read_text().splitlines()
    (one_step,) = (line for line in lines if line.startswith("| 50 % | one-step | 1 |"))
    assert "| 1.60 [1.60, 1.60] | 0.800 [0.800, 0.800] | 0.900 [0.900, 0.900] | 6 of 6 |" in one_step
    (value,) = (line for line in lines if line.startswith("| 50 % | REINFORCE, value | 8 |"))
    assert "| not resolved | not resolved (at most 0.000) | 0.900 [0.900, 0.900] | 0 of 6 |" in value
    (late,) = (line for line in lines if line.startswith("| 100 % | GAE 0 | 1 |"))
    assert "| 1.60 [1.60, 1.60] | – |" in late


def test_captions_say_what_is_seen(study: Path) -> None:
    caption = (study / "bias_variance.txt").read_text()
    assert "6 runs, medians over the runs with bootstrap 95 % intervals" in caption
    assert "REINFORCE has the least noise" in caption
    assert "one-step has the largest resolved bias, 80 % of the true gradient" in caption


def test_a_study_at_one_snapshot_has_no_figure_over_training() -> None:
    keys = {**RECORD.keys, "snapshots": [1.0]}
    assert [one.name for one in gradients.figures_of(GradientRecord(keys, "a2c_0", []))] == ["bias_variance"]


def test_the_page_shows_the_study_and_links_its_files(
    drawn: Path, study: Path, paper: PaperRecord, tmp_path: Path
) -> None:
    results = tmp_path / "results"
    shutil.copytree(drawn, results)
    shutil.copytree(study.parent, results / "gradients")
    page(results, dataclasses.replace(paper, gradients=["made_up"]))
    text = (results / "index.html").read_text()
    assert 'href="gradients/made_up/index.html">Made up &lt;&amp;&gt;</a>' in text
    text = (results / "gradients" / "made_up" / "index.html").read_text()
    assert 'id="bias_variance"' in text
    assert 'href="estimates.parquet"' in text


def test_a_changed_summary_is_found(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "summary.csv").write_text("snapshot\n1\n")
    with pytest.raises(DamagedError, match=r"summary\.csv: damaged"):
        read_gradients(folder)


def test_a_record_without_claims_has_the_bytes_of_before() -> None:
    assert set(json.loads(RECORD.text)) == {"keys", "configuration", "blocks", "sha256"}
    assert set(json.loads(CLAIMED.text)) == {"keys", "configuration", "blocks", "claims", "sha256"}


def test_the_verdicts_of_a_gradient_study_are_among_the_papers(claimed: tuple[Path, PaperRecord]) -> None:
    results, _ = claimed
    row = pd.read_csv(results / "claims.csv").iloc[-1]
    assert row[["study", "claim", "verdict"]].tolist() == ["made_up", "noisy", "supported"]
    assert "| Made up <&>: bias and variance |" in (results / "claims.md").read_text()
    assert "supported" in (results / "gradients" / "made_up" / "claims.md").read_text()


def test_rows_of_verdicts_link_the_section_of_the_gradient_study(claimed: tuple[Path, PaperRecord]) -> None:
    results, _ = claimed
    front = (results / "index.html").read_text()
    assert 'href="gradients/made_up/index.html#bias_variance">Made up &lt;&amp;&gt;, bias and variance</a>' in front
    own = (results / "gradients" / "made_up" / "index.html").read_text()
    assert 'href="../../index.html#claim-noisy">REINFORCE is &lt;noisier&gt;.</a>' in own
    assert 'href="measures.csv"' in own
    columns = (results / "columns.csv").read_text()
    assert "gradients/measures.csv,high" in columns
    assert "gradients/claims.csv,verdict" in columns


def test_the_pdf_has_the_verdicts_of_the_gradient_study(claimed: tuple[Path, PaperRecord]) -> None:
    results, record = claimed
    read = read_paper(results, record)
    (section,) = gradient_sections(read, pictures_of(read))
    assert "gradient noise at GAE 1, 50 % of the budget, 8 environments" in section["verdicts"]
