"""The verdicts on the claims of a study, and on those of a whole paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from a2c.config.claims import TOO_SKEWED, VERDICTS
from a2c.report.captions import evidence, failures
from a2c.report.cells import text_of
from a2c.report.effects import claim_effect, effect_in_words, is_text
from a2c.report.figures import FIGURES
from a2c.report.numbers import MISSING, number, p_value
from a2c.report.rows import Tables
from a2c.report.table import Table, TextTable
from a2c.runs.study import StudyRecord

if TYPE_CHECKING:
    import pandas as pd

HEADER = ["claim", "where", "verdict", "effect [95 %]", "adjusted p", "n", "test", "shown in"]


def text(study: StudyRecord, tables: Tables) -> TextTable:
    return verdicts_table(study.title, tables["claims"], f"{evidence(study, tables)} {failures(study, tables)}")


def verdicts_table(title: str, claims: pd.DataFrame, evidence: str) -> TextTable:
    """The verdicts of a study of either kind (its claims.csv)."""
    titles = _figure_titles()
    rows = [_row(claim, titles.get(claim["figure"], MISSING)) for _, claim in claims.iterrows()]
    return TextTable("claims", f"{title}: claims", f"Verdicts on what the source says. {evidence}", HEADER, rows)


def paper_claims(title: str, claims: pd.DataFrame, studies: Mapping[str, str]) -> TextTable:
    """The verdicts of a whole paper (its claims.csv); `studies`: titles of its studies by their names."""
    titles, rows = _figure_titles(), []
    for _, claim in claims.iterrows():
        figure = titles.get(claim["figure"])
        rows.append(_row(claim, f"{studies[claim['study']]}: {figure.lower()}" if figure else MISSING))
    counts = claims["verdict"].value_counts()
    verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts)
    note = (
        f"Tests of {claims['says'].nunique()} sentences: {verdicts}. Effects, in the measure's unit, are levels or "
        "differences (subject less reference) with 95 % intervals; p adjusted within a study. Tests share runs."
    )
    return TextTable("claims", f"{title}: claims", note if rows else "This paper tests no claims.", HEADER, rows)


def _figure_titles() -> dict[str, str]:
    from a2c.report.gradients import FIGURES as OF_GRADIENTS  # here, as that package imports this module

    titles = {figure.name: figure.title for figure in FIGURES}
    return titles | {figure.name: figure.title for figure in OF_GRADIENTS}


def _row(claim: pd.Series, shown_in: str) -> list[str]:
    """A row of claims.csv as text."""
    settles = seeds_that_settle(claim)
    return [
        f"{claim['says']} [{claim['part']}]" if is_text(claim["part"]) else text_of(claim["says"]),
        text_of(claim["where"]),
        f"{claim['verdict']} ({settles})" if settles else text_of(claim["verdict"]),
        effect_in_words(claim) or claim_effect(claim),
        p_value(claim["p_adjusted"]).removeprefix("= "),
        number(claim["n"], 0) if claim["n"] else MISSING,
        ". ".join(filter(is_text, [claim["test"] if is_text(claim["test"]) else claim["why"], claim["caveat"]])),
        shown_in,
    ]


def seeds_that_settle(claim: pd.Series) -> str:
    """How many seeds would settle an inconclusive claim; empty for others."""
    needed = claim["seeds_needed"]
    if claim["verdict"] != "inconclusive" or not is_text(needed):
        return ""
    if needed == TOO_SKEWED:
        return f"{needed} how many seeds would settle it"
    return f"{'about ' if needed.isdigit() else ''}{needed} seeds would settle it"


TABLE = Table(
    name="claims",
    sources=["claims", "summary"],
    formats=["md", "tex"],
    fits=lambda study: bool(study.claims),
    text=text,
)
