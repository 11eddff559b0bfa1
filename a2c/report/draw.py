"""Draw all figures and write all tables of a study."""

from pathlib import Path

from a2c.report.drawing.style import save
from a2c.report.drawn import write_drawn
from a2c.report.figure import Study
from a2c.report.formats import FORMATS
from a2c.report.kinds import Kind
from a2c.report.reading import read
from a2c.runs.files import write_bytes


def draw(kind: Kind[Study], folder: Path) -> list[Path]:
    """Write every figure and table of a study into its folder; returns their paths.

    Per figure `<figure>.pdf`, `<figure>.png` and `<figure>.txt` (caption and alternative text), `<figure>.svg` of those
    that the paper prints; per table its formats.
    `drawn.json` gets their checksums.
    Reads only the study's record and its tables; DamagedError names one that is missing or cannot be read.
    """
    study, data = read(kind, folder)
    printed = kind.printed_of(study)
    label = f"{kind.word}-{folder.name}" if kind.word else folder.name
    written = []
    for figure in kind.figures_of(study):
        written += save(figure.drawn(study, data), folder / figure.name, svg=figure in printed)
        written.append(write_bytes(folder / f"{figure.name}.txt", figure.text(study, data).encode()))
    for table in kind.tables_of(study):
        text = table.text(study, data)
        for suffix in table.formats:
            content = FORMATS[suffix](text, f"{label}-{table.name}")
            written.append(write_bytes(folder / f"{table.name}.{suffix}", content.encode()))
    write_drawn(folder, written, kind.record)
    return written
