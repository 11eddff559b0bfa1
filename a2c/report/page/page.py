"""The pages of a paper, which work offline: one that opens first, and behind it one for each study."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from a2c.report.columns import columns_of, columns_text
from a2c.report.names import ANSWERS, COLUMNS, INDEX, SCRIPT
from a2c.report.page.claims import Shown, shown_claim
from a2c.report.page.embedding import link
from a2c.report.page.foot import foot
from a2c.report.page.front import front
from a2c.report.page.studies import gradient_section, study_section, tuning_section
from a2c.report.reading import read_paper
from a2c.runs.files import write_bytes
from a2c.runs.study import PaperRecord

FOLDER = Path(__file__).parent
SCRIPTS = ("page.js", "uplot/uPlot.iife.min.js", "curves.js")  # in this order one file for all pages of a paper


def page(results: Path, paper: PaperRecord) -> list[Path]:
    """Write the page of a paper, `results/index.html`, that of each study, page.js, columns.csv and answers.txt.

    Returns the paths of the pages. The verdicts are those of the paper's claims.csv. DamagedError names a file that is
    missing or cannot be read. The same input gives the same bytes.
    """
    read = read_paper(results, paper)
    claims = [shown_claim(row, read.tested) for _, row in read.claims.iterrows()]
    sections: dict[Path, dict[str, Any]] = {}
    for name, (study, tables) in read.studies.items():
        path = results / "studies" / name / INDEX
        sections[path] = {**study_section(path.parent, study, tables, path), "claims": _of(claims, name)}
    for name, (record, tables) in read.gradients.items():
        path = results / "gradients" / name / INDEX
        sections[path] = {**gradient_section(path.parent, record, tables, path), "claims": _of(claims, name)}
    for name, (tuning, tables) in read.tunings.items():
        path = results / "tunings" / name / INDEX
        sections[path] = tuning_section(path.parent, tuning, tables, path)
    out = results / INDEX
    folders = [results / "studies" / name for name in read.studies]
    shared = {"title": paper.title, "foot": foot(results, folders, paper.removed)}
    script = write_bytes(results / SCRIPT, b"".join((FOLDER / name).read_bytes() for name in SCRIPTS))
    written = [
        _write(path, "study.html.j2", study=section, paper=link(out, path), script=link(script, path), **shared)
        for path, section in sections.items()
    ]
    write_bytes(results / COLUMNS, columns_text(columns_of(read)).encode())
    content = front(results, paper, read, claims, sections)
    answers = [f"{answer.question} {answer.text}\n" for answer in content["answers"].answers]
    write_bytes(results / ANSWERS, "".join(answers).encode())
    return [_write(out, "index.html.j2", script=link(script, out), **shared, **content), *written]


def _of(claims: Sequence[Shown], study: str) -> list[Shown]:
    """The claims that a study decides."""
    return [claim for claim in claims if claim["study"] == study]


def _write(out: Path, template: str, **content: Any) -> Path:
    """Write a page from a template of this folder."""
    return write_bytes(out, _templates().get_template(template).render(**content).encode())


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
