"""Text and tables as Typst's markup."""

import math
import re

from a2c.report.table import TextTable

LETTERS = 125  # of a table's size on a line of the page
SHORT = 24  # letters: a column with no longer cell is as wide as its cells
GAP = 2  # letters between two columns
SPECIAL = re.compile(r"""[\\#$*_`<>@\[\]~"'/=+-]|(?<=\d)\.(?= )|\.(?=\.\.)""")
NAME = re.compile(r"[^A-Za-z0-9_-]+")


class Markup(str):
    """Text that is Typst's markup already."""


def markup(value: object) -> Markup:
    """A value as markup that shows it letter for letter."""
    if isinstance(value, Markup):
        return value
    return Markup(SPECIAL.sub(r"\\\g<0>", str(value)).replace("\n", " "))


def string(text: str) -> Markup:
    """A text as a string of Typst's code."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return Markup(f'"{escaped}"')


def label(*names: str) -> Markup:
    """A label of these names."""
    return Markup("-".join(NAME.sub("-", name) for name in names))


def table(content: TextTable, name: str) -> Markup:
    """A table with its caption, as a figure under the label `name`; `rows` in style.typ draws it."""
    widths = ", ".join(_widths(content))
    head = ", ".join(f"[{markup(cell)}]" for cell in content.header)
    rows = "".join("  " + ", ".join(f"[{markup(cell)}]" for cell in row) + ",\n" for row in content.rows)
    caption = f"{markup(content.title)}. {markup(content.note)}"
    return Markup(f"#figure(caption: [{caption}], rows(({widths},), ({head},),\n{rows})) <{label('tab', name)}>\n")


def _widths(content: TextTable) -> list[str]:
    """The widths of the columns: those of their cells if all fit on a line.

    Else the long ones share what the short ones leave, as the square roots of their letters: then rows are low.
    """
    columns = [[name, *cells] for name, *cells in zip(content.header, *content.rows, strict=True)]
    longest = [max(map(len, cells)) for cells in columns]
    fits = sum(longest) + GAP * len(longest) <= LETTERS
    return [
        "auto" if fits or most <= SHORT else f"{math.sqrt(sum(map(len, cells))):.1f}fr"
        for most, cells in zip(longest, columns, strict=True)
    ]
