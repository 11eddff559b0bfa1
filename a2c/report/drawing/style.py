"""The style of all figures (`a2c.mplstyle`), and writing a figure as two files with the same bytes every time."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.style
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from PIL import Image

from a2c.runs.files import write_whole

STYLE_SHEET = Path(__file__).with_name("a2c.mplstyle")
FONTS = Path(__file__).with_name("fonts")
# Every pair differs by at least 15 (CIEDE2000), as seen and under simulated deuteranopia, protanopia and tritanopia.
PALETTE: list[str] = ["#0173b2", "#b3231b", "#21ac03", "#650d50", "#d27c8a", "#2a05bf", "#84586f"]
DASHES: dict[str, list[float]] = {"solid": [], "dashed": [8, 3], "dotted": [2, 2], "dashdot": [8, 3, 2, 3]}  # points
MARKERS = "osD^vP*X"
COLUMN_WIDTH, PAGE_WIDTH = 3.25, 6.75  # inches: a column and a page of a journal
REFERENCE = "#555555"  # thresholds, baselines, zero lines
FAILED = "#A50F15"
STRIP = "#E8E8E8"  # behind the baseline
SOLVED: dict[str, Any] = {"color": REFERENCE, "linestyle": (0, (1, 1.5)), "linewidth": 0.9}

# Dates and version numbers would change the bytes of an equal picture.
NO_DATES: dict[str, None] = {"CreationDate": None, "Creator": None, "Producer": None}


@contextmanager
def look() -> Iterator[None]:
    """The style sheet over Matplotlib's defaults; the user's own matplotlibrc has no effect."""
    _add_fonts()
    with mpl.style.context(STYLE_SHEET, after_reset=True):
        yield


def sentence_alone(text: str) -> Figure:
    """A figure that shows a sentence, for where there is nothing to draw."""
    figure = Figure(figsize=(PAGE_WIDTH, 0.6))
    figure.text(0.5, 0.5, text, ha="center", va="center")
    return figure


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


def save(figure: Figure, stem: Path) -> list[Path]:
    """Write `<stem>.pdf` and `<stem>.png`; returns their paths. Equal figures give equal bytes."""
    vector = io.BytesIO()
    with look():
        canvas = lay_out(figure)
        canvas.draw()
        FigureCanvasPdf(figure).print_pdf(vector, metadata=NO_DATES)
    pictures = {"pdf": vector.getvalue(), "png": _few_colors(Image.fromarray(np.asarray(canvas.buffer_rgba())))}
    return [write(stem.with_name(f"{stem.name}.{suffix}"), picture) for suffix, picture in pictures.items()]


def lay_out(figure: Figure) -> FigureCanvasAgg:
    """Place the axes of a figure once, for all formats; gives its canvas. Within `look`.

    Places are rounded: the last digits of Matplotlib's solver depend on addresses in memory, and a PDF would show them.
    """
    figure.set_dpi(mpl.rcParams["savefig.dpi"])
    canvas = FigureCanvasAgg(figure)
    engine = figure.get_layout_engine()
    if engine is not None and figure.axes:  # a sentence alone has none
        engine.execute(figure)
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(tuple(round(number, 6) for number in axes.get_position(original=True).bounds))
    return canvas


def write(path: Path, content: bytes) -> Path:
    """Write a file whole, so that no reader sees half of it. Returns `path`."""
    write_whole(path, lambda beside: beside.write_bytes(content))
    return path


def _few_colors(picture: Image.Image) -> bytes:
    """A PNG with a palette of 256 colours and no metadata: a third of the bytes without a visible loss.

    An octree keeps rare colours (a red cross), which median cut loses, and is many times as fast.
    """
    few = picture.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.putpalette([_exact(value) for value in few.getpalette() or []])
    smaller = io.BytesIO()
    few.save(smaller, "png")
    return smaller.getvalue()


def _exact(value: int) -> int:
    """A value of the palette, with black and white as they were drawn: an octree shifts them a little."""
    return 0 if value <= 2 else 255 if value >= 253 else value


@cache
def _add_fonts() -> None:
    """Make the fonts of the style sheet known to Matplotlib."""
    for font in sorted(FONTS.glob("*.ttf")):
        fontManager.addfont(font)
