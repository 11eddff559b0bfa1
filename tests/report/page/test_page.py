import hashlib
import itertools
import json
import math
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from a2c.report.catalogue import figures_of
from a2c.report.page.interactive import bands_of
from a2c.report.page.page import FOLDER, page
from a2c.report.page.studies import brief
from a2c.report.reading import read_study
from a2c.report.verdicts import write_verdicts
from a2c.runs.files import DamagedError
from a2c.runs.study import PaperRecord
from tests.report import synthetic_study
from tests.report.synthetic_study import name_of

UPLOT = FOLDER / "uplot" / "uPlot.iife.min.js"
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
def shown(drawn: Path, paper: PaperRecord, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drawn studies with their pages. Do not change it: copy it."""
    results = tmp_path_factory.mktemp("shown")
    shutil.copytree(drawn, results, dirs_exist_ok=True)
    page(results, paper)
    return results


@pytest.fixture(scope="module")
def pages(shown: Path) -> dict[str, str]:
    """The paper's page and those of its studies, by their path."""
    paths = [shown / "index.html", *sorted(shown.glob("studies/*/index.html"))]
    return {path.relative_to(shown).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@pytest.fixture(scope="module")
def html(pages: dict[str, str]) -> str:
    return pages["index.html"]


@pytest.fixture(scope="module")
def of_study(pages: dict[str, str]) -> str:
    return pages["studies/compared/index.html"]


@pytest.fixture(scope="module")
def found(html: str) -> Elements:
    return Elements(html)


def own_code(html: str, script: str) -> str:
    """The page's style, and the script of all pages without the plotting library's."""
    library = UPLOT.read_text(encoding="utf-8")
    assert library in script
    return "\n".join([*re.findall(r"<style>(.*?)</style>", html, flags=re.S), script.replace(library, "")])


def test_the_page_says_what_is_tested_and_what_was_known_before(pages: dict[str, str]) -> None:
    text = Elements(pages["index.html"]).text
    assert "Tested: A chapter <on A2C>." in text
    before, _, after = text.partition("What was known before the runs")
    assert "Ten runs & a pilot." in after
    assert "In short" in before


def test_no_page_makes_a_request_to_another_machine(pages: dict[str, str], shown: Path) -> None:
    script = (shown / "page.js").read_text(encoding="utf-8")
    for html in pages.values():
        elements = Elements(html).elements
        for tag, attributes in elements:
            for name in FETCHING & attributes.keys():
                assert not re.match(r"\s*(https?:)?//", attributes[name] or ""), (tag, attributes)
        assert not re.search(r"fetch\(|XMLHttpRequest|import\(|@import|url\(|https?:", own_code(html, script))
        policy = next(a["content"] for t, a in elements if t == "meta" and "http-equiv" in a)
        assert policy.startswith("default-src 'none'")
        assert policy.endswith("img-src 'self' file: data:")


def test_pages_run_their_common_script_and_nothing_that_is_written_in_them(pages: dict[str, str], shown: Path) -> None:
    for name, html in pages.items():
        elements = Elements(html).elements
        policy = next(a["content"] for t, a in elements if t == "meta" and "http-equiv" in a)
        assert "script-src 'self' file:;" in policy
        run = [a for t, a in elements if t == "script" and a.get("type") != "application/json"]
        assert [((shown / name).parent / a["src"]).resolve() for a in run] == [(shown / "page.js").resolve()]
        assert not any(attribute.startswith("on") for _, a in elements for attribute in a)


def test_the_plotting_library_is_the_published_one_unchanged() -> None:
    """The checksum of dist/uPlot.iife.min.js in uplot 1.6.32 of the npm registry."""
    checksum = "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f"
    assert hashlib.sha256(UPLOT.read_bytes()).hexdigest() == checksum


def pictures_of(html: str) -> list[dict[str, Any]]:
    return [attributes for tag, attributes in Elements(html).elements if tag == "img"]


def test_every_picture_has_an_alternative_text_and_its_size(pages: dict[str, str], drawn: Path) -> None:
    for name, html in pages.items():
        study = None if name == "index.html" else read_study((drawn / name).parent)[0]
        assert len(pictures_of(html)) == (2 if study is None else len(figures_of(study)))
        ids = {attributes.get("id") for tag, attributes in Elements(html).elements if tag == "figcaption"}
        for picture in pictures_of(html):
            assert 40 < len(picture["alt"]) <= 250
            assert picture["alt"].endswith((".", "…"))
            assert picture["aria-describedby"] in ids
            assert int(picture["width"]) > 0


def test_pictures_of_a_study_lie_beside_its_page_and_load_when_they_are_near(of_study: str, drawn: Path) -> None:
    for picture in pictures_of(of_study):
        assert (drawn / "studies" / "compared" / picture["src"]).is_file()
        assert picture["loading"] == "lazy"


def test_the_front_page_contains_its_pictures_so_that_it_can_be_sent_alone(found: Elements) -> None:
    pictures = [attributes["src"] for name, attributes in found.elements if name == "img"]
    assert pictures
    assert all(source.startswith("data:image/png;base64,") for source in pictures)


def test_links_to_files_and_anchors_have_targets(pages: dict[str, str], shown: Path) -> None:
    found = {(shown / name).resolve(): Elements(html).elements for name, html in pages.items()}
    ids = {path: [a["id"] for _, a in elements if "id" in a] for path, elements in found.items()}
    for path, elements in found.items():
        assert len(ids[path]) == len(set(ids[path]))
        for link in (attributes["href"] for tag, attributes in elements if tag == "a"):
            file, _, anchor = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            assert anchor in ids[target] if anchor else target.is_file(), (path, link)
    assert any(a.get("href", "").endswith("runs.csv") for elements in found.values() for _, a in elements)


def test_headings_descend_one_level_at_a_time_and_in_short_comes_first(pages: dict[str, str], found: Elements) -> None:
    for html in pages.values():
        levels = [int(tag[1]) for tag, _ in Elements(html).elements if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert [a["id"] for tag, a in found.elements if tag == "h2"][:2] == ["in-short", "verdicts"]


def test_the_page_opens_with_answers_settings_to_copy_and_a_picture(found: Elements) -> None:
    assert words_of(found).index("Which settings should I copy?") < words_of(found).index("The largest differences")
    order = [a["id"] for _, a in found.elements if "id" in a]
    opening = order[order.index("in-short") : order.index("page-contents")]
    assert {"answers-settings", "learning_curves"} <= set(opening)


def test_verdicts_are_counted_and_claims_without_a_study_are_listed(found: Elements) -> None:
    for words in ("1 supported", "1 contradicted", "1 inconclusive", "2 not tested yet", "A2C is used more than A3C."):
        assert words in words_of(found)
    assert "2 sentences, 5 tests" in words_of(found)


def test_a_sentence_is_listed_once_with_its_tests_in_the_papers_order(html: str, paper: PaperRecord) -> None:
    listed = html[html.index('<div class="claims">') : html.index("Files: ")]
    assert re.findall(r'id="claim-(\w+)"', listed) == [claim.id for claim in paper.claims]
    assert [body.count('class="test ') for body in listed.split("<details")[1:]] == [1, 4]
    assert listed.count("Too small") == 1


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
            row("level", 400, (1, 0), reference=""), row("share", 400, (2, 3), how="superiority"),
            *(row(f"e{i}", 50 + i, (3, i)) for i in range(3)), row("e3", 53, (2, 1))]  # fmt: skip
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    synthetic_study.change_claims(tmp_path / "studies" / "compared", rows)
    paper = replace(paper, claims=[synthetic_study.untested(row, "compared") for row in rows])
    write_verdicts(tmp_path, paper)
    page(tmp_path, paper)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    told = words_of(Elements(html[(start := html.index("The largest differences")) : html.index("</section>", start)]))
    assert re.findall(r"“Of (\w+)\.”", told) == ["b", "e3", "e2", "e1", "e0"]
    assert "Final return 90.5 [70.5, 100.5] lower at article, CartPole-v1 than at other, CartPole-v1" in told
    assert "Final return 53.0 [43.0, 73.0] higher at other, CartPole-v1 than at article, Acrobot-v1" in told


def test_a_study_without_claims_and_a_paper_without_them_have_no_links_to_verdicts(
    drawn: Path, paper: PaperRecord, tmp_path: Path
) -> None:
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    paper = replace(paper, claims=[], studies=["again"], known_before="")
    write_verdicts(tmp_path, paper)
    page(tmp_path, paper)
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert [a["id"] for tag, a in Elements(html).elements if tag == "h2"] == ["in-short", "studies", "reading"]
    again = "studies/again/index.html"
    test_links_to_files_and_anchors_have_targets({"index.html": html, again: (tmp_path / again).read_text()}, tmp_path)


def test_every_table_has_its_note_before_it_and_outside_its_box(of_study: str) -> None:
    html, found = of_study, Elements(of_study)
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


def curves_in(html: str) -> list[dict[str, Any]]:
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, flags=re.S)
    assert data is not None
    environments: list[dict[str, Any]] = json.loads(data[1])["environments"]
    return environments


def test_interactive_curves_hold_the_tables_numbers(of_study: str, drawn: Path) -> None:
    environment, second = curves_in(of_study)
    _, tables = read_study(drawn / "studies" / "compared")
    first = tables["curves"][tables["curves"]["configuration"] == tables["curves"]["configuration"].iloc[0]]
    curve = environment["curves"][0]
    assert environment["step"] == first["step"].tolist()
    assert curve["mean"][0] is None  # no episode had ended
    assert curve["mean"][1:] == pytest.approx(first["mean"].tolist()[1:], rel=1e-4)
    assert [(e["solved"], e["positive"]) for e in (environment, second)] == [(475.0, True), (-100.0, False)]


def test_bands_are_polygons_of_the_unbroken_stretches_of_the_data() -> None:
    low = [math.nan, 1.0, 2.0, math.nan, 3.0, math.nan, math.nan, 4.0, 5.0]
    high = [math.nan, 2.0, 3.0, 9.0, 4.0, math.nan, 9.0, 5.0, 6.0]
    assert bands_of(pd.DataFrame({"band_low": low, "band_high": high})) == [
        {"first": 1, "low": [1, 2], "high": [2, 3]},
        {"first": 4, "low": [3], "high": [4]},
        {"first": 7, "low": [4, 5], "high": [5, 6]},
    ]


def test_the_order_of_the_studies_is_the_papers(drawn: Path, paper: PaperRecord, tmp_path: Path) -> None:
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    page(tmp_path, replace(paper, studies=["compared", "again"]))
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    listed = html[html.index('<ul class="studies">') :].partition("</ul>")[0]
    assert re.findall(r'href="studies/(\w+)/index.html"', listed) == ["compared", "again"]


def test_a_missing_picture_is_named(drawn: Path, paper: PaperRecord, tmp_path: Path) -> None:
    shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)
    (tmp_path / "studies" / "compared" / "diagnostics.png").unlink()
    with pytest.raises(DamagedError, match=r"diagnostics\.png: missing"):
        page(tmp_path, paper)
