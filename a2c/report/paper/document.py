"""The paper's sources and the PDF that Typst makes of them. Two calls write the same bytes."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import typst
from jinja2 import Environment, FileSystemLoader, StrictUndefined

import a2c
from a2c import untrusted
from a2c.report import gradients, tunings
from a2c.report.answers import answers_of
from a2c.report.catalogue import tables_of
from a2c.report.definitions import DEFINITIONS
from a2c.report.drawing.fonts import FONTS
from a2c.report.drawn import read_file
from a2c.report.formats import PREAMBLE, latex_document
from a2c.report.numbers import thousands
from a2c.report.origins import origins
from a2c.report.paper import content
from a2c.report.paper.limitations import limitations
from a2c.report.paper.typst import markup, table
from a2c.report.reading import PaperTables, read_paper
from a2c.report.tables.claims import paper_claims
from a2c.runs.files import write_bytes
from a2c.runs.study import PaperRecord
from a2c.temporary import temporary_folder

HERE = Path(__file__).parent
TEMPLATE, SHIPPED = "paper.typ.j2", ("style.typ", "references.bib")
SOURCES, MAIN, PDF = "paper", "paper.typ", "paper.pdf"  # in the folder of results
FIGURE_FONTS = "fonts"  # among the sources: what the figures are lettered in
TUNER_SOURCES = {
    "random": "bergstra2012",
    "tpe": "bergstra2011",
    "cmaes": "hansen2001",
    "hyperband": "li2018",
    "asha": "li2020",
}  # in references.bib
NO_GLYPH = "could not be displayed with"  # a font, in the message of Typst
STANDARD: Final = "ua-1"  # tagged, with alternative texts. PDF/A wants a date, which would differ between two runs


def write_paper(results: Path, paper: PaperRecord) -> None:
    """Write `paper.pdf` into the folder `results`, and what it is made from into `results/paper/`.

    Besides `tables.tex`, a LaTeX document of all tables of the paper, and `preamble.tex` with the packages of these.

    DamagedError names a study's file that is missing or cannot be read.
    """
    read = read_paper(results, paper)
    pictures = content.pictures_of(read)
    with temporary_folder("paper", beside=results) as made:
        sources = made / SOURCES
        sources.mkdir()
        for name in SHIPPED:
            untrusted.copy(HERE / name, sources / name)
        (sources / FIGURE_FONTS).mkdir()
        for font in (*FONTS.glob("*.ttf"), *FONTS.glob("LICENSE*")):
            untrusted.copy(font, sources / FIGURE_FONTS / font.name)
        for picture in (one for of_study in pictures.values() for one in of_study):
            (sources / picture.file).parent.mkdir(parents=True, exist_ok=True)
            (sources / picture.file).write_bytes(read_file(results / picture.drawn))
        (sources / MAIN).write_text(_text(paper, read, pictures), encoding="utf-8")
        pdf = typeset(sources)
        shutil.rmtree(results / SOURCES, ignore_errors=True)
        sources.rename(results / SOURCES)
    write_bytes(results / PDF, pdf)
    write_bytes(results / "preamble.tex", PREAMBLE.encode())
    write_bytes(results / "tables.tex", latex_document(_latex_tables(read)).encode())


def _latex_tables(read: PaperTables) -> Iterator[str]:
    """The LaTeX tables of a paper, as paths below the folder of results without their suffix."""
    yield "claims"
    for name, (study, _) in read.studies.items():
        yield from (f"studies/{name}/{one.name}" for one in tables_of(study))
    for name, (record, _) in read.gradients.items():
        yield from (f"gradients/{name}/{one.name}" for one in gradients.tables_of(record))
    for name, (tuning, _) in read.tunings.items():
        yield from (f"tunings/{name}/{one.name}" for one in tunings.tables_of(tuning))


def typeset(sources: Path) -> bytes:
    """The PDF of the sources in a folder.

    Only Typst's fonts and those among the sources are used; fonts of the machine would change the PDF. Where they lack
    a letter, the PDF has a box in its place and is not PDF/UA, which forbids that.
    """
    known = typst.Fonts(include_system_fonts=False, font_paths=[str(sources / FIGURE_FONTS)])
    compiler = typst.Compiler(str(sources / MAIN), root=str(sources), font_paths=known, ignore_system_fonts=True)
    try:
        pdf = compiler.compile(format="pdf", pdf_standards=[STANDARD], timestamp=0)
    except typst.TypstError as error:
        if NO_GLYPH not in str(error):
            raise
        pdf = compiler.compile(format="pdf", timestamp=0)
    assert isinstance(pdf, bytes)
    return pdf


def _text(paper: PaperRecord, read: PaperTables, pictures: dict[str, list[content.Picture]]) -> str:
    templates = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True, variable_start_string="<<", variable_end_string=">>", block_start_string="<%",
        block_end_string="%>", comment_start_string="<#", comment_end_string="#>", finalize=markup,
    )  # fmt: skip
    answers = answers_of(read.studies, read.tunings, read.claims)
    titles = {name: study.title for name, study in read.tested.items()}
    return templates.get_template(TEMPLATE).render(
        title=content.string(paper.title),
        description=paper.description,
        source=paper.source,
        known_before=paper.known_before,
        origins=origins(paper, [study for study, _ in read.studies.values()]),
        version=a2c.__version__,
        answers=answers.answers,
        answer_tables=[table(one, f"answers-{one.name}") for one in answers.tables],
        definitions=DEFINITIONS,
        counts={name: thousands(count) for name, count in content.counted(read).items()},
        chapters={
            "Results": list(content.sections(read, pictures)),
            "Tuning": list(content.tuning_sections(read, pictures)),
            "Bias and variance of gradient estimators": list(content.gradient_sections(read, pictures)),
        },
        limitations=limitations(read),
        fields=content.fields_table(read),
        claims=table(paper_claims(paper.title, read.claims, titles), "claims") if len(read.claims) else "",
        hows=set(read.claims["how"].dropna()) if "how" in read.claims else set(),
        tuners=list(dict.fromkeys(name for record, _ in read.tunings.values() for name in record.tuning.tuners)),
        tuner_sources=TUNER_SOURCES,
        several=any(len(study.environments) > 2 for study, _ in read.studies.values()),
        selects=any(study.tuning_seeds for study, _ in read.studies.values()),
    )
