"""columns.csv: no column of any table is without a unit and a meaning."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from a2c.analysis.gradients import summarise
from a2c.config.metrics import METRICS
from a2c.report.columns import DESCRIPTIONS, HEADER, columns_of, columns_text, describe
from a2c.report.reading import PaperTables, read_paper, read_study
from a2c.runs.records import TABLES, schema_of
from a2c.runs.study import PaperRecord
from tests.report import test_gradients
from tests.report.tunings.tuned import tuned

NO_CLAIMS = pd.DataFrame()


@pytest.mark.parametrize("name", ["two_axes", "zero_on_log", "five_environments", "recommended"])
def test_every_column_of_a_study_is_described(written: Path, name: str) -> None:
    read = read_study(written / "studies" / name)
    described = columns_of(PaperTables({name: read}, {}, {}, NO_CLAIMS))
    for table, frame in read[1].items():
        assert [one.column for one in described if one.file == f"studies/{table}.csv"] == list(frame)
    assert all(one.meaning and "{" not in one.meaning + one.unit for one in described)


def test_every_column_of_a_gradient_study_and_of_a_tuning_is_described() -> None:
    gradients = {"summary": summarise(test_gradients.estimates(), 6)}
    described = columns_of(
        PaperTables({}, {"made_up": (test_gradients.RECORD, gradients)}, {"tuned": tuned()}, NO_CLAIMS)
    )
    files = {one.file for one in described}
    assert {"gradients/summary.csv", "gradients/estimates.parquet", "gradients/estimators.csv"} <= files
    assert {"tunings/trials.parquet", "tunings/tests.parquet", "tunings/chosen.csv", "tunings/settings.csv"} <= files
    estimates = test_gradients.estimates().columns
    assert {one.column for one in described if one.file == "gradients/estimates.parquet"} == set(estimates)


@pytest.mark.parametrize("algorithm", METRICS)
def test_every_column_of_a_run_is_described(algorithm: str) -> None:
    for name in TABLES:
        for column in schema_of(name, algorithm).names:
            assert describe(f"runs/{name}", column).meaning


def test_the_most_specific_description_counts() -> None:
    assert describe("studies/summary.csv", "solved_low").unit == "share of runs"
    assert describe("studies/summary.csv", "auc_bca_low").meaning.endswith("BCa bootstrap interval of the mean of auc")
    assert describe("studies/summary.csv", "auc_low").meaning.endswith("Student's 95 % interval of the mean of auc")
    assert describe("gradients/summary.csv", "bias_low").meaning == "lower end of the 95 % interval of bias"


def test_a_field_has_the_unit_and_the_meaning_of_the_configuration() -> None:
    for name in ("n_steps", "steps per update (agent steps)"):
        assert describe("studies/final.csv", name)[2:] == (
            "agent steps", "steps of every environment between two updates"
        )  # fmt: skip


def test_an_unknown_column_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"does not describe nonsense of studies/runs\.csv"):
        describe("studies/runs.csv", "nonsense")


def test_the_file_lies_beside_the_page(drawn: Path, paper: PaperRecord) -> None:
    text = columns_text(columns_of(read_paper(drawn, paper)))
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == HEADER
    assert ["claims.csv", "verdict", "", "supported, contradicted, inconclusive, or why there is no test"] in rows
    assert len({tuple(row[:2]) for row in rows}) == len(rows)


def test_no_description_is_given_twice() -> None:
    rows = [tuple(row[:2]) for row in csv.reader(io.StringIO(DESCRIPTIONS.read_text(encoding="utf-8")))]
    assert len(set(rows)) == len(rows)
