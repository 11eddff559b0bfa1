"""What a pipeline says when it is done: the first answers of the paper, and where the results lie."""

from pathlib import Path

from a2c import untrusted
from a2c.report.drawn import DRAWN
from a2c.report.names import ANSWERS
from a2c.runs.study import PaperRecord, read_paper_record

FILES = {"page": "index.html", "PDF": "paper.pdf"}
NO_LONGER = "made for this paper, which no longer names it; remove the folder if nobody needs it"
FIRST = 2  # answers that are said


def last_lines(results: Path) -> list[str]:
    """The first answers of the paper in `results`, then the paths of its page and PDF.

    DamagedError names a file that is missing or cannot be read.
    """
    record = read_paper_record(results)
    answers = untrusted.read(results / ANSWERS).decode(errors="replace").splitlines()[:FIRST]
    paths = [f"{kind}: {results / name}" for kind, name in FILES.items() if (results / name).exists()]
    return [*answers, *paths, *(f"{folder}: {NO_LONGER}" for folder in no_longer_named(results, record))]


def no_longer_named(results: Path, record: PaperRecord) -> list[Path]:
    """The folders of studies and tunings that were drawn for a paper and that it does not name any more."""
    parts = {"studies": record.studies, "gradients": record.gradients, "tunings": record.tunings}
    return [
        folder
        for part, names in parts.items()
        for folder in sorted((results / part).glob("*"))
        if folder.name not in {*names, *record.left_out} and (folder / DRAWN).exists()
    ]
