"""The answers of a paper in sentences, each made from the tables of its studies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from a2c.config.claims import VERDICTS
from a2c.config.names import short_name
from a2c.report.answers.levels import Level, baseline_of, best, levels, name_of
from a2c.report.captions import joined, listed
from a2c.report.numbers import interval, number
from a2c.report.rows import Tables
from a2c.runs.study import Setting, StudyRecord
from a2c.words import capital, counted

MOST = 3  # places for which a sentence says more than a value


@dataclass(frozen=True)
class Answer:
    """One question with its answer."""

    question: str
    text: str
    study: str  # the study that it comes from; empty for all of them


def copy(named: Sequence[tuple[StudyRecord, Tables]]) -> Answer:
    """Which of the named settings to copy: the one that is shown to be better than the baseline most often.

    Of equals, the one that has the highest mean most often. Without a baseline only the means decide. `named`: the
    studies that compare them, the first one is linked.
    """
    study = named[0][0]
    found = {name: levels(one, tables, name) for one, tables in named for name in one.environments}
    highest = Counter(first.name for of_one in found.values() if (first := best(of_one)))
    better = Counter(one.name for of_one in found.values() for one in of_one if one.shown > 0)
    top = max(study.settings, key=lambda setting: (better[name_of(setting)], highest[name_of(setting)]))
    if not highest:
        text = "No run finished."
    elif study.baseline_label and not better and not top.is_baseline:
        baseline = next(name_of(setting) for setting in study.settings if setting.is_baseline)
        text = f"None is shown to be better than {baseline}. The highest mean final return: {_highest(found)}."
    else:
        text = " ".join([f"{capital(name_of(top))}.", *_compared(top, found), *_better_elsewhere(top, found)])
    return Answer("Which settings should I copy?", text, study.name)


def asked(study: StudyRecord, tables: Tables) -> Answer:
    """The answer to a study's own question: which settings are shown to raise or lower the mean final return."""
    words = [_changes(levels(study, tables, name), context(study, name)) for name in study.environments[:MOST]]
    return Answer(study.question, " ".join(words), study.name)


def _changes(found: Sequence[Level], where: str) -> str:
    base = baseline_of(found)
    others = [one for one in found if one is not base]
    if base is None:
        return f"{capital(where)} the study has no baseline."
    parts = {
        "shown to raise it": [f"{one.name} ({one.words})" for one in others if one.shown > 0],
        "to lower it": [f"{one.name} ({one.words})" for one in others if one.shown < 0],
        "not shown to change it": [f"{one.name} ({one.words})" for one in others if one.shown == 0],
    }
    told = "; ".join(f"{words}: {joined(names)}" for words, names in parts.items() if names)
    return f"{capital(where)} the mean final return at {base.name} is {base.words}; {told}."


def verdicts(claims: pd.DataFrame) -> Answer:
    """How many tests support what is claimed, in all and at each centre. `claims`: the paper's claims.csv."""
    sentences = counted(claims["says"].nunique(), "sentence")
    text = f"{sentences}, split into {counted(len(claims), 'test')}: {_counts(claims)}."
    centres = claims["centre"].fillna("")
    at_centres = [f"around {name}, {_counts(claims[centres == name])}" for name in dict.fromkeys(centres) if name]
    if at_centres:
        text += f" {capital('; '.join(at_centres))}."
    return Answer("Are the sentences right?", text, "")


def _counts(claims: pd.DataFrame) -> str:
    counts = claims["verdict"].value_counts()
    return joined([f"{counts[name]} {name}" for name in VERDICTS if name in counts])


def value(studies: Sequence[tuple[StudyRecord, Tables]]) -> Answer:
    """Which value of a hyperparameter has the highest mean final return. `studies`: those that change it alone."""
    question = f"Which {short_name(studies[0][0].setting_axes[0])}?"
    found = [(study, name, levels(study, tables, name)) for study, tables in studies for name in study.environments]
    known = [(study, name, of_one, top) for study, name, of_one in found if (top := best(of_one))]
    if len(known) > MOST:
        places = [f"{top.setting.value} {context(study, name)} ({top.words})" for study, name, _, top in known]
        text = f"The highest mean final return: {'; '.join(places)}."
    else:
        several = len(found) > 1
        words = [_best_value(of_one, context(study, name) if several else "") for study, name, of_one, _ in known]
        text = " ".join(words) or "No run finished."
    return Answer(question, text, studies[0][0].name)


def context(study: StudyRecord, environment: str) -> str:
    """Where a result holds: `around article in CartPole-v1`."""
    return f"around {study.centre} in {environment}" if study.centre else f"in {environment}"


def largest_change(factors: Sequence[tuple[StudyRecord, Tables]]) -> Answer:
    """The change of one hyperparameter that raises the mean final return most."""
    question = "Which change of one hyperparameter helps most?"
    changes = [
        (one.mean - base.mean, one, base, study, name)
        for study, tables in factors
        for name in study.environments
        if (base := baseline_of(found := levels(study, tables, name)))
        for one in found
        if not one.setting.is_baseline
    ]
    tried = f"{len(changes)} changes"
    shown = [change for change in changes if change[1].shown > 0]
    if not shown:
        return Answer(question, f"None of {tried} is shown to raise the mean final return.", "")
    _, one, base, study, name = max(shown, key=lambda change: change[0])
    text = (
        f"{capital(one.setting.label)}: {context(study, name)} the mean final return is {one.words} instead of "
        f"{base.words} (difference {one.difference}). Of {tried}, {len(shown)} are shown to raise it and "
        f"{sum(change[1].shown < 0 for change in changes)} to lower it."
    )
    return Answer(question, text, study.name)


def selection(study: StudyRecord, tables: Tables) -> Answer:
    """What the setting that a study selects on tuning seeds scores on fresh seeds."""
    winners = tables["tuning"]
    words = [
        _overstated(row, name_of(study.placed[row["configuration"]][0]))
        for _, row in winners[winners["choice"] == "highest"].head(MOST).iterrows()
    ]
    return Answer("How much does selection overstate the result?", " ".join(words) or "No run finished.", study.name)


def _overstated(row: pd.Series, selected: str) -> str:
    difference = interval(row["shrinkage"], row["shrinkage_low"], row["shrinkage_high"])
    means = f"{number(row['tuning_mean'])} on the tuning seeds and {number(row['reporting_mean'])} on fresh ones"
    return f"In {row['env_id']} {selected} is selected: {means} (difference {difference})."


def _compared(top: Setting, found: dict[str, list[Level]]) -> list[str]:
    """Sentences on the environments in which `top` is shown to differ from the baseline, and in which not.

    If `top` is the baseline, it is compared with the best of the others.
    """
    places: dict[int, list[str]] = {1: [], -1: [], 0: []}  # where it is shown to be higher, lower, neither
    rivals: list[str] = []
    for environment, of_one in found.items():
        ours = next((one for one in of_one if one.name == name_of(top)), None)
        rival = best([one for one in of_one if one.name != name_of(top)]) if top.is_baseline else baseline_of(of_one)
        if ours and rival:
            rivals.append(rival.name)
            shown = -rival.shown if top.is_baseline else ours.shown
            between = "instead of" if shown else "and"
            places[shown].append(f"{environment} ({ours.words} {between} {rival.words})")
    than = f"than that of {joined(list(dict.fromkeys(rivals)))} "
    sides = [(side, joined(places[shown])) for side, shown in (("higher", 1), ("lower", -1)) if places[shown]]
    differs = [f"{side} {'' if number else than}in {where}" for number, (side, where) in enumerate(sides)]
    words = [f"Its mean final return is shown to be {' and '.join(differs)}."] if differs else []
    return [*words, *([f"No difference is shown in {joined(places[0])}."] if places[0] else [])]


def _better_elsewhere(top: Setting, found: dict[str, list[Level]]) -> list[str]:
    """A sentence on the environments in which another setting has a higher mean, unless `_compared` has said so."""
    others = {}
    for environment, of_one in found.items():
        ours = next((one for one in of_one if one.name == name_of(top)), None)
        highest = best(of_one)
        said = ours and ours.shown < 0 and highest and highest.setting.is_baseline
        if ours and highest and highest.mean > ours.mean and not said:
            others[environment] = of_one
    return [f"Another setting has a higher mean: {_highest(others)}."] if others else []


def _highest(found: dict[str, list[Level]]) -> str:
    """The setting with the highest mean in each environment."""
    tops = {environment: top for environment, of_one in found.items() if (top := best(of_one))}
    return joined([f"{top.name} in {environment} ({top.words})" for environment, top in tops.items()])


def _best_value(found: Sequence[Level], where: str) -> str:
    """A sentence on the best value in one place; `where` is empty if there is no other place."""
    top, base = best(found), baseline_of(found)
    assert top is not None
    tried = listed([one.setting.value for one in found], ", ")
    name = f"{capital(where)}, {top.setting.value}" if where else capital(top.setting.value)
    start = f"{name} has the highest mean final return, {top.cell}, of {tried}."
    if base is None:
        return start
    if top is base:
        lower = [f"{one.setting.value} ({one.words})" for one in found if one.shown < 0]
        rest = [one.setting.value for one in found if one.shown == 0 and one is not base]
        end = f" Shown to be lower: {joined(lower)}." if lower else ""
        return start + end + (f" Not shown to differ: {joined(rest)}." if rest else "")
    verb = "is shown" if top.shown > 0 else "is not shown"
    return f"{start} That this is more than at the baseline's {base.setting.value} ({base.words}) {verb}."
