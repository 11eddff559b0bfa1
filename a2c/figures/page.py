"""The page of a paper: one offline HTML file, verdicts first, then every study with its figures and tables."""

import base64
import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image
from plotly.offline import get_plotlyjs

from a2c.figures import captions
from a2c.figures.catalogue import TITLES, data_of, figures_of, table_files, tables_of
from a2c.figures.interactive import interactive_curves
from a2c.figures.numbers import interval, number, p_value
from a2c.figures.reading import Tables, read_paper_claims, read_study
from a2c.figures.studies import Study, baseline_label, environments
from a2c.figures.style import write
from a2c.figures.tables import VERDICTS, seeds_that_settle, text_table
from a2c.runs.files import DamagedError

TEMPLATE = Path(__file__).with_name("page.html.j2")
SYMBOLS = dict(zip(VERDICTS, "✓✗?○", strict=True))


def page(results: Path, paper: Mapping[str, Any], out: Path) -> None:
    """Write the page of the studies in `results/studies/` to `out`; links to files are relative to it.

    `paper`: `title`, `description`, and `studies`, their names in the order of the page. The verdicts are those of the
    paper's claims.csv. DamagedError names a file that is missing or cannot be read. Same input, same bytes.
    """
    read = [(folder, *read_study(folder)) for folder in (results / "studies" / name for name in paper["studies"])]
    studies = {study["name"]: study for _, study, _ in read}
    claims = [_claim(row, studies) for _, row in read_paper_claims(results).iterrows()]
    templates = Environment(
        loader=FileSystemLoader(TEMPLATE.parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    text = templates.get_template(TEMPLATE.name).render(
        title=paper["title"],
        description=paper["description"],
        claims=sorted(claims, key=lambda claim: VERDICTS.index(claim["verdict"])),
        counts={verdict: count for verdict in VERDICTS if (count := Counter(c["verdict"] for c in claims)[verdict])},
        claim_files=[_link(results / f"claims.{suffix}", out) for suffix in ("csv", "md", "tex")],
        studies=[_study(path, study, tables, out) for path, study, tables in read],
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
        with Image.open(picture) as image:
            width, height = image.size
    except OSError as error:
        raise DamagedError(f"{picture}: {'missing' if isinstance(error, FileNotFoundError) else 'damaged'}") from None
    return {
        "name": name,
        "title": TITLES[name],
        "caption": captions.caption(name, study, tables),
        "alternative": captions.alternative(name, study, tables),
        "png": base64.b64encode(picture.read_bytes()).decode("ascii"),
        "width": width // 2,
        "height": height // 2,
        "file": _link(picture, out),
        "pdf": _link(folder / f"{name}.pdf", out),
    }


def _files(folder: Path, study: Study, out: Path) -> list[dict[str, str]]:
    """The files behind a study that are there: its description, its data, its tables, and where they came from."""
    data = [f"{name}.csv" for name in data_of(study)]
    written = [file for table in tables_of(study) for file in table_files(table)]
    names = dict.fromkeys(["study.json", "lineage.json", *data, *written])
    return [{"name": name, "path": _link(folder / name, out)} for name in names if (folder / name).exists()]


def _claim(row: pd.Series, studies: Mapping[str, Study]) -> dict[str, Any]:
    """What the template shows of a row of the paper's claims.csv."""
    tested = row["verdict"] != "not tested yet"
    link, link_text = _shown_in(row["figure"], studies[row["study"]]) if tested else ("", "")
    return {
        "claim": row["claim"],
        "says": row["says"],
        "where": row["where"],
        "verdict": row["verdict"],
        "kind": row["verdict"].replace(" ", "-"),
        "symbol": SYMBOLS[row["verdict"]],
        "remark": seeds_that_settle(row),
        "test": row["test"],
        "effect": interval(row["effect"], row["low"], row["high"]),
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
