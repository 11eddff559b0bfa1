"""The colours, dashes and markers of lines."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from a2c.report.drawing.looks import PALETTE, look_of
from tests.report.colours import contrast_to_white, difference, views


# Sharma, Wu & Dalal 2005, table 1
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ],
)
def test_the_difference_of_colours_is_that_of_the_published_table(
    first: tuple[float, ...], second: tuple[float, ...], expected: float
) -> None:
    assert difference(np.array(first), np.array(second)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("first", "second"), list(combinations(PALETTE, 2)))
def test_any_two_colours_stay_apart_with_and_without_colour_blindness(first: str, second: str) -> None:
    one, other = views(first), views(second)
    assert min(difference(one[kind], other[kind]) for kind in one) >= 15


@pytest.mark.parametrize("shade", PALETTE)
def test_every_colour_has_enough_contrast_to_white(shade: str) -> None:
    assert contrast_to_white(shade) >= 3


def test_neighbouring_lines_differ_in_dashes_and_markers_and_no_two_look_the_same() -> None:
    looks = [look_of(index) for index in range(4 * len(PALETTE))]
    assert len(set(looks)) == len(looks)
    assert len({(look.color, look.dash) for look in looks}) == len(looks)
    for one, other in pairwise(looks):
        assert one.dash != other.dash
        assert one.marker != other.marker
