"""What a pipeline says when it is done: the first answers of the paper, and where the results lie."""

from pathlib import Path

from a2c.report.answers import answers_of
from a2c.report.reading import read_paper
from a2c.runs.study import read_paper_record

FILES = {"page": "index.html", "PDF": "paper.pdf"}
FIRST = 2  # answers that are said


def last_lines(results: Path) -> list[str]:
    """The first answers of the paper in `results`, then the paths of its page and PDF.

    DamagedError names a file that is missing or cannot be read.
    """
    paper = read_paper(results, read_paper_record(results))
    answers = answers_of(paper.studies, paper.tunings, paper.claims).answers[:FIRST]
    paths = [f"{kind}: {results / name}" for kind, name in FILES.items() if (results / name).exists()]
    return [*(f"{answer.question} {answer.text}" for answer in answers), *paths]
