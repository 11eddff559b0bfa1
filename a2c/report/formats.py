"""Tables of text as CSV, Markdown and LaTeX (booktabs)."""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Sequence

from a2c.report.table import TextTable

SIZES = {"footnotesize": 78, "scriptsize": 90}  # of letters: how many of them a line of the article class has
MOST_LINES = 30  # of rows on one page, beside the caption; wrapped words make it more than the estimate
GAP = 1.7  # letters between two columns
SYLLABLES = 10  # letters that a line has room for, of a longer word that is broken
WIDE = 1.15  # capital letters in a word are wider than the mean letter


def to_csv(table: TextTable) -> str:
    """As CSV: header and rows, cells quoted where needed, lines ending in one newline character."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([table.header, *table.rows])
    return text.getvalue()


def to_markdown(table: TextTable) -> str:
    """As a Markdown table under its title, the note below."""
    lines = [table.header, ["---"] * len(table.header), *table.rows]
    body = "\n".join("| " + " | ".join(map(_markdown, line)) + " |" for line in lines)
    return f"**{table.title}**\n\n{body}\n\n{table.note}\n"


def to_latex(table: TextTable, label: str) -> str:
    """As a LaTeX table; a long one breaks over pages.

    Not by pandas' Styler: it repeats the head in a long table, cannot set the font size, and leaves λ, ≥ and “ alone.
    """
    size, widths = _sizes(table)
    columns = "".join(
        "l" if not width else rf">{{\raggedright\arraybackslash\hspace{{0pt}}}}p{{{width / SIZES[size]:.3f}\linewidth}}"
        for width in widths
    )
    heading = " & ".join(
        _latex(name) if width else _latex_heading(name) for name, width in zip(table.header, widths, strict=True)
    )
    rows = [" & ".join(map(_latex, row)) + r" \\" for row in table.rows]
    caption = rf"\caption{{{_latex(table.title)}. {_latex(table.note)}}}\label{{tab:{label}}}"
    make = _floating_table if _lines(table, widths) <= MOST_LINES else _long_table
    body = [r"\toprule", heading + r" \\", r"\midrule"], [*rows, r"\bottomrule"]
    style = rf"\{size}\setlength{{\tabcolsep}}{{3pt}}"
    return "\n".join(["% Needs the paper's preamble.tex.", *make(columns, caption, style, *body), ""])


def _floating_table(columns: str, caption: str, style: str, head: list[str], body: list[str]) -> list[str]:
    begin = [r"\begin{table}", r"\centering", caption, style, rf"\begin{{tabular}}{{{columns}}}"]
    return [*begin, *head, *body, r"\end{tabular}", r"\end{table}"]


def _long_table(columns: str, caption: str, style: str, head: list[str], body: list[str]) -> list[str]:
    begin = [r"\begingroup", style, rf"\begin{{longtable}}{{{columns}}}", caption + r" \\"]
    return [*begin, *head, r"\endhead", *body, r"\end{longtable}", r"\endgroup"]


def _sizes(table: TextTable) -> tuple[str, list[float]]:
    """The size of the letters, and letters per line of each column that is wrapped; 0 for one as wide as its cells.

    The size is the first in which the longest words fit. No column is narrower than its longest word, if all fit.
    """
    lengths = [
        max(len(text) for text in [*name.split(", "), *(row[column] for row in table.rows)])
        for column, name in enumerate(table.header)
    ]
    words = [min(WIDE * _longest_word(table, column), length) for column, length in enumerate(lengths)]
    size = next((name for name, letters in SIZES.items() if sum(words) <= letters - GAP * len(words)), [*SIZES][-1])
    room = SIZES[size] - GAP * len(lengths)
    whole = sum(word for word, length in zip(words, lengths, strict=True) if word == length)
    scale = min(1.0, (room - whole) / max(sum(words) - whole, 1))
    words = [word if word == length else scale * word for word, length in zip(words, lengths, strict=True)]
    low, high = 0.0, float(max(lengths))
    for _ in range(40):  # the widest column that a table within the room may have, by bisection
        widest = (low + high) / 2
        fits = sum(map(min, lengths, [max(word, widest) for word in words])) <= room
        low, high = (widest, high) if fits else (low, widest)
    widths = [max(word, low) for word in words]
    if sum(lengths) <= room:
        return size, [0.0] * len(lengths)
    return size, [width if length > width else 0.0 for length, width in zip(lengths, widths, strict=True)]


def _longest_word(table: TextTable, column: int) -> int:
    """The letters of a column's longest part without a break. LaTeX breaks words, but none with a hyphen or a digit."""
    cells = [table.header[column], *(row[column] for row in table.rows)]
    parts = (part for cell in cells for part in re.split(r"(?<=[-_/])|\s", cell))
    return max(min(len(part), SYLLABLES) if part.strip("()[],.:;“”").isalpha() else len(part) for part in parts)


def _lines(table: TextTable, widths: Sequence[float]) -> int:
    """An estimate of the number of lines that the rows take."""
    letters = [width or math.inf for width in widths]
    return sum(
        max(math.ceil(len(cell) / room) if cell else 1 for cell, room in zip(row, letters, strict=True))
        for row in table.rows
    )


def _latex_heading(name: str) -> str:
    """A column's name, with a line for each of its parts."""
    lines = r",\\ ".join(map(_latex, name.split(", ")))
    return rf"\begin{{tabular}}[b]{{@{{}}l@{{}}}}{lines}\end{{tabular}}" if ", " in name else lines


def _markdown(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


# What has another meaning in LaTeX, or needs a command.
LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_\allowbreak{}",  # names of fields and paths may be wider than their columns
    "/": r"/\allowbreak{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "–": "--",
    "“": "``",
    "”": "''",
    "−": "$-$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "∞": r"$\infty$",
    "λ": r"$\lambda$",
    "γ": r"$\gamma$",
    "ε": r"$\varepsilon$",
    "\n": " ",
}  # fmt: skip


def _latex(cell: str) -> str:
    return "".join(LATEX.get(letter, letter) for letter in cell)


PREAMBLE = "".join(rf"\usepackage{{{name}}}" + "\n" for name in ("array", "booktabs", "longtable"))


def latex_document(tables: Iterable[str]) -> str:
    """A document of LaTeX tables; `tables`: their files, relative to that of the document, beside preamble.tex."""
    inputs = "".join(rf"\input{{{table}}}" + "\n" for table in tables)
    return f"\\documentclass{{article}}\n\\input{{preamble}}\n\\begin{{document}}\n{inputs}\\end{{document}}\n"


# By the suffix of the file: the text of a table; the label is for references to it.
FORMATS: dict[str, Callable[[TextTable, str], str]] = {
    "csv": lambda table, label: to_csv(table),
    "md": lambda table, label: to_markdown(table),
    "tex": to_latex,
}
