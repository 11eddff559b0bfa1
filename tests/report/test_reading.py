import shutil
from pathlib import Path

import pytest

from a2c.report.catalogue import data_of
from a2c.report.draw import draw
from a2c.report.reading import read_study
from a2c.report.rows import rows_at
from a2c.runs.files import DamagedError


def test_a_missing_table_is_named(written: Path, tmp_path: Path) -> None:
    shutil.copytree(written / "studies" / "few_seeds", tmp_path / "few_seeds")
    (tmp_path / "few_seeds" / "summary.csv").unlink()
    with pytest.raises(DamagedError, match=r"few_seeds/summary\.csv: missing"):
        draw(tmp_path / "few_seeds")


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
