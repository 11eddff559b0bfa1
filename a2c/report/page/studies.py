"""What the page of a study shows: facts, curves to explore, figures, tables, files."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from a2c.report import gradients, tunings
from a2c.report.captions import evidence, failures
from a2c.report.catalogue import data_of, figures_of, tables_of
from a2c.report.drawn import check_study, read_file
from a2c.report.figure import Figure
from a2c.report.lineage import thin_words
from a2c.report.page.embedding import link, picture_size
from a2c.report.page.interactive import interactive_curves
from a2c.report.rows import Tables
from a2c.runs import tuning_study
from a2c.runs.gradient_study import ESTIMATES, RECORD, GradientRecord
from a2c.runs.study import STUDY, StudyRecord
from a2c.runs.study_tables import LINEAGE
from a2c.runs.tuning_study import TuningRecord

BRIEF = 250  # the most characters of an alternative text: listeners cannot skip within it, and the caption has the rest


def study_section(folder: Path, study: StudyRecord, tables: Tables, out: Path) -> dict[str, Any]:
    """What the page `out` shows of a study; `folder`: where its files lie. DamagedError names a missing picture."""
    check_study(folder)
    data = json.dumps(interactive_curves(study, tables), separators=(",", ":"), ensure_ascii=True)
    baseline = f" Baseline: {study.baseline_label}." if study.baseline_label else ""
    return {
        "title": study.title,
        "description": study.description,
        "facts": f"{evidence(study, tables)} {failures(study, tables)}{baseline}",
        "thin": thin_words(folder, study),
        "environments": study.environments,
        "data": Markup(data.replace("<", "\\u003c")),
        "figures": [_figure(folder, figure, study, tables, out) for figure in figures_of(study)],
        "tables": [table.text(study, tables) for table in tables_of(study)],
        "files": _files(folder, study, out),
    }


def gradient_section(folder: Path, record: GradientRecord, tables: Tables, out: Path) -> dict[str, Any]:
    """The same of a gradient study."""
    check_study(folder, RECORD)
    kinds = gradients.tables_of(record)
    names = [RECORD, LINEAGE, ESTIMATES, *(f"{name}.csv" for name in gradients.data_of(record))]
    return {
        "title": record.title,
        "description": record.description,
        "facts": gradients.evidence(record, tables),
        "thin": "",
        "data": "",
        "figures": [_figure(folder, figure, record, tables, out) for figure in gradients.figures_of(record)],
        "tables": [table.text(record, tables) for table in kinds],
        "files": _links(folder, [*names, *(file for table in kinds for file in table.files)], out),
    }


def tuning_section(folder: Path, record: TuningRecord, tables: Tables, out: Path) -> dict[str, Any]:
    """The same of a tuning."""
    check_study(folder, tuning_study.RECORD)
    kinds = tunings.tables_of(record)
    names = [tunings.BEST, tuning_study.RECORD, LINEAGE, *(f"{name}.csv" for name in tunings.DATA)]
    return {
        "title": record.title,
        "description": record.description,
        "facts": tunings.evidence(record, tables),
        "thin": "",
        "data": "",
        "claims": [],
        "figures": [_figure(folder, figure, record, tables, out) for figure in tunings.figures_of(record)],
        "tables": [table.text(record, tables) for table in kinds],
        "files": _links(folder, [*names, *(file for table in kinds for file in table.files)], out),
    }


def _figure(folder: Path, figure: Figure[Any], study: Any, tables: Tables, out: Path) -> dict[str, Any]:
    picture = folder / f"{figure.name}.png"
    width, height = picture_size(read_file(picture))
    words = figure.words(study, tables)
    return {
        "name": figure.name,
        "title": figure.title,
        "caption": words.caption,
        "alternative": brief(words.alternative),
        "width": width // 2,
        "height": height // 2,
        "source": link(picture, out),  # the front page has the picture itself
        "file": link(picture, out),
        "pdf": link(folder / f"{figure.name}.pdf", out),
    }


def brief(text: str) -> str:
    """The start of a text, up to `BRIEF` characters and the end of a sentence or clause."""
    if len(text) <= BRIEF:
        return text
    ends = [match.end() for match in re.finditer(r"[.;](?= )", text[: BRIEF - 1])]
    cut = ends[-1] if ends else text.rfind(" ", 0, BRIEF - 1)
    return text[:cut] if text[:cut].endswith(".") else f"{text[:cut].rstrip(';')} …"


def _files(folder: Path, study: StudyRecord, out: Path) -> list[dict[str, str]]:
    """Links to the files of a study: its description, its lineage, its data and its tables."""
    data = [f"{name}.csv" for name in data_of(study)]
    tables = [file for table in tables_of(study) for file in table.files]
    return _links(folder, [STUDY, LINEAGE, *data, *tables], out)


def _links(folder: Path, names: Sequence[str], out: Path) -> list[dict[str, str]]:
    return [
        {"name": name, "path": link(folder / name, out)} for name in dict.fromkeys(names) if (folder / name).exists()
    ]
