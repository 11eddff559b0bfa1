"""Typst's own HTML export reads the markup back."""

import html
import re

import pytest
import typst

from a2c.report.paper.typst import label, markup, string, table
from a2c.report.table import TextTable

NASTY = "50 % of $x_1$ & {y} ~ a^b #c\\d | “q” – λ ≥ 2. \"s\" 't' <e> @f [g] `h` // i /* j */ -- k --- l ... = m"


def text_of(source: str) -> str:
    """The text of a document, white space as single spaces."""
    exported = typst.compile(source.encode(), format="html")
    assert isinstance(exported, bytes)
    body = exported.decode().split("<body>")[1].split("</body>")[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body))).strip()


@pytest.mark.parametrize(
    "text", [NASTY, "= no heading", "- no list", "+ no list", "1. no list", "/ no: term", "a-1 [-87.0, 7e-4] seeds-0-9"]
)
def test_any_text_is_shown_letter_for_letter(text: str) -> None:
    assert text_of(markup(text)) == text
    assert text_of("#" + string(text)) == text


def test_markup_is_not_escaped_twice() -> None:
    assert markup(markup("a*b")) == "a\\*b"


def test_a_table_has_its_cells_in_order_and_a_caption() -> None:
    content = TextTable("t", "Title & more", "Note 95 %.", ["a", "b"], [["1", NASTY], ["2", "plain"]])
    rows = "#let rows(columns, head, ..cells) = table(columns: columns, ..head, ..cells)\n"
    shown = text_of(rows + table(content, "t"))
    assert shown == f"a b 1 {NASTY} 2 plain Table 1: Title & more. Note 95 %."


def test_columns_share_the_line_only_where_they_do_not_fit() -> None:
    narrow = TextTable("t", "T", "N", ["a", "b"], [["1", "x" * 60]])
    assert "rows((auto, auto,)" in table(narrow, "t")
    wide = TextTable("t", "T", "N", ["a", "b", "c"], [["1", "x" * 99, "y" * 399]])
    assert "rows((auto, 10.0fr, 20.0fr,)" in table(wide, "t")


def test_a_label_has_only_letters_that_a_label_may_have() -> None:
    assert label("tab", "n envs@article") == "tab-n-envs-article"
