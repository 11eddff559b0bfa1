"""What the page shows that opens first: answers, verdicts, the list of studies, films."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from a2c import untrusted
from a2c.report import forest_of_verdicts
from a2c.report.answers import answers_of
from a2c.report.definitions import DEFINITIONS
from a2c.report.drawn import read_file
from a2c.report.names import INDEX
from a2c.report.origins import origins
from a2c.report.page.claims import Shown, address, counts, largest, sentences
from a2c.report.page.embedding import embedded, link, picture_size
from a2c.report.page.films import shown_films
from a2c.report.reading import PaperTables
from a2c.runs.files import DamagedError
from a2c.runs.study import PaperRecord


def front(
    results: Path,
    paper: PaperRecord,
    read: PaperTables,
    claims: Sequence[Shown],
    sections: Mapping[Path, Mapping[str, Any]],
) -> dict[str, Any]:
    """The content of the template, beside title and origin; `sections`: what the page at each path shows of a study."""
    studies, answers = read.studies, answers_of(read.studies, read.tunings, read.claims)
    return {
        "description": paper.description,
        "source": paper.source,
        "known_before": paper.known_before,
        "origins": origins(paper, [study for study, _ in studies.values()]),
        "answers": answers,
        "picture": _picture(results / answers.picture, sections, results / INDEX),
        "addresses": {name: address(name) for name in studies},
        "picture_title": sections[results / answers.picture / INDEX]["title"],
        "titles": {name: study.title for name, (study, _) in studies.items()},
        "definitions": DEFINITIONS,
        "sentences": sentences(claims),
        "claims": claims,
        "largest": largest(read.claims, studies),
        "counts": counts(claims),
        "studies": [
            {**section, "address": link(path, results / INDEX), "counts": counts(section["claims"])}
            for path, section in sections.items()
        ],
        "films": shown_films(results, [study for study, _ in studies.values()], results / INDEX),
        "forest": _forest(results, read.claims),
        "claim_files": [{"path": name, "name": name} for name in ("claims.csv", "claims.md", "claims.tex")],
    }


def _forest(results: Path, claims: pd.DataFrame) -> dict[str, Any]:
    """The figure of all verdicts, within the page. DamagedError if it was drawn from other verdicts."""
    stem = results / forest_of_verdicts.NAME
    if untrusted.read(stem.with_suffix(".txt")) != forest_of_verdicts.text(claims).encode():
        raise DamagedError(f"{stem}.txt: damaged (it is not what claims.csv gives)")
    picture = stem.with_suffix(".png")
    content = read_file(picture)
    width, height = picture_size(content)
    return {
        "name": forest_of_verdicts.NAME + "-figure",
        "title": forest_of_verdicts.TITLE,
        "caption": forest_of_verdicts.caption(claims),
        "alternative": forest_of_verdicts.alternative(claims),
        "width": width // 2,
        "height": height // 2,
        "source": f"data:image/png;base64,{embedded(content)}",
        "file": picture.name,
        "pdf": f"{stem.name}.pdf",
    }


def _picture(folder: Path, sections: Mapping[Path, Mapping[str, Any]], out: Path) -> dict[str, Any]:
    """The first figure of a study, within the page; its links lead to the study's folder."""
    figure = sections[folder / INDEX]["figures"][0]
    files = {key: link(folder / figure[key], out) for key in ("file", "pdf")}
    return {**figure, **files, "source": f"data:image/png;base64,{embedded(read_file(folder / figure['file']))}"}
