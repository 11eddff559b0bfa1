"""The verdicts of a whole paper in one table."""

from pathlib import Path

from a2c.analysis.claims.papers import of_paper
from a2c.report import forest_of_verdicts
from a2c.report.drawing.style import save
from a2c.report.drawn import write_drawn
from a2c.report.formats import to_latex, to_markdown
from a2c.report.names import CLAIMS
from a2c.report.reading import read_verdicts
from a2c.report.tables.claims import paper_claims
from a2c.runs.files import write_bytes
from a2c.runs.study import PaperRecord
from a2c.runs.study_tables import parse_table


def write_verdicts(results: Path, paper: PaperRecord) -> None:
    """Write `claims.csv` (see `of_paper`), `claims.md`, `claims.tex`, and the figure `verdicts` into the folder.

    `drawn.json` gets the checksums of the figure's files. DamagedError names a study's file that is missing or cannot
    be read.
    """
    studies = read_verdicts(results, paper)
    claims = of_paper(paper.claims, {name: verdicts for name, (_, verdicts) in studies.items()})
    table = paper_claims(paper.title, claims, {name: study.title for name, (study, _) in studies.items()})
    texts = {
        CLAIMS: claims.to_csv(index=False),
        "claims.md": to_markdown(table),
        "claims.tex": to_latex(table, "claims"),
    }
    for name, text in texts.items():
        write_bytes(results / name, text.encode())
    written = parse_table(texts[CLAIMS].encode(), results / CLAIMS)  # as the page reads it
    drawn = save(forest_of_verdicts.draw(written), results / forest_of_verdicts.NAME)
    drawn.append(write_bytes(results / f"{forest_of_verdicts.NAME}.txt", forest_of_verdicts.text(written).encode()))
    write_drawn(results, drawn, CLAIMS)
