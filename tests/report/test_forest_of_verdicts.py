"""The figure of all verdicts of a paper."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from a2c.report.forest_of_verdicts import draw, text
from a2c.report.page.page import page
from a2c.runs.files import DamagedError
from a2c.runs.study import PaperRecord
from tests.report.synthetic_study import claim


def claims(*rows: dict[str, Any]) -> pd.DataFrame:
    more = {"how": "means", "centre": ""}
    return pd.DataFrame([{**more, **row} for row in rows])


ROWS = claims(
    claim("first", "supported", effect=-120.0, low=-150.0, high=-90.0, says="Slower", part="at 1e-5"),
    claim("second", "inconclusive", effect=5.0, low=-10.0, high=20.0, measure="final_return", centre="tuned"),
    claim("rate", "contradicted", effect=0.1, low=0.0, high=0.4, measure="failure_rate", how="rates", reference=""),
    claim("none", "not tested yet", effect=None, low=None, high=None),
)


def test_every_tested_claim_has_a_line_in_the_panel_of_its_unit() -> None:
    returns, rates = draw(ROWS).axes
    assert returns.get_yticklabels()[0].get_text() == "Slower (at 1e-5)"
    assert "(tuned)" in returns.get_yticklabels()[1].get_text() or "…" in returns.get_yticklabels()[1].get_text()
    assert (returns.get_xlabel(), rates.get_xlabel()) == (
        "difference (reward per episode)",
        "level (share of runs)",
    )
    marks = [[line.get_xdata()[0] for line in axes.lines if line.get_marker() in "oX"] for axes in (returns, rates)]
    assert marks == [[-120.0, 5.0], [0.1]]
    bars = [list(line.get_xdata()) for line in returns.lines if len(line.get_xdata()) == 2]
    assert bars == [[-150.0, -90.0], [-10.0, 20.0], [0, 0]]  # the last is the line of no difference


def test_a_level_of_a_ratio_has_no_line_of_no_difference() -> None:
    level = claim("level", "supported", effect=3.0, low=2.5, high=3.5, measure="clip_ratio", how="ratios", reference="")
    (axes,) = draw(claims(level)).axes
    assert axes.get_xlabel().startswith("level (")
    assert [list(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 2] == [[2.5, 3.5]]


def test_tests_of_one_long_sentence_have_different_names() -> None:
    says = "Hyperparameters: learning rate, entropy coefficient, number of environments, and steps per update matter"
    parts = ("learning rate", "number of environments", "steps per update")
    rows = [claim(part, "supported", effect=1.0, low=0.0, high=2.0, says=says, part=part) for part in parts]
    names = [label.get_text() for label in draw(claims(*rows)).axes[0].get_yticklabels()]
    assert [name.endswith(f"… ({part})") for name, part in zip(names, parts, strict=True)] == [True] * 3
    assert all(len(name) <= 62 for name in names)


def test_verdicts_differ_without_colour() -> None:
    returns, rates = draw(ROWS).axes
    marks = [line for axes in (returns, rates) for line in axes.lines if line.get_marker() in "oX"]
    looks = [(mark.get_marker(), mark.get_markerfacecolor() == "white") for mark in marks]
    assert looks == [("o", False), ("o", True), ("X", False)]


def test_the_text_counts_the_verdicts_and_a_paper_without_tests_says_so() -> None:
    assert "by verdict: 1 supported, 1 contradicted, 1 inconclusive." in text(ROWS)
    assert "No test" in draw(ROWS.iloc[3:]).texts[0].get_text()


def test_a_figure_of_other_verdicts_is_refused(drawn: Path, paper: PaperRecord, tmp_path: Path) -> None:
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    (tmp_path / "verdicts.txt").write_text("Other verdicts.\n")
    with pytest.raises(DamagedError, match=r"verdicts\.txt: damaged"):
        page(tmp_path, paper)


def test_another_picture_of_verdicts_is_refused(drawn: Path, paper: PaperRecord, tmp_path: Path) -> None:
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    (tmp_path / "verdicts.png").write_bytes(next(tmp_path.glob("studies/*/*.png")).read_bytes())
    with pytest.raises(DamagedError, match=r"verdicts\.png: damaged"):
        page(tmp_path, paper)
