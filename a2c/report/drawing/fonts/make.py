"""Makes the fonts of this folder from Matplotlib's DejaVu: `python -m a2c.report.drawing.fonts.make`.

Matplotlib cuts each font of a PDF down to the characters in use. Of DejaVu's 6,000 glyphs that takes longer than
drawing the figure; of the thousand that are kept here a fifth of it. Other characters come from DejaVu itself.
"""

from pathlib import Path

import matplotlib as mpl
from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "A2C Sans"
SOURCES = Path(mpl.get_data_path()) / "fonts" / "ttf"
FONTS = {"DejaVuSans.ttf": "A2CSans.ttf", "DejaVuSans-Bold.ttf": "A2CSans-Bold.ttf"}
LICENSE = "LICENSE_DEJAVU"
# Latin, Greek, Cyrillic, punctuation, super- and subscripts, arrows, mathematics.
KEPT = [(0x20, 0x17F), (0x370, 0x45F), (0x2000, 0x209F), (0x2190, 0x21FF), (0x2200, 0x22FF)]
NAMES = {1: FAMILY, 4: FAMILY, 6: FAMILY.replace(" ", ""), 16: FAMILY}  # family, full, PostScript, typographic family


def make(folder: Path) -> None:
    """Write the fonts and their licence into a folder."""
    for source, target in FONTS.items():
        font = TTFont(SOURCES / source, recalcTimestamp=False)
        options = subset.Options(
            hinting=False, layout_features=[], legacy_kern=True, name_IDs=["*"], notdef_outline=True, glyph_names=True
        )
        cut = subset.Subsetter(options)
        cut.populate(unicodes=[code for first, last in KEPT for code in range(first, last + 1)])
        cut.subset(font)
        for record in font["name"].names:
            if record.nameID in NAMES:
                record.string = NAMES[record.nameID]
        font.save(folder / target)
    (folder / LICENSE).write_bytes((SOURCES / LICENSE).read_bytes())


if __name__ == "__main__":
    make(Path(__file__).parent)
