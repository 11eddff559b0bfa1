"""The files of a figure."""

import re
import warnings
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from a2c.report.drawing.style import look, save, sentence_alone


def fonts_of(vector: Path) -> set[bytes]:
    """The fonts of a PDF, without the mark of a part."""
    return set(re.findall(rb"/BaseFont ?/(?:[A-Z]{6}\+)?([\w-]+)", vector.read_bytes()))


@pytest.mark.parametrize(
    "text", ["0.95", "\u0411 0.1", "\u0142, \u0151, \u1e9e", "\u03bb \u2192 \u221e", "hebrew: \u05d0"]
)
def test_letters_come_from_the_fonts_of_the_figures(text: str, tmp_path: Path) -> None:
    with look(), warnings.catch_warnings():
        warnings.simplefilter("error")  # Matplotlib warns of a missing glyph
        vector, *_ = save(sentence_alone(text), tmp_path / "figure")
    assert fonts_of(vector) == {b"A2CSans"}


@pytest.mark.filterwarnings("ignore:Glyph")
def test_a_letter_that_no_font_has_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    with look():
        vector, *_ = save(sentence_alone("\ud55c lr"), tmp_path / "figure")
    assert fonts_of(vector) == {b"A2CSans"}


def test_thin_lines_of_a_grid_are_all_in_the_picture(tmp_path: Path) -> None:
    with look():
        figure = Figure(figsize=(3.25, 2))
        axes = figure.subplots()
        axes.set(xlim=(0, 10), ylim=(0, 10), xticks=range(1, 10, 2), yticks=range(1, 10, 2))
        _, picture = save(figure, tmp_path / "figure")
    pixels = np.asarray(Image.open(picture).convert("L"))
    down = pixels[:, pixels.shape[1] // 2 + 20]  # between two lines that go up
    lines = [list(run) for is_white, run in groupby(down, lambda grey: grey == 255) if not is_white]
    assert [min(line) > 200 for line in lines] == [True] * 5 + [False]  # the last one is the axis


def test_a_picture_keeps_white_black_and_a_rare_colour(tmp_path: Path) -> None:
    with look():
        figure = sentence_alone("black")
    for left, colour in ((0.1, "#ff0000"), (0.2, "#000000")):
        figure.patches.append(Rectangle((left, 0.1), 0.005, 0.05, color=colour, transform=figure.transFigure))
    save(figure, tmp_path / "figure")
    pixels = Image.open(tmp_path / "figure.png").convert("RGB")
    colours = {colour: count for count, colour in pixels.getcolors(999)}
    assert max(colours, key=lambda colour: colours[colour]) == (255, 255, 255)
    assert (0, 0, 0) in colours
    assert any(red > 240 and green < 16 and blue < 16 for red, green, blue in colours)


def test_a_dollar_in_a_label_is_a_dollar(tmp_path: Path) -> None:
    with look():
        figure = sentence_alone("cost $x_{$ and $y$")
    save(figure, tmp_path / "figure")  # as mathematics it would be a mistake


def test_lines_of_an_svg_have_places_to_a_hundredth_of_a_point(tmp_path: Path) -> None:
    with look():
        figure = Figure(figsize=(1, 1))
        figure.subplots().plot([0, 1 / 3, 1], [0, 2 / 7, 1])
        save(figure, tmp_path / "line", svg=True)
    paths = re.findall(r' d="([^"]*)"', (tmp_path / "line.svg").read_text())
    assert any("." in path for path in paths)
    assert not any(re.search(r"\.\d{3}", path) for path in paths)
