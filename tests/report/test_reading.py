import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from a2c.report.catalogue import data_of
from a2c.report.draw import draw
from a2c.report.kinds import STUDIES
from a2c.report.reading import read_paper, read_study
from a2c.report.rows import rows_at
from a2c.runs.files import DamagedError
from a2c.runs.study import PaperRecord, read_study_record
from tests.commands import a2c_says
from tests.report.synthetic_study import write_tables


def test_a_missing_table_is_named(written: Path, tmp_path: Path) -> None:
    shutil.copytree(written / "studies" / "few_seeds", tmp_path / "few_seeds")
    (tmp_path / "few_seeds" / "summary.csv").unlink()
    with pytest.raises(DamagedError, match=r"few_seeds/summary\.csv: missing"):
        draw(STUDIES, tmp_path / "few_seeds")


def test_a_file_that_is_not_a_table_is_reported(written: Path, tmp_path: Path) -> None:
    shutil.copytree(written / "studies" / "few_seeds", tmp_path / "few_seeds")
    (tmp_path / "few_seeds" / "curves.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DamagedError, match=r"curves\.csv"):
        read_study(tmp_path / "few_seeds")


def test_a_study_file_that_is_not_json_is_reported(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text("{")
    with pytest.raises(DamagedError, match=r"study\.json"):
        read_study(tmp_path)


def test_tables_over_environments_are_read_for_three_and_more(written: Path) -> None:
    assert "aggregates" in data_of(read_study(written / "studies" / "recommended")[0])
    assert "aggregates" not in data_of(read_study(written / "studies" / "diverged")[0])


def test_rows_of_a_setting_are_found_in_columns_of_numbers_text_and_nothing(written: Path) -> None:
    study, tables = read_study(written / "studies" / "recommended")
    first, second = study.settings
    found = rows_at(tables["aggregates"], second)
    assert set(found["label"]) == {"other"}
    assert len(found) + len(rows_at(tables["aggregates"], first)) == len(tables["aggregates"])


def test_an_axis_beside_a_column_of_its_name_is_found_in_its_own(written: Path) -> None:
    study, tables = read_study(written / "studies" / "recommended")
    setting = replace(study.settings[0], point={"baseline": "mean"})
    table = tables["aggregates"].assign(baseline="of the study", **{"field.baseline": "none"})
    table.loc[0, "field.baseline"] = "mean"
    assert rows_at(table, setting).index.tolist() == [0]


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("summary", lambda table: table.drop(columns="final_return_mean")),
        ("comparisons", lambda table: table.assign(effect_low="small")),
    ],
)
def test_tables_that_another_wrote_end_a_command_in_one_line(
    written: Path, tmp_path: Path, name: str, changed: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    folder = tmp_path / "results" / "studies" / "few_seeds"
    shutil.copytree(written / "studies" / "few_seeds", folder)
    study = read_study_record(folder)
    tables = {one: pd.read_csv(folder / f"{one}.csv") for one in data_of(study)}
    write_tables(folder, study, tables | {name: changed(tables[name])})
    said = a2c_says("draw", folder)
    assert said.returncode == 1
    assert said.stderr.startswith(f"a2c: {folder}: damaged or of another version")
    assert said.stderr.count("\n") == 1


def test_a_paper_without_studies_and_tunings_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match=r"paper\.json: damaged \(studies: none, and no tunings\)"):
        read_paper(tmp_path, PaperRecord("T", "", [], []))
