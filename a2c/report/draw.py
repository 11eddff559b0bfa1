"""Draw all figures and write all tables of a study."""

from collections.abc import Sequence
from pathlib import Path

from a2c.report import gradients, tunings
from a2c.report.catalogue import figures_of, printed_of, tables_of
from a2c.report.drawing.style import save
from a2c.report.drawn import write_drawn
from a2c.report.figure import Figure, Study
from a2c.report.formats import FORMATS
from a2c.report.reading import read_gradients, read_study, read_tuning
from a2c.report.rows import Tables
from a2c.report.table import Table
from a2c.runs import gradient_study, tuning_study
from a2c.runs.files import write_bytes
from a2c.runs.study import STUDY


def draw(study_dir: Path) -> list[Path]:
    """Write every figure and table of a study into its folder; returns their paths.

    Per figure `<figure>.pdf`, `<figure>.png` and `<figure>.txt` (caption and alternative text), `<figure>.svg` of those
    that the paper prints; per table its formats.
    `drawn.json` gets their checksums.
    Reads only `study.json` and the study's tables; DamagedError names one that is missing or cannot be read.
    """
    study, data = read_study(study_dir)
    figures, printed, tables = figures_of(study), printed_of(study), tables_of(study)
    return _drawn(study, STUDY, study.name, data, study_dir, figures, printed, tables)


def draw_gradients(folder: Path) -> list[Path]:
    """The same of a gradient study."""
    record, data = read_gradients(folder)
    label = f"gradients-{record.name}"
    figures, tables = gradients.figures_of(record), gradients.tables_of(record)
    return _drawn(record, gradient_study.RECORD, label, data, folder, figures, figures, tables)


def draw_tuning(folder: Path) -> list[Path]:
    """The same of a tuning."""
    record, data = read_tuning(folder)
    label = f"tuning-{record.name}"
    figures, tables = tunings.figures_of(record), tunings.tables_of(record)
    return _drawn(record, tuning_study.RECORD, label, data, folder, figures, figures, tables)


def _drawn(
    study: Study,
    description: str,
    name: str,
    data: Tables,
    folder: Path,
    figures: Sequence[Figure[Study]],
    printed: Sequence[Figure[Study]],
    tables: Sequence[Table[Study]],
) -> list[Path]:
    """Write figures and tables; `description`: the file of the study's record, `name`: of the study, in labels."""
    written = []
    for figure in figures:
        written += save(figure.drawn(study, data), folder / figure.name, svg=figure in printed)
        written.append(write_bytes(folder / f"{figure.name}.txt", figure.text(study, data).encode()))
    for table in tables:
        text = table.text(study, data)
        for suffix in table.formats:
            content = FORMATS[suffix](text, f"{name}-{table.name}")
            written.append(write_bytes(folder / f"{table.name}.{suffix}", content.encode()))
    write_drawn(folder, written, description)
    return written
