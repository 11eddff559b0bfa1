"""The figure of all verdicts of a paper."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from a2c.report.forest_of_verdicts import LETTERS, draw, text
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


def marks(axes: Axes) -> list[tuple[float, float]]:
    """Place and row of the marks of a panel."""
    lines = [line for line in axes.lines if line.get_marker() in ("o", "X")]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in lines]


def words(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_every_tested_claim_has_a_row_and_every_centre_a_column() -> None:
    figure = draw(ROWS)
    tuned, without = figure.axes
    assert [axes.get_title() for axes in figure.axes] == ["tuned", "settings of\nits own"]
    assert marks(tuned) == [(pytest.approx(5 / 20), 1)]
    assert marks(without) == [(pytest.approx(-120 / 150), 0), (pytest.approx(0.1 / 0.4), 2)]
    bars = [line.get_xdata() for line in without.lines if len(line.get_xdata()) == 2 and line.get_ydata()[0] == 0]
    assert [pytest.approx(bar) for bar in ([-1, -0.6],)] == [list(bars[-1])]
    assert "Slower (at 1e-5)" in words(figure)


def test_a_row_names_the_ends_of_its_scale() -> None:
    assert words(draw(ROWS))[-3:] == ["± 150 reward per episode", "± 20 reward per episode", "level ± 0.4 of runs"]


def test_tests_of_a_claim_share_a_scale_over_the_centres() -> None:
    small = claim("same", "supported", effect=1.0, low=0.0, high=2.0, centre="article")
    large = claim("same", "supported", effect=50.0, low=0.0, high=100.0, centre="tuned")
    article, tuned = draw(claims(small, large)).axes
    assert (marks(article), marks(tuned)) == ([(pytest.approx(0.01), 0)], [(pytest.approx(0.5), 0)])


def test_a_ratio_and_its_inverse_are_equally_far_from_no_difference() -> None:
    more = {"measure": "clip_ratio", "how": "ratios"}
    twice = claim("ratio", "supported", effect=2.0, low=1.0, high=4.0, centre="article", **more)
    half = claim("ratio", "supported", effect=0.5, low=0.25, high=1.0, centre="tuned", **more)
    figure = draw(claims(twice, half))
    assert [marks(axes)[0][0] for axes in figure.axes] == pytest.approx([0.5, -0.5])
    assert words(figure)[-1] == "×/÷ 4"


def test_a_probability_is_placed_from_one_half() -> None:
    row = claim("wins", "supported", effect=0.7, low=0.6, high=0.9, how="superiority")
    figure = draw(claims(row))
    assert marks(figure.axes[0]) == [(pytest.approx(0.5), 0)]
    assert words(figure)[-1] == "probability 0.5 ± 0.4"


def test_a_paper_without_centres_has_one_column_without_a_head() -> None:
    (axes,) = draw(ROWS.drop(index=1)).axes
    assert axes.get_title() == ""


def test_an_effect_without_a_finite_end_is_drawn_to_the_edge() -> None:
    row = claim("open", "inconclusive", effect=1.0, low=-2.0, high=float("inf"))
    (axes,) = draw(claims(row)).axes
    bar = next(line.get_xdata() for line in axes.lines if list(line.get_ydata()) == [0, 0])
    assert list(bar) == [-1.0, axes.get_xlim()[1]]


def test_tests_of_one_long_sentence_have_different_names() -> None:
    says = "Hyperparameters: learning rate, entropy coefficient, number of environments, and steps per update matter"
    parts = ("learning rate", "number of environments", "settings tuned on CartPole-v1 are as good on Acrobot-v1")
    rows = [claim(part, "supported", effect=1.0, low=0.0, high=2.0, says=says, part=part) for part in parts]
    names = words(draw(claims(*rows)))[::2]
    assert [name.endswith(f"… ({part})") for name, part in zip(names, parts, strict=True)] == [True, True, False]
    assert names[2] == parts[2]
    assert all(len(name) <= LETTERS for name in names)


def test_verdicts_differ_without_colour() -> None:
    lines = [line for axes in draw(ROWS).axes for line in axes.lines if line.get_marker() in ("o", "X")]
    looks = [(line.get_marker(), line.get_markerfacecolor() == "white") for line in lines]
    assert looks == [("o", True), ("o", False), ("X", False)]


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
