"""What the template shows of the claims: every test, the sentences, the largest differences."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from a2c.config.claims import UNTESTED, VERDICTS
from a2c.config.configuration import slug
from a2c.report import gradients
from a2c.report.answers.levels import Studies
from a2c.report.captions import MEASURES
from a2c.report.catalogue import figures_of
from a2c.report.effects import claim_effect, effect_in_words, halves, is_text, still_possible
from a2c.report.names import INDEX
from a2c.report.numbers import interval, number, p_value
from a2c.report.tables.claims import seeds_that_settle
from a2c.runs.gradient_study import GradientRecord
from a2c.runs.study import StudyRecord
from a2c.words import capital

SYMBOLS = dict(zip(VERDICTS, "✓✗?○→–", strict=True))
SETTLED = ("supported", "contradicted")
LARGEST = 5  # differences under "In short"
Shown = dict[str, Any]
Tested = Mapping[str, StudyRecord | GradientRecord]  # by name


def shown_claim(row: pd.Series, studies: Tested) -> Shown:
    """One row of the paper's claims.csv. `studies`: those that decide claims."""
    tested = row["verdict"] not in UNTESTED
    words = {name: row[name] if is_text(row[name]) else "" for name in ("part", "test", "why", "caveat")}
    link, link_text = _shown_in(row["figure"], studies[row["study"]]) if tested else ("", "")
    centre = row["centre"] if is_text(row.get("centre")) else ""
    return {
        "anchor": f"claim-{row['claim']}" + (f"-{slug(centre)}" if centre else ""),
        "centre": centre,
        "study": row["study"],
        "says": row["says"],
        "where": row["where"],
        "verdict": row["verdict"],
        "kind": row["verdict"].replace(" ", "-"),
        "symbol": SYMBOLS[row["verdict"]],
        "remark": seeds_that_settle(row) if tested else words["test"],
        **words,
        "test": words["test"] if tested else "",
        "effect": effect_in_words(row) or claim_effect(row),
        "possible": still_possible(row),
        "halves": halves(row),
        "over_centres": row["over_centres"] if is_text(row.get("over_centres")) else "",
        "p": p_value(row["p_adjusted"]).removeprefix("= "),
        "p_paper": p_value(row.get("p_paper", float("nan"))).removeprefix("= "),
        "n": number(row["n"], 0) if tested else "–",
        "link": link,
        "link_text": link_text,
    }


def address(study: str, kind: str = StudyRecord.kind) -> str:
    """The address of a study's page, as the paper's page links it."""
    return f"{kind}/{study}/{INDEX}"


def _shown_in(figure: str, study: StudyRecord | GradientRecord) -> tuple[str, str]:
    """Where a claim is shown: the figure on the study's page if the study has it, else that page."""
    figures = figures_of(study) if isinstance(study, StudyRecord) else gradients.figures_of(study)
    page = address(study.name, study.kind)
    for one in figures:
        if one.name == figure:
            return f"{page}#{figure}", f"{study.title}, {one.title.lower()}"
    return page, study.title


def sentences(claims: Sequence[Shown]) -> list[Shown]:
    """The sentences in the paper's order, each with its tests."""
    tests: dict[str, list[Shown]] = {}
    for claim in claims:
        tests.setdefault(claim["says"], []).append(claim)
    return [
        {
            "says": says,
            "where": "; ".join(dict.fromkeys(claim["where"] for claim in same)),
            "over_centres": _over_centres(same),
            "tests": same,
            "verdicts": _verdicts(same),
        }
        for says, same in tests.items()
    ]


def _over_centres(same: Sequence[Shown]) -> str:
    """One sentence over all centres for each part of a sentence; the part is named if there are several."""
    found = dict.fromkeys((claim["part"], claim["over_centres"]) for claim in same if claim["over_centres"])
    if len(found) == 1:
        return next(over for _, over in found)
    return " ".join(f"{capital(part or 'the whole')}: {over[0].lower()}{over[1:]}" for part, over in found)


def _verdicts(same: Sequence[Shown]) -> list[tuple[int, Shown]]:
    """How many tests of a sentence have each verdict, with one of these tests."""
    examples = {claim["verdict"]: claim for claim in same}
    return [(count, examples[verdict]) for verdict, count in counts(same).items()]


def counts(claims: Sequence[Shown]) -> dict[str, int]:
    """How many tests have each verdict."""
    numbers = Counter(claim["verdict"] for claim in claims)
    return {verdict: numbers[verdict] for verdict in VERDICTS if numbers[verdict]}


def largest(verdicts: pd.DataFrame, studies: Studies) -> list[Shown]:
    """The largest settled differences in return; each comparison once, as several sentences may rest on it."""
    settled = verdicts[verdicts["verdict"].isin(SETTLED) & verdicts["reference"].map(is_text).astype(bool)]
    differences = settled[settled["measure"].isin(MEASURES) & (settled["how"] == "means")]
    returns = differences.drop_duplicates(["subject", "reference"])
    records = {name: study for name, (study, _) in studies.items()}
    rows = returns.sort_values("effect", key=lambda effect: -effect.abs(), kind="stable").head(LARGEST)
    return [
        {**shown_claim(row, records), "difference": _difference(row, records[row["study"]])}
        for _, row in rows.iterrows()
    ]


def _difference(row: pd.Series, study: StudyRecord) -> str:
    """The difference between a claim's subject and its reference, in words."""
    sign = -1 if row["effect"] < 0 else 1
    size = interval(abs(row["effect"]), *sorted((sign * row["low"], sign * row["high"])))
    words = f"{MEASURES[row['measure']].capitalize()} {size} {'lower' if sign < 0 else 'higher'}"
    return f"{words} at {_label(row['subject'], study)} than at {_label(row['reference'], study)}"


def _label(configuration: str, study: StudyRecord) -> str:
    """The label of a configuration in the figures."""
    setting, environment = study.placed[configuration]
    return setting.label if len(study.environments) == 1 else f"{setting.label}, {environment}"
