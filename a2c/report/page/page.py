"""The page of a paper: one offline HTML file with a summary, all verdicts, films, and every study."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from a2c.analysis.claims.verdicts import of_paper
from a2c.report.answers import answers_of
from a2c.report.drawing.style import write
from a2c.report.page.claims import counts, largest, sentences, shown_claim
from a2c.report.page.embedding import link
from a2c.report.page.films import shown_films
from a2c.report.page.studies import gradient_section, study_section
from a2c.report.reading import read_gradients, read_paper_claims, read_study
from a2c.runs.study import PaperRecord

TEMPLATE = Path(__file__).with_name("page.html.j2")


def page(results: Path, paper: PaperRecord, out: Path) -> None:
    """Write the page of the studies in `results/studies/` to `out`; links to files are relative to it.

    The verdicts are those of the paper's claims.csv. DamagedError names a file that is missing or cannot be read. The
    same input gives the same bytes.
    """
    read = [(folder, *read_study(folder)) for folder in (results / "studies" / name for name in paper.studies)]
    studies = {study.name: study for _, study, _ in read}
    expected = of_paper(paper.claims, {study.name: tables["claims"] for _, study, tables in read})
    verdicts = read_paper_claims(results, expected.to_csv(index=False))
    claims = [shown_claim(row, studies) for _, row in verdicts.iterrows()]
    sections = [
        {**study_section(folder, study, tables, out), "claims": [one for one in claims if one["study"] == study.name]}
        for folder, study, tables in read
    ]
    gradients = [
        gradient_section(folder, *read_gradients(folder), out)
        for folder in (results / "gradients" / name for name in paper.gradients)
    ]
    templates = Environment(
        loader=FileSystemLoader(TEMPLATE.parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    text = templates.get_template(TEMPLATE.name).render(
        title=paper.title,
        description=paper.description,
        answers=answers_of({study.name: (study, tables) for _, study, tables in read}, verdicts),
        titles={name: study.title for name, study in studies.items()},
        sentences=sentences(claims),
        claims=claims,
        largest=largest(verdicts, studies),
        counts=counts(claims),
        films=shown_films(results, list(studies.values()), out),
        claim_files=[link(results / f"claims.{suffix}", out) for suffix in ("csv", "md", "tex")],
        studies=sections,
        gradients=gradients,
        plotly=Markup(get_plotlyjs()),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write(out, text.encode())
