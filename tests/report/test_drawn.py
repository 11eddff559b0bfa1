"""The page takes only what was drawn of the study, under the name that it was drawn with."""

import shutil
from pathlib import Path

import pytest

from a2c.report.drawn import check_study, read_drawn, read_file, write_drawn
from a2c.runs.files import DamagedError
from a2c.untrusted import checksum


def test_a_picture_under_the_name_of_another_is_refused(drawn: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(drawn / "studies" / "compared", folder)
    shutil.copy(folder / "comparisons.png", folder / "learning_curves.png")
    with pytest.raises(
        DamagedError, match=r"learning_curves\.png: damaged \(its checksum is not that of drawn\.json\)"
    ):
        read_file(folder / "learning_curves.png")


def test_another_study_beside_the_figures_is_refused(drawn: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(drawn / "studies" / "compared", folder)
    check_study(folder)
    shutil.copy(drawn / "studies" / "again" / "study.json", folder / "study.json")
    with pytest.raises(DamagedError, match=r"study\.json: damaged \(its checksum is not that of drawn\.json\)"):
        check_study(folder)


def test_what_only_the_last_drawing_had_is_removed(tmp_path: Path) -> None:
    for name in ("study.json", "old.png", "kept.png", "of the user.txt"):
        (tmp_path / name).write_text(name)
    write_drawn(tmp_path, [tmp_path / "old.png", tmp_path / "kept.png"])
    write_drawn(tmp_path, [tmp_path / "kept.png"])
    assert {path.name for path in tmp_path.iterdir()} == {"study.json", "kept.png", "of the user.txt", "drawn.json"}
    assert read_drawn(tmp_path) == {"kept.png": checksum(tmp_path / "kept.png")}


def test_a_damaged_record_is_written_anew(tmp_path: Path) -> None:
    for name in ("study.json", "kept.png", "drawn.json"):
        (tmp_path / name).write_text(name)
    write_drawn(tmp_path, [tmp_path / "kept.png"])
    assert read_drawn(tmp_path) == {"kept.png": checksum(tmp_path / "kept.png")}
