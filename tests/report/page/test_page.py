import itertools
import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from a2c.report.catalogue import figures_of
from a2c.report.page.page import page
from a2c.report.page.studies import brief
from a2c.report.reading import read_study
from a2c.report.verdicts import write_verdicts
from a2c.runs.files import DamagedError
from a2c.runs.study import PaperRecord
from tests.report import synthetic_study
from tests.report.synthetic_study import name_of

FETCHING = {"src", "href", "action", "data", "poster", "srcset", "formaction"}


class Elements(HTMLParser):
    """All elements with their attributes, and all text except scripts and styles."""

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
def html(drawn: Path, paper: PaperRecord) -> str:
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


def test_the_page_makes_no_requests(html: str, found: Elements) -> None:
    for tag, attributes in found.elements:
        for name in FETCHING & attributes.keys():
            assert not re.match(r"\s*(https?:)?//", attributes[name] or ""), (tag, attributes)
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|@import|url\(|https?:", own_script(html))
    policy = next(a["content"] for t, a in found.elements if t == "meta" and "http-equiv" in a)
    assert policy.startswith("default-src 'none'")


def test_every_picture_has_an_alternative_text_and_its_size(found: Elements, drawn: Path) -> None:
    pictures = [attributes for tag, attributes in found.elements if tag == "img"]
    ids = {attributes.get("id") for tag, attributes in found.elements if tag == "figcaption"}
    studies = [read_study(path.parent)[0] for path in sorted((drawn / "studies").glob("*/study.json"))]
    assert len(pictures) == sum(len(figures_of(study)) for study in studies)
    for picture in pictures:
        assert 40 < len(picture["alt"]) <= 250
        assert picture["alt"].endswith((".", "…"))
        assert picture["aria-describedby"] in ids
        assert picture["src"].startswith("data:image/png;base64,")
        assert int(picture["width"]) > 0


def test_links_to_files_and_anchors_have_targets(found: Elements, drawn: Path) -> None:
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for tag, attributes in found.elements if tag == "a"]
    assert any(link.endswith("runs.csv") for link in links)
    for link in links:
        assert link[1:] in ids if link.startswith("#") else (drawn / link).is_file()


def test_headings_descend_one_level_at_a_time_and_in_short_comes_first(found: Elements) -> None:
    levels = [int(tag[1]) for tag, _ in found.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert [a["id"] for tag, a in found.elements if tag == "h2"][:2] == ["in-short", "verdicts"]


def test_the_page_opens_with_answers_settings_to_copy_and_a_picture(found: Elements) -> None:
    assert words_of(found).index("Which settings should I copy?") < words_of(found).index("The largest differences")
    order = [a["id"] for _, a in found.elements if "id" in a]
    opening = order[order.index("in-short") : order.index("page-contents")]
    assert {"answers-settings", "again-learning_curves"} <= set(opening)


def test_verdicts_are_counted_and_claims_without_a_study_are_listed(found: Elements) -> None:
    for words in ("1 supported", "1 contradicted", "1 inconclusive", "2 not tested yet", "A2C is used more than A3C."):
        assert words in words_of(found)
    assert "2 sentences, 5 tests" in words_of(found)


def test_a_sentence_is_listed_once_with_its_tests_in_the_papers_order(html: str, paper: PaperRecord) -> None:
    (table,) = re.findall(r'<table class="claims".*?</table>', html, flags=re.S)
    assert re.findall(r'id="claim-(\w+)"', table) == [claim.id for claim in paper.claims]
    assert [body.count('class="test ') for body in table.split("<tbody>")[1:]] == [1, 4]
    assert table.count("Too small") == 1


def test_the_largest_settled_differences_in_return_have_one_line_per_comparison(
    drawn: Path, paper: PaperRecord, tmp_path: Path
) -> None:
    def row(claim: str, effect: float, pair: tuple[int, int], **more: str) -> dict[str, Any]:
        subject, reference = map(name_of, pair)
        return synthetic_study.claim(claim, **{
            "effect": effect, "low": effect - 10, "high": effect + 20, "verdict": "supported", "says": f"Of {claim}.",
            "measure": "final_return", "subject": subject, "reference": reference, **more})  # fmt: skip

    rows = [row("a", 40, (0, 1)), row("b", -90.5, (0, 2), verdict="contradicted"), row("same", -90.5, (0, 2)),
            row("c", 300, (0, 3), verdict="inconclusive"), row("d", 200, (1, 0), measure="drawdown"),
            row("level", 400, (1, 0), reference=""),
            *(row(f"e{i}", 50 + i, (3, i)) for i in range(3)), row("e3", 53, (2, 1))]  # fmt: skip
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    synthetic_study.change_claims(tmp_path / "studies" / "compared", rows)
    paper = replace(paper, claims=[synthetic_study.untested(row, "compared") for row in rows])
    write_verdicts(tmp_path, paper)
    page(tmp_path, paper, tmp_path / "index.html")
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    told = words_of(Elements(html[(start := html.index("The largest differences")) : html.index("</section>", start)]))
    assert re.findall(r"“Of (\w+)\.”", told) == ["b", "e3", "e2", "e1", "e0"]
    assert "Final return 90.5 [70.5, 100.5] lower at article, CartPole-v1 than at other, CartPole-v1" in told
    assert "Final return 53.0 [43.0, 73.0] higher at other, CartPole-v1 than at article, Acrobot-v1" in told


def test_a_study_without_claims_and_a_paper_without_them_have_no_links_to_verdicts(
    drawn: Path, paper: PaperRecord, tmp_path: Path
) -> None:
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    paper = replace(paper, claims=[], studies=["again"])
    write_verdicts(tmp_path, paper)
    page(tmp_path, paper, tmp_path / "index.html")
    found = Elements((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert [a["id"] for tag, a in found.elements if tag == "h2"] == ["in-short", "again", "reading"]
    test_links_to_files_and_anchors_have_targets(found, tmp_path)


def test_every_table_has_its_note_before_it_and_outside_its_box(html: str, found: Elements) -> None:
    tables = [attributes for tag, attributes in found.elements if tag == "table"]
    assert len(tables) > 2
    for table in tables:
        note = table["aria-describedby"]
        assert html.index(f'<p class="soft" id="{note}">') < html.index(f'aria-describedby="{note}"')
    assert not any(tag == "caption" for tag, _ in found.elements)


def test_an_alternative_text_ends_with_a_clause() -> None:
    assert brief("Short. Enough.") == "Short. Enough."
    sentence = "Seven letters in a row" * 5
    assert brief(f"{sentence}. {sentence}. {sentence}.") == f"{sentence}. {sentence}."
    assert brief(f"{sentence}; at 1.5 [1.2; {sentence}; {sentence}") == f"{sentence}; at 1.5 [1.2; {sentence} …"
    assert len(brief("word " * 100)) <= 250


def words_of(found: Elements) -> str:
    return re.sub(r"\s+", " ", found.text)


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


def test_the_order_of_the_studies_is_the_papers(drawn: Path, paper: PaperRecord) -> None:
    out = drawn / "two.html"
    page(drawn, replace(paper, studies=["compared", "again"]), out)
    elements = Elements(out.read_text(encoding="utf-8")).elements
    ids = [a["id"] for tag, a in elements if tag == "h2"]
    assert ids == ["in-short", "verdicts", "compared", "again", "reading"]


def test_a_missing_picture_is_named(drawn: Path, paper: PaperRecord, tmp_path: Path) -> None:
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    (tmp_path / "studies" / "compared" / "diagnostics.png").unlink()
    with pytest.raises(DamagedError, match=r"diagnostics\.png: missing"):
        page(tmp_path, paper, tmp_path / "index.html")


# Runs in the page: uses its controls and writes the results into the document.
VISITOR = """
<script>
const outcome = {};
const holder = document.querySelector("#plot-compared").closest(".interactive");
const plot = holder.querySelector(".plot");
const until = async holds => { while (!holds()) await new Promise(done => setTimeout(done, 50)); };
const names = () => plot.data.filter(trace => trace.name).map(trace => trace.name);
const visit = async () => {
  outcome.drawnFarAway = Boolean(plot.data);
  plot.scrollIntoView({behavior: "instant"});
  await until(() => plot.querySelector(".main-svg"));
  holder.querySelector("[data-axis=x]").click();
  outcome.log = plot._fullLayout.xaxis.type;
  outcome.pressed = holder.querySelector("[data-axis=x]").getAttribute("aria-pressed");
  outcome.curves = names();
  const [first, second] = holder.querySelectorAll("[data-settings] input");
  second.click();
  outcome.without = names();
  holder.querySelector("[data-every=off]").click();
  outcome.none = names();
  holder.querySelector("[data-every=on]").click();
  outcome.every = names().length;
  const select = holder.querySelector("select");
  select.value = "1";
  select.dispatchEvent(new Event("change"));
  outcome.title = plot._fullLayout.title.text;
  outcome.offered = !holder.querySelector("[data-axis=y]").disabled;

  const isSeen = test => test.checkVisibility();
  const tests = () => [...document.querySelectorAll(".claims .test")].filter(isSeen).map(test => test.id);
  const status = document.getElementById("verdicts-shown");
  document.querySelector("[data-verdict=supported]").click();
  outcome.supported = [tests(), status.textContent];
  document.querySelector("a[href='#claim-large']").click();
  outcome.all = [tests().length, status.textContent];

  const closed = () => document.querySelectorAll("details:not([open])").length;
  const before = closed();
  dispatchEvent(new Event("beforeprint"));
  outcome.closedInPrint = closed();
  dispatchEvent(new Event("afterprint"));
  outcome.closedAgain = before > 0 && closed() === before;
  outcome.wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
  document.body.setAttribute("data-outcome", JSON.stringify(outcome));
};
visit();
</script>
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on PATH")
@pytest.mark.parametrize("width", [1200, 500])
def test_in_a_browser_the_page_works_without_errors_or_requests(html: str, tmp_path: Path, width: int) -> None:
    """The page's content security policy forbids all requests, so an attempted request is an error in the console."""
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
        "drawnFarAway": False,
        "log": "log",
        "pressed": "true",
        "curves": ["article (baseline)", "other"],
        "without": ["article (baseline)"],
        "none": [],
        "every": 2,
        "title": "Acrobot-v1",
        "offered": False,
        "supported": [["claim-small"], "1 of 2 sentences, 1 of 5 tests"],
        "all": [5, "2 sentences, 5 tests"],
        "closedInPrint": 0,
        "closedAgain": True,
        "wide": False,
    }
