"""The page of a paper: one offline HTML file, in short first, then all verdicts, then every study."""

import base64
import io
import json
import os
import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image
from plotly.offline import get_plotlyjs

from a2c.analysis.claims.verdicts import of_paper
from a2c.report import captions
from a2c.report.catalogue import TITLES, data_of, figures_of, table_files, tables_of
from a2c.report.drawing.style import write
from a2c.report.films import films_of_page
from a2c.report.numbers import interval, number, p_value
from a2c.report.page.interactive import interactive_curves
from a2c.report.reading import Tables, read_paper_claims, read_study
from a2c.report.studies import Study, baseline_label, environments, settings
from a2c.report.tables import VERDICTS, claim_effect, is_text, seeds_that_settle, text_table
from a2c.runs.files import DamagedError

PNG = b"\x89PNG\r\n\x1a\n"
TEMPLATE = Path(__file__).with_name("page.html.j2")
SYMBOLS = dict(zip(VERDICTS, "✓✗?○", strict=True))
SETTLED = ("supported", "contradicted")
LARGEST = 5  # differences that "In short" tells
BRIEF = 250  # characters of an alternative text: whoever listens can't skip within it, and the caption has the rest


def page(results: Path, paper: Mapping[str, Any], out: Path) -> None:
    """Write the page of the studies in `results/studies/` to `out`; links to files are relative to it.

    `paper`: `title`, `description`, and `studies`, their names in the order of the page. The verdicts are those of the
    paper's claims.csv. DamagedError names a file that is missing or cannot be read. Same input, same bytes.
    """
    read = [(folder, *read_study(folder)) for folder in (results / "studies" / name for name in paper["studies"])]
    studies = {study["name"]: study for _, study, _ in read}
    told = of_paper(paper["claims"], {study["name"]: tables["claims"] for _, study, tables in read})
    verdicts = read_paper_claims(results, told.to_csv(index=False))
    claims = [_claim(row, studies) for _, row in verdicts.iterrows()]
    templates = Environment(
        loader=FileSystemLoader(TEMPLATE.parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    text = templates.get_template(TEMPLATE.name).render(
        title=paper["title"],
        description=paper["description"],
        sentences=_sentences(claims),
        claims=claims,
        largest=_largest(verdicts, studies),
        counts={verdict: count for verdict in VERDICTS if (count := Counter(c["verdict"] for c in claims)[verdict])},
        films=films_of_page(results, list(studies.values()), out),
        claim_files=[_link(results / f"claims.{suffix}", out) for suffix in ("csv", "md", "tex")],
        studies=[
            {**_study(path, study, tables, out), "claims": [c for c in claims if c["study"] == study["name"]]}
            for path, study, tables in read
        ],
        plotly=Markup(get_plotlyjs()),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write(out, text.encode())


def _study(folder: Path, study: Study, tables: Tables, out: Path) -> dict[str, Any]:
    """What the template shows of one study."""
    data = json.dumps(interactive_curves(study, tables), separators=(",", ":"), ensure_ascii=True)
    baseline = f" Baseline: {baseline_label(study)}." if baseline_label(study) else ""
    return {
        "name": study["name"],
        "title": study["title"],
        "description": study.get("description", ""),
        "facts": f"{captions.evidence(study, tables)} {captions.failures(study, tables)}{baseline}",
        "environments": environments(study),
        "data": Markup(data.replace("<", "\\u003c")),
        "figures": [_figure(folder, name, study, tables, out) for name in figures_of(study)],
        "tables": [text_table(name, study, tables) for name in tables_of(study)],
        "files": _files(folder, study, out),
    }


def _figure(folder: Path, name: str, study: Study, tables: Tables, out: Path) -> dict[str, Any]:
    picture = folder / f"{name}.png"
    try:
        data = picture.read_bytes()
    except OSError as error:
        raise DamagedError(
            f"{picture}: {'missing' if isinstance(error, FileNotFoundError) else error.strerror}"
        ) from None
    if not is_whole(data):
        raise DamagedError(f"{picture}: damaged (a checksum within it does not fit)")
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
    return {
        "name": name,
        "title": TITLES[name],
        "caption": captions.caption(name, study, tables),
        "alternative": _brief(captions.alternative(name, study, tables)),
        "png": base64.b64encode(data).decode("ascii"),
        "width": width // 2,
        "height": height // 2,
        "file": _link(picture, out),
        "pdf": _link(folder / f"{name}.pdf", out),
    }


def is_whole(png: bytes) -> bool:
    """Whether the bytes are a PNG and nothing else: each of its parts has a checksum, and IEND is the last."""
    place, kind = len(PNG), b""
    while png.startswith(PNG) and kind != b"IEND":
        end = place + 8 + int.from_bytes(png[place : place + 4], "big")
        if end + 4 > len(png) or zlib.crc32(png[place + 4 : end]) != int.from_bytes(png[end : end + 4], "big"):
            return False
        place, kind = end + 4, png[place + 4 : place + 8]
    return kind == b"IEND" and place == len(png)


def _brief(text: str) -> str:
    """As many whole sentences or clauses from its start as are `BRIEF`; the caption has the rest."""
    if len(text) <= BRIEF:
        return text
    ends = [match.end() for match in re.finditer(r"[.;](?= )", text[: BRIEF - 1])]
    cut = ends[-1] if ends else text.rfind(" ", 0, BRIEF - 1)
    return text[:cut] if text[:cut].endswith(".") else f"{text[:cut].rstrip(';')} …"


def _files(folder: Path, study: Study, out: Path) -> list[dict[str, str]]:
    """The files behind a study that are there: its description, its data, its tables, and where they came from."""
    data = [f"{name}.csv" for name in data_of(study)]
    written = [file for table in tables_of(study) for file in table_files(table)]
    names = dict.fromkeys(["study.json", "lineage.json", *data, *written])
    return [{"name": name, "path": _link(folder / name, out)} for name in names if (folder / name).exists()]


def _sentences(claims: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The sentences in the paper's order, each with its tests."""
    tests: dict[str, list[dict[str, Any]]] = {}
    for claim in claims:
        tests.setdefault(claim["says"], []).append(claim)
    return [
        {"says": says, "where": "; ".join(dict.fromkeys(claim["where"] for claim in of_one)), "tests": of_one}
        for says, of_one in tests.items()
    ]


def _largest(verdicts: pd.DataFrame, studies: Mapping[str, Study]) -> list[dict[str, Any]]:
    """The largest settled differences in return, one per comparison: several sentences may rest on the same."""
    settled = verdicts[verdicts["verdict"].isin(SETTLED) & verdicts["reference"].map(is_text).astype(bool)]
    returns = settled[settled["measure"].isin(captions.MEASURE_NAMES)].drop_duplicates(["subject", "reference"])
    largest = returns.sort_values("effect", key=lambda effect: -effect.abs(), kind="stable").head(LARGEST)
    return [
        {**_claim(row, studies), "difference": _difference(row, studies[row["study"]])} for _, row in largest.iterrows()
    ]


def _difference(row: pd.Series, study: Study) -> str:
    """How far a claim's subject lies from its reference, in words."""
    sign = -1 if row["effect"] < 0 else 1
    size = interval(abs(row["effect"]), *sorted((sign * row["low"], sign * row["high"])))
    told = f"{captions.MEASURE_NAMES[row['measure']].capitalize()} {size} {'lower' if sign < 0 else 'higher'}"
    return f"{told} at {_label(row['subject'], study)} than at {_label(row['reference'], study)}"


def _label(configuration: str, study: Study) -> str:
    """What the figures call a configuration."""
    environment, label = next(
        (environment, setting.label)
        for setting in settings(study)
        for environment, name in setting.configurations.items()
        if name == configuration
    )
    return label if len(environments(study)) == 1 else f"{label}, {environment}"


def _claim(row: pd.Series, studies: Mapping[str, Study]) -> dict[str, Any]:
    """What the template shows of a row of the paper's claims.csv."""
    tested = row["verdict"] != "not tested yet"
    words = {name: row[name] if is_text(row[name]) else "" for name in ("part", "test", "why", "caveat")}
    link, link_text = _shown_in(row["figure"], studies[row["study"]]) if tested else ("", "")
    return {
        "claim": row["claim"],
        "study": row["study"],
        "says": row["says"],
        "where": row["where"],
        "verdict": row["verdict"],
        "kind": row["verdict"].replace(" ", "-"),
        "symbol": SYMBOLS[row["verdict"]],
        "remark": seeds_that_settle(row) if tested else words["test"],
        **words,
        "test": words["test"] if tested else "",
        "effect": claim_effect(row),
        "p": p_value(row["p_adjusted"]).removeprefix("= "),
        "n": number(row["n"], 0) if tested else "–",
        "link": link,
        "link_text": link_text,
    }


def _shown_in(figure: str, study: Study) -> tuple[str, str]:
    """Where on the page a claim is shown: its figure if the study has it, else the study."""
    if figure in figures_of(study):
        return f"{study['name']}-{figure}", f"{study['title']}, {TITLES[figure].lower()}"
    return str(study["name"]), str(study["title"])


def _link(path: Path, out: Path) -> str:
    return Path(os.path.relpath(path, out.parent)).as_posix()
