"""What the template shows: sections of studies with their figures, tables and sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from a2c.config.claims import UNTESTED
from a2c.config.names import value_name
from a2c.report import gradients, tunings
from a2c.report.captions import evidence, failures
from a2c.report.catalogue import printed_of, tables_of
from a2c.report.effects import claim_effect, effect_in_words, is_text
from a2c.report.figure import Figure
from a2c.report.numbers import p_value
from a2c.report.paper.typst import Markup, label, string, table
from a2c.report.reading import PaperTables
from a2c.report.rows import Tables
from a2c.report.table import TextTable
from a2c.runs.gradient_study import GradientRecord
from a2c.runs.study import StudyRecord

TABLE = "final"


@dataclass(frozen=True)
class Picture:
    """A figure of the paper: where it was drawn, and how the source shows it."""

    drawn: Path  # below the folder of results
    file: str  # below the folder of the sources
    figure: Figure[Any]
    study: Any
    tables: Tables

    @property
    def markup(self) -> Markup:
        """The figure with caption and alternative text, under a label."""
        words = self.figure.words(self.study, self.tables)
        alternative, caption = string(words.alternative), string(words.caption)
        name = label("fig", *self.file.removesuffix(".svg").split("/")[1:])
        return Markup(f"#figure(image({string(self.file)}, alt: {alternative}), caption: {caption}) <{name}>\n")


def pictures_of(paper: PaperTables) -> dict[str, list[Picture]]:
    """By study of any kind the figures that are printed."""
    found = {}
    for name, (study, tables) in paper.studies.items():
        found[name] = _pictures(Path("studies", name), name, study, tables, printed_of(study))
    for name, (record, tables) in paper.gradients.items():
        key = f"gradients-{name}"
        found[key] = _pictures(Path("gradients", name), key, record, tables, gradients.figures_of(record))
    for name, (tuning, tables) in paper.tunings.items():
        key = f"tuning-{name}"
        found[key] = _pictures(Path("tunings", name), key, tuning, tables, tunings.figures_of(tuning))
    return found


def _pictures(folder: Path, key: str, study: Any, tables: Tables, figures: Sequence[Figure[Any]]) -> list[Picture]:
    return [Picture(folder / figure.svg, f"figures/{key}/{figure.svg}", figure, study, tables) for figure in figures]


def sections(paper: PaperTables, pictures: dict[str, list[Picture]]) -> Iterator[dict[str, Any]]:
    """The section of each study, in the paper's order."""
    for name, (study, tables) in paper.studies.items():
        shown = [kind.text(study, tables) for kind in tables_of(study) if kind.name == TABLE]
        yield {
            "title": study.title,
            "description": study.description,
            "facts": f"{evidence(study, tables)} {failures(study, tables)}",
            "pictures": [picture.markup for picture in pictures[name]],
            "verdicts": _verdicts(study, tables["claims"]),
            "tables": [table(one, f"{name}-{one.name}") for one in shown],
        }


def gradient_sections(paper: PaperTables, pictures: dict[str, list[Picture]]) -> Iterator[dict[str, Any]]:
    """The section of each gradient study."""
    for name, (record, tables) in paper.gradients.items():
        yield {
            "title": record.title,
            "description": record.description,
            "facts": gradients.evidence(record, tables),
            "pictures": [picture.markup for picture in pictures[f"gradients-{name}"]],
            "verdicts": _verdicts(record, tables["claims"]) if record.claims else "",
            "tables": [],
        }


def tuning_sections(paper: PaperTables, pictures: dict[str, list[Picture]]) -> Iterator[dict[str, Any]]:
    """The section of each tuning."""
    for name, (record, tables) in paper.tunings.items():
        yield {
            "title": record.title,
            "description": record.description,
            "facts": tunings.evidence(record, tables),
            "pictures": [picture.markup for picture in pictures[f"tuning-{name}"]],
            "verdicts": "",
            "tables": [
                table(kind.text(record, tables), f"tuning-{name}-{kind.name}") for kind in tunings.tables_of(record)
            ],
        }


def _verdicts(study: StudyRecord | GradientRecord, claims: pd.DataFrame) -> Markup:
    """The table of the tests that were made in a study; empty without any."""
    made = claims[~claims["verdict"].isin(UNTESTED)]
    if not len(made):
        return Markup("")
    rows = [
        [
            f"{row['says']} [{row['part']}]" if is_text(row["part"]) else row["says"],
            row["test"] if is_text(row["test"]) else "",
            row["verdict"],
            effect_in_words(row) or claim_effect(row),
            p_value(row["p_adjusted"]).removeprefix("= "),
        ]
        for _, row in made.iterrows()
    ]
    header = ["sentence", "test", "verdict", "effect [95 %]", "adjusted p"]
    note = "Effects are levels or differences (subject less reference) in the unit of the measure."
    return table(TextTable("verdicts", f"{study.title}: verdicts", note, header, rows), f"{study.name}-verdicts")


def fields_table(paper: PaperTables) -> Markup:
    """All fields of the settings that the first study varies, or else the base of the first tuning."""
    if paper.studies:
        study, _ = next(iter(paper.studies.values()))
        title, base = study.title, study.base
    else:
        record, _ = next(iter(paper.tunings.values()))
        title, base = record.title, record.tuning.base_configuration.model_dump(mode="json")
    rows = [[field, value_name(value)] for field, value in base.items()]
    half = -(-len(rows) // 2)
    both = [first + second for first, second in zip(rows[:half], [*rows[half:], ["", ""]], strict=False)]
    note = "All fields of the base configuration; every study and tuning says what it changes."
    return table(TextTable("fields", f"{title}: fields", note, ["field", "value"] * 2, both), "fields")


def counted(paper: PaperTables) -> dict[str, int]:
    """Numbers of studies, configurations, runs and tests."""
    seeds: dict[str, set[int]] = {}
    for study, _ in paper.studies.values():
        for one in study.configurations:
            seeds.setdefault(one.name, set()).update(study.seeds, study.tuning_seeds)
    made = int((~paper.claims["verdict"].isin(UNTESTED)).sum())
    return {"studies": len(paper.studies), "configurations": len(seeds), "runs": sum(map(len, seeds.values())),
            "tests": made}  # fmt: skip
