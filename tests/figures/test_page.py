import itertools
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from a2c.figures.catalogue import figures_of
from a2c.figures.page import page
from a2c.figures.reading import read_study
from a2c.runs.files import DamagedError

FETCHING = {"src", "href", "action", "data", "poster", "srcset", "formaction"}


class Elements(HTMLParser):
    """All elements with their attributes, and the text of everything but scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, Any]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.lasttag not in ("script", "style"):
            self.text += data


@pytest.fixture(scope="module")
def html(drawn: Path, paper: dict[str, Any]) -> str:
    out = drawn / "index.html"
    page(drawn, paper, out)
    return out.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def found(html: str) -> Elements:
    return Elements(html)


def own_script(html: str) -> str:
    """The page's own script and style, without the plotting library's."""
    scripts = re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", html, flags=re.S)
    return "\n".join(script for script in scripts if "plotly.js v" not in script[:200])


def test_nothing_is_asked_of_any_server(html: str, found: Elements) -> None:
    for tag, attributes in found.elements:
        for name in FETCHING & attributes.keys():
            assert not re.match(r"\s*(https?:)?//", attributes[name] or ""), (tag, attributes)
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|@import|url\(|https?:", own_script(html))
    policy = next(a["content"] for t, a in found.elements if t == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none'")


def test_every_picture_has_an_alternative_text_and_its_size(found: Elements, drawn: Path) -> None:
    pictures = [attributes for tag, attributes in found.elements if tag == "img"]
    studies = [read_study(path.parent)[0] for path in sorted((drawn / "studies").glob("*/study.json"))]
    assert len(pictures) == sum(len(figures_of(study)) for study in studies)
    for picture in pictures:
        assert len(picture["alt"]) > 40
        assert picture["src"].startswith("data:image/png;base64,")
        assert int(picture["width"]) > 0


def test_links_to_files_and_places_lead_somewhere(found: Elements, drawn: Path) -> None:
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for tag, attributes in found.elements if tag == "a"]
    assert any(link.endswith("runs.csv") for link in links)
    for link in links:
        assert link[1:] in ids if link.startswith("#") else (drawn / link).is_file()


def test_headings_descend_one_level_at_a_time_and_verdicts_come_first(found: Elements) -> None:
    levels = [int(tag[1]) for tag, _ in found.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert next(a["id"] for tag, a in found.elements if tag == "h2") == "verdicts"


def test_verdicts_are_counted_and_claims_without_a_study_are_listed(found: Elements) -> None:
    for words in ("1 supported", "1 contradicted", "1 inconclusive", "2 not tested yet", "A2C is used more than A3C."):
        assert words in re.sub(r"\s+", " ", found.text)


def test_text_is_escaped(html: str, found: Elements) -> None:
    assert "Columns <& more>" in found.text
    assert "<tested>" not in html


def test_interactive_curves_hold_the_tables_numbers(html: str, drawn: Path) -> None:
    data = re.search(r'<script type="application/json" id="data-compared">(.*?)</script>', html, flags=re.S)
    assert data is not None
    environment, second = json.loads(data[1])["environments"]
    _, tables = read_study(drawn / "studies" / "compared")
    first = tables["curves"][tables["curves"]["configuration"] == tables["curves"]["configuration"].iloc[0]]
    curve = environment["curves"][0]
    assert curve["step"] == first["step"].tolist()
    assert curve["mean"][0] is None  # no episode had ended
    assert curve["mean"][1:] == pytest.approx(first["mean"].tolist()[1:], rel=1e-4)
    assert [(e["solved"], e["positive"]) for e in (environment, second)] == [(475.0, True), (-100.0, False)]


def test_the_order_of_the_studies_is_the_papers(drawn: Path, paper: dict[str, Any]) -> None:
    out = drawn / "two.html"
    page(drawn, {**paper, "studies": ["compared", "again"]}, out)
    elements = Elements(out.read_text(encoding="utf-8")).elements
    ids = [a["id"] for tag, a in elements if tag == "h2"]
    assert ids == ["verdicts", "compared", "again", "reading"]


def test_a_missing_picture_is_named(drawn: Path, paper: dict[str, Any], tmp_path: Path) -> None:
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    (tmp_path / "studies" / "compared" / "diagnostics.png").unlink()
    with pytest.raises(DamagedError, match=r"diagnostics\.png: missing"):
        page(tmp_path, paper, tmp_path / "index.html")


# Runs in the page: uses its controls, and puts what came of it into the document.
VISITOR = """
<script>
const outcome = {plots: document.querySelectorAll(".plot .main-svg").length > 0};
const holder = document.querySelector("#plot-compared").closest(".interactive");
const plot = holder.querySelector(".plot");
holder.querySelector("[data-axis=x]").click();
outcome.log = plot._fullLayout.xaxis.type;
outcome.curves = plot.data.filter(trace => trace.name).map(trace => trace.name);
const select = holder.querySelector("select");
select.value = "1";
select.dispatchEvent(new Event("change"));
outcome.title = plot._fullLayout.title.text;
outcome.offered = !holder.querySelector("[data-axis=y]").disabled;
outcome.wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
document.body.setAttribute("data-outcome", JSON.stringify(outcome));
</script>
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on PATH")
@pytest.mark.parametrize("width", [1200, 500])
def test_in_a_browser_the_page_works_without_errors_or_requests(html: str, tmp_path: Path, width: int) -> None:
    """The page's content security policy forbids all requests, so that an attempted one is an error in the console."""
    visited = tmp_path / "visited.html"
    visited.write_text(html.replace("</body>", VISITOR + "</body>"), encoding="utf-8")
    options = [f"--window-size={width},900", f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000"]
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += ["--no-first-run", "--enable-logging=stderr", *options, "--dump-dom", visited.as_uri()]
    browser = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env={**os.environ, "HOME": str(tmp_path)}
    )
    assert "CONSOLE" not in browser.stderr
    (body,) = (attributes for tag, attributes in Elements(browser.stdout).elements if tag == "body")
    assert json.loads(body["data-outcome"]) == {
        "plots": True,
        "log": "log",
        "curves": ["article (baseline)", "other"],
        "title": "Acrobot-v1",
        "offered": False,
        "wide": False,
    }
