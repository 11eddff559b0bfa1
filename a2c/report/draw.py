"""Draw all figures and write all tables of a study."""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from a2c.report import captions, tables
from a2c.report.catalogue import TABLE_FORMATS, figures_of, tables_of
from a2c.report.drawing.style import save, write
from a2c.report.figures.diagnostics import diagnostics
from a2c.report.figures.forest import comparisons, final_auc
from a2c.report.figures.heatmap import heatmap
from a2c.report.figures.learning_curves import learning_curves
from a2c.report.figures.normalised import aggregate_curves, aggregates, improvement, profiles
from a2c.report.figures.sensitivity import sensitivity
from a2c.report.reading import Tables, read_study
from a2c.report.studies import Study

FIGURES: dict[str, Callable[[Study, Tables], Figure]] = {
    "learning_curves": learning_curves,
    "sensitivity": sensitivity,
    "heatmap": heatmap,
    "final_auc": final_auc,
    "comparisons": comparisons,
    "diagnostics": diagnostics,
    "aggregates": aggregates,
    "aggregate_curves": aggregate_curves,
    "profiles": profiles,
    "improvement": improvement,
}


def draw(study_dir: Path) -> list[Path]:
    """Write every figure and table that the catalogue names into the folder of a study; returns their paths.

    Per figure `<figure>.pdf`, `<figure>.png` and `<figure>.txt` (caption and alternative text), per table its formats.
    Reads only `study.json` and the study's tables; DamagedError names one that is missing or cannot be read.
    """
    study, data = read_study(study_dir)
    written = []
    for name in figures_of(study):
        written += save(FIGURES[name](study, data), study_dir / name)
        text = f"{captions.caption(name, study, data)}\n\nAlternative text: {captions.alternative(name, study, data)}\n"
        written.append(write(study_dir / f"{name}.txt", text.encode()))
    for name in tables_of(study):
        table = tables.text_table(name, study, data)
        texts = {
            "csv": tables.to_csv(table),
            "md": tables.to_markdown(table),
            "tex": tables.to_latex(table, f"{study['name']}-{name}"),
        }
        written += [write(study_dir / f"{name}.{suffix}", texts[suffix].encode()) for suffix in TABLE_FORMATS[name]]
    return written
