"""The last lines of a pipeline."""

from pathlib import Path

from a2c.report.ending import no_longer_named
from a2c.runs.study import PaperRecord


def test_a_study_that_the_paper_no_longer_names_is_said(tmp_path: Path) -> None:
    for place in ("studies/rates", "studies/removed", "studies/elsewhere", "gradients/old", "tunings/kept"):
        (tmp_path / place).mkdir(parents=True)
        if place != "studies/elsewhere":  # another person's folder
            (tmp_path / place / "drawn.json").write_text("{}")
    record = PaperRecord("t", "", ["rates"], [], tunings=["kept"])
    assert no_longer_named(tmp_path, record) == [tmp_path / "studies" / "removed", tmp_path / "gradients" / "old"]
