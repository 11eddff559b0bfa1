"""Draw all figures and write all tables of a study."""

from pathlib import Path

from a2c.report.catalogue import figures_of, tables_of
from a2c.report.drawing.style import save, write
from a2c.report.drawn import write_drawn
from a2c.report.formats import FORMATS
from a2c.report.reading import read_study


def draw(study_dir: Path) -> list[Path]:
    """Write every figure and table of a study into its folder; returns their paths.

    Per figure `<figure>.pdf`, `<figure>.png` and `<figure>.txt` (caption and alternative text), per table its formats.
    `drawn.json` gets their checksums.
    Reads only `study.json` and the study's tables; DamagedError names one that is missing or cannot be read.
    """
    study, data = read_study(study_dir)
    written = []
    for figure in figures_of(study):
        written += save(figure.drawn(study, data), study_dir / figure.name)
        written.append(write(study_dir / f"{figure.name}.txt", figure.text(study, data).encode()))
    for table in tables_of(study):
        text = table.text(study, data)
        for suffix in table.formats:
            content = FORMATS[suffix](text, f"{study.name}-{table.name}")
            written.append(write(study_dir / f"{table.name}.{suffix}", content.encode()))
    write_drawn(study_dir, written)
    return written
