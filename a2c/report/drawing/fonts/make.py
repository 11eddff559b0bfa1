"""Makes the fonts of this folder from Matplotlib's DejaVu: `python -m a2c.report.drawing.fonts.make`.

They have the letters of Latin, Greek, Cyrillic and Hebrew, and signs: 2,000 of DejaVu's 6,000 glyphs. The paper's PDF
embeds what it needs of them, and its sources have them beside it. Other characters are boxes in figures.
"""

from pathlib import Path

import matplotlib as mpl
from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "A2C Sans"
SOURCES = Path(mpl.get_data_path()) / "fonts" / "ttf"
FONTS = {"DejaVuSans.ttf": "A2CSans.ttf", "DejaVuSans-Bold.ttf": "A2CSans-Bold.ttf"}
LICENSE = "LICENSE_DEJAVU"
KEPT = [
    *((0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x36F), (0x370, 0x52F), (0x5D0, 0x5EA), (0x1E00, 0x1EFF)),  # letters
    *((0x2010, 0x205E), (0x2070, 0x209F), (0x20A0, 0x20BF), (0x2100, 0x214F)),  # punctuation, super- and subscripts
    *((0x2190, 0x21FF), (0x2200, 0x22FF), (0x25A0, 0x25FF), (0x2713, 0x2717)),  # arrows, mathematics, marks
]
NOT_NEEDED = ["GDEF", "GPOS", "GSUB", "MATH", "gasp"]  # tables for ligatures, marks and hinting
NAMES = {1: FAMILY, 4: FAMILY, 6: FAMILY.replace(" ", ""), 16: FAMILY}  # family, full, PostScript, typographic family


def make(folder: Path) -> None:
    """Write the fonts and their licence into a folder."""
    for source, target in FONTS.items():
        font = TTFont(SOURCES / source, recalcTimestamp=False)
        options = subset.Options(
            hinting=False,
            layout_features=[],
            legacy_kern=True,
            name_IDs=[*NAMES, 2],
            notdef_outline=True,
            glyph_names=True,
        )
        options.drop_tables += NOT_NEEDED
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
