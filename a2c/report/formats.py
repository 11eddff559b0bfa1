"""Tables of text as CSV, Markdown and LaTeX (booktabs)."""

import csv
import io
import math
from collections.abc import Callable, Sequence

from a2c.report.table import TextTable

STYLE = r"\footnotesize\setlength{\tabcolsep}{3pt}"
MOST_LINES = 30  # of rows on one page, beside the caption; wrapped words make it more than the estimate
LETTERS = 78  # of that size on a line of the article class
GAP = 1.5  # letters between two columns


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
    widths = _column_widths(table)
    columns = "".join(
        "l" if not width else rf">{{\raggedright\arraybackslash\hspace{{0pt}}}}p{{{width:.3f}\linewidth}}"
        for width in widths
    )
    heading = " & ".join(
        _latex(name) if width else _latex_heading(name) for name, width in zip(table.header, widths, strict=True)
    )
    rows = [" & ".join(map(_latex, row)) + r" \\" for row in table.rows]
    caption = rf"\caption{{{_latex(table.title)}. {_latex(table.note)}}}\label{{tab:{label}}}"
    make = _floating_table if _lines(table, widths) <= MOST_LINES else _long_table
    body = [r"\toprule", heading + r" \\", r"\midrule"], [*rows, r"\bottomrule"]
    return "\n".join([r"% Needs the packages array, booktabs and longtable.", *make(columns, caption, *body), ""])


def _floating_table(columns: str, caption: str, head: list[str], body: list[str]) -> list[str]:
    begin = [r"\begin{table}", r"\centering", caption, STYLE, rf"\begin{{tabular}}{{{columns}}}"]
    return [*begin, *head, *body, r"\end{tabular}", r"\end{table}"]


def _long_table(columns: str, caption: str, head: list[str], body: list[str]) -> list[str]:
    begin = [r"\begingroup", STYLE, rf"\begin{{longtable}}{{{columns}}}", caption + r" \\"]
    return [*begin, *head, r"\endhead", *body, r"\end{longtable}", r"\endgroup"]


def _column_widths(table: TextTable) -> list[float]:
    """Shares of the line for the columns that are wrapped; 0 for those that are as wide as their cells."""
    lengths = [
        max(len(text) for text in [*name.split(", "), *(row[column] for row in table.rows)])
        for column, name in enumerate(table.header)
    ]
    room = LETTERS - GAP * len(lengths)
    if sum(lengths) <= room:
        return [0.0] * len(lengths)
    widest = _cap(lengths, room)
    return [widest / LETTERS if length > widest else 0.0 for length in lengths]


def _lines(table: TextTable, widths: list[float]) -> int:
    """An estimate of the number of lines that the rows take."""
    letters = [width * LETTERS or math.inf for width in widths]
    return sum(
        max(math.ceil(len(cell) / room) if cell else 1 for cell, room in zip(row, letters, strict=True))
        for row in table.rows
    )


def _cap(lengths: Sequence[int], room: float) -> float:
    """The largest width of a column with which all columns fit the room: long ones share what the short ones leave."""
    ordered = sorted(lengths)
    for fitting in range(len(ordered)):
        share = (room - sum(ordered[:fitting])) / (len(ordered) - fitting)
        if share <= ordered[fitting]:
            return share
    return ordered[-1]


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
    "_": r"\_",
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


# By the suffix of the file: the text of a table; the label is for references to it.
FORMATS: dict[str, Callable[[TextTable, str], str]] = {
    "csv": lambda table, label: to_csv(table),
    "md": lambda table, label: to_markdown(table),
    "tex": to_latex,
}
