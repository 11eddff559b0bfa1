"""The small fonts of the figures."""

from pathlib import Path

import pytest
from matplotlib.ft2font import FT2Font

from a2c.report.drawing.fonts import make
from a2c.report.drawing.style import FONTS


def test_the_fonts_are_those_that_the_script_makes(tmp_path: Path) -> None:
    make.make(tmp_path)
    names = [*make.FONTS.values(), make.LICENSE]
    assert {name: (tmp_path / name).read_bytes() for name in names} == {
        name: (FONTS / name).read_bytes() for name in names
    }


@pytest.mark.parametrize("name", make.FONTS.values())
def test_the_fonts_have_letters_greek_arrows_and_signs_and_their_own_name(name: str) -> None:
    font = FT2Font(str(FONTS / name))
    assert font.family_name == make.FAMILY
    assert {ord(letter) for letter in "aZäß0−–εγλ→≥±²…"} <= set(font.get_charmap())
