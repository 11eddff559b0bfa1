"""Makes the fonts of this folder from Matplotlib's DejaVu: `python -m a2c.report.drawing.fonts.make`.

Matplotlib cuts each font of a PDF down to the characters in use. Of DejaVu's 6,000 glyphs that takes longer than
drawing the figure; of the 400 that are kept here a small part of it. Other characters come from DejaVu itself.
"""

from pathlib import Path

import matplotlib as mpl
from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "A2C Sans"
SOURCES = Path(mpl.get_data_path()) / "fonts" / "ttf"
FONTS = {"DejaVuSans.ttf": "A2CSans.ttf", "DejaVuSans-Bold.ttf": "A2CSans-Bold.ttf"}
LICENSE = "LICENSE_DEJAVU"
# Latin-1, Greek, punctuation, super- and subscripts, arrows, mathematics, marks.
KEPT = [
    *((0x20, 0x7E), (0xA0, 0xFF), (0x391, 0x3C9), (0x2010, 0x2027), (0x2030, 0x2044), (0x2070, 0x209F)),
    *((0x2190, 0x2195), (0x2200, 0x221E), (0x2248, 0x2248), (0x2260, 0x2265), (0x2713, 0x2717)),
]
NOT_NEEDED = ["GDEF", "GPOS", "GSUB", "MATH", "gasp"]  # tables that neither Matplotlib nor a PDF reads
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
