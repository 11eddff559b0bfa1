"""The files of a figure."""

import re
import warnings
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from a2c.report.drawing.style import look, save, sentence_alone


def test_letters_that_the_small_fonts_lack_come_from_others(tmp_path: Path) -> None:
    figure = sentence_alone("hebrew: \u05d0")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Matplotlib warns of a missing glyph
        save(figure, tmp_path / "figure")


def test_a_picture_keeps_white_black_and_a_rare_colour(tmp_path: Path) -> None:
    figure = sentence_alone("black")
    figure.patches.append(Rectangle((0.1, 0.1), 0.005, 0.05, color="#ff0000", transform=figure.transFigure))
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
