"""Marks of means with their intervals."""

import pytest
from matplotlib.figure import Figure

from a2c.report.drawing.marks import draw_interval


@pytest.mark.parametrize(
    ("low", "high", "ends"), [(1.0, 3.0, (1.0, 3.0)), (2.5, 3.0, (2.0, 3.0)), (1.0, 1.5, (1.0, 2.0))]
)
@pytest.mark.parametrize("upright", [True, False])
def test_the_bar_covers_the_interval_and_reaches_to_the_mark(
    low: float, high: float, ends: tuple[float, float], upright: bool
) -> None:
    axes = Figure().subplots()
    draw_interval(axes, 7.0, 2.0, low, high, upright=upright)
    (bar,) = axes.collections
    (line,) = bar.get_segments()
    assert tuple(line[:, 1 if upright else 0]) == ends
