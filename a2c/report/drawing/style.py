"""The style of all figures (`a2c.mplstyle`), and writing a figure as files with the same bytes every time."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.style
import typst
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from PIL import Image

from a2c.report.drawing.fonts import FONTS as FONTS
from a2c.runs.files import write_bytes

STYLE_SHEET = Path(__file__).with_name("a2c.mplstyle")
COLUMN_WIDTH, PAGE_WIDTH = 3.25, 6.75  # inches: a column and a page of a journal
REFERENCE = "#555555"  # thresholds, baselines, zero lines
FAILED = "#A50F15"
COLORS = 64  # of a picture with a palette
STRIP = "#E8E8E8"  # behind the baseline
SOLVED: dict[str, Any] = {"color": REFERENCE, "linestyle": (0, (1, 1.5)), "linewidth": 0.9}

_PATHS = re.compile(r' d="[^"]*"')  # in an SVG: lines and areas
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")

# A page that is the figure, in Typst's language.
_PAGE = b"""
#set document(date: none)
#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.figure), format: "svg")
"""


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


def save(figure: Figure, stem: Path, svg: bool = False) -> list[Path]:
    """Write `<stem>.pdf` and `<stem>.png`; returns their paths. Equal figures give equal bytes.

    With `svg` also `<stem>.svg`, whose letters are text: where the font of `FONTS` is missing, they have another.

    Matplotlib draws once, as SVG; Typst makes the other two of it, in a fraction of the time that Matplotlib takes.
    """
    drawn = io.BytesIO()
    with look(), mpl.rc_context({"svg.hashsalt": f"{stem.name}.svg"}):
        lay_out(figure)
        FigureCanvasSVG(figure).print_svg(drawn, metadata={"Date": None, "Creator": None})
        dots = mpl.rcParams["savefig.dpi"]
    vector = _PATHS.sub(_rounded, drawn.getvalue().decode())
    pictures = {"pdf": _typeset(vector, format="pdf", timestamp=0, pdf_tags=False)}
    pictures["png"] = _few_colors(Image.open(io.BytesIO(_typeset(vector, format="png", ppi=dots))))
    if svg:
        pictures["svg"] = vector.encode()
    return [write_bytes(stem.with_name(f"{stem.name}.{suffix}"), picture) for suffix, picture in pictures.items()]


def _rounded(path: re.Match[str]) -> str:
    """A path of an SVG to a hundredth of a point, which nobody sees. The PDF of the paper is smaller for it."""
    return _LONG_NUMBER.sub(lambda number: f"{float(number[0]):.2f}", path[0])


def lay_out(figure: Figure) -> None:
    """Place the axes of a figure. Within `look`.

    Places are rounded: the last digits of Matplotlib's solver depend on addresses in memory, and a PDF would show them.
    """
    figure.set_dpi(mpl.rcParams["savefig.dpi"])
    FigureCanvasAgg(figure)  # it measures the letters
    engine = figure.get_layout_engine()
    if engine is not None and figure.axes:  # a sentence alone has none
        engine.execute(figure)
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(tuple(round(number, 6) for number in axes.get_position(original=True).bounds))


def _few_colors(picture: Image.Image) -> bytes:
    """A PNG with a palette and no metadata: less than a third of the bytes without a visible loss.

    An octree keeps rare colours (a red cross), which median cut loses, and is many times as fast.
    """
    few = picture.convert("RGB").quantize(COLORS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.putpalette([_exact(value) for value in few.getpalette() or []])
    smaller = io.BytesIO()
    few.save(smaller, "png", compress_level=8)
    return smaller.getvalue()


def _exact(value: int) -> int:
    """A value of the palette, with black and white as they were drawn: an octree shifts them a little."""
    return 0 if value <= 2 else 255 if value >= 253 else value


def _typeset(figure: str, **form: Any) -> bytes:
    """A figure, given as SVG, in one of Typst's formats."""
    page = _typst().compile(input=_PAGE, sys_inputs={"figure": figure}, **form)
    assert isinstance(page, bytes)
    return page


@cache
def _typst() -> typst.Compiler:
    """Typst with this package's fonts alone: of several it takes for a label the first that has all its letters."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    return typst.Compiler(font_paths=fonts, ignore_system_fonts=True)


@cache
def _add_fonts() -> None:
    """Make the fonts of the style sheet known to Matplotlib."""
    for font in sorted(FONTS.glob("*.ttf")):
        fontManager.addfont(font)
