"""The page of a paper: one offline HTML file with a summary, all verdicts, films, and every study."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from a2c.report.answers import answers_of
from a2c.report.definitions import DEFINITIONS
from a2c.report.drawing.style import write
from a2c.report.origins import origins
from a2c.report.page.claims import counts, largest, sentences, shown_claim
from a2c.report.page.embedding import link
from a2c.report.page.films import shown_films
from a2c.report.page.studies import gradient_section, study_section
from a2c.report.reading import read_paper
from a2c.runs.study import PaperRecord

TEMPLATE = Path(__file__).with_name("page.html.j2")


def page(results: Path, paper: PaperRecord, out: Path) -> None:
    """Write the page of the studies in `results/studies/` to `out`; links to files are relative to it.

    The verdicts are those of the paper's claims.csv. DamagedError names a file that is missing or cannot be read. The
    same input gives the same bytes.
    """
    read = read_paper(results, paper)
    studies = {name: study for name, (study, _) in read.studies.items()}
    claims = [shown_claim(row, studies) for _, row in read.claims.iterrows()]
    sections = [
        {
            **study_section(results / "studies" / name, study, tables, out),
            "claims": [one for one in claims if one["study"] == name],
        }
        for name, (study, tables) in read.studies.items()
    ]
    gradients = [
        gradient_section(results / "gradients" / name, record, tables, out)
        for name, (record, tables) in read.gradients.items()
    ]
    templates = Environment(
        loader=FileSystemLoader(TEMPLATE.parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    text = templates.get_template(TEMPLATE.name).render(
        title=paper.title,
        description=paper.description,
        origins=origins(paper, list(studies.values())),
        answers=answers_of(read.studies, read.claims),
        titles={name: study.title for name, study in studies.items()},
        definitions=DEFINITIONS,
        sentences=sentences(claims),
        claims=claims,
        largest=largest(read.claims, studies),
        counts=counts(claims),
        films=shown_films(results, list(studies.values()), out),
        claim_files=[link(results / f"claims.{suffix}", out) for suffix in ("csv", "md", "tex")],
        studies=sections,
        gradients=gradients,
        plotly=Markup(get_plotlyjs()),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write(out, text.encode())
