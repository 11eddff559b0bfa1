"""Sentences that the captions of several figures and the notes of several tables share. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from a2c.analysis.references import top_of_scale
from a2c.config.measures import TITLES
from a2c.report.numbers import interval, number, share, thousands
from a2c.report.rows import Tables, rows_at, rows_of
from a2c.runs.study import Setting, StudyRecord
from a2c.words import with_and

if TYPE_CHECKING:
    import pandas as pd

MEASURES = {name: TITLES[name] for name in ("final_return", "auc")}  # that are drawn over several environments
LISTED = 8  # the most settings or environments that a sentence lists
WHY_NONE = {  # in place of an interval (CSV files), after "none where"
    "too few seeds for an interval": "there are too few seeds",
    "no finished run": "no run finished",
}


def evidence(study: StudyRecord, tables: Tables) -> str:
    """The number of seeds and the budget. Tables: summary."""
    seeds = sorted(set(tables["summary"]["n_seeds"].astype(int)))
    count = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    return f"n = {count} seeds per setting; budget {thousands(study.total_steps)} agent steps per run."


def failures(study: StudyRecord, tables: Tables) -> str:
    """How many of how many runs failed, and at which settings. Tables: summary."""
    summary = tables["summary"]
    total = share(summary["n_failed"].sum(), summary["n_seeds"].sum())
    if not summary["n_failed"].sum():
        return f"Failed runs: {total}."
    failed = summary[summary["n_failed"] > 0].set_index("configuration")
    where = [
        f"{place(study, configuration)}: {share(*failed.loc[configuration, ['n_failed', 'n_seeds']])}"
        for configuration in study.placed
        if configuration in failed.index
    ]
    return (
        f"Failed runs (diverged, or without a finished episode): {total} ({listed(where, '; ')}); "
        "means are over the others."
    )


def where(study: StudyRecord) -> str:
    """The environments of a study."""
    return listed(study.environments, ", ")


def place(study: StudyRecord, configuration: str) -> str:
    """The setting and, of several environments, the environment of a configuration."""
    setting, environment = study.placed[configuration]
    if len(study.environments) == 1:
        return setting.label
    return f"{environment}, {setting.label}" if study.compares else environment


def solved(study: StudyRecord, before: str) -> str:
    """`before` and the return at which each environment counts as solved; empty where none has one."""
    known = [
        number(level) if len(study.thresholds) == 1 else f"{name} {number(level)}"
        for name, level in study.thresholds.items()
        if level is not None
    ]
    return f"{before}the return that counts as solved ({listed(known, ', ')})" if known else ""


def joined(items: Sequence[str]) -> str:
    """`a, b and c`; the first of many, and how many more there are."""
    return listed(items, ", ") if len(items) > LISTED else with_and(items)


def listed(items: Sequence[str], separator: str) -> str:
    """The first items of a list, and how many more there are."""
    more = f"{separator}and {len(items) - LISTED} more" if len(items) > LISTED else ""
    return separator.join(items[:LISTED]) + more


def marks(tables: Tables) -> str:
    """The black marks of a figure, with the kind of their intervals. Tables: summary."""
    summary = tables["summary"]
    known = summary[["final_return_low", "auc_low"]].notna().to_numpy().any()
    return f"{'black, the mean with its interval' if known else 'hollow, the mean'} ({kinds_of_interval(summary)})"


def kinds_of_interval(summary: pd.DataFrame) -> str:
    """The kind of the means' intervals, and where there is none."""
    columns = (summary["final_return_interval"], summary["auc_interval"])
    words = dict.fromkeys(word for column in columns for word in column.dropna())
    kinds = [word for word in words if word.startswith("t ")]
    reasons = [word for word in words if word not in kinds]
    if not kinds:
        return ", ".join(reasons)
    none = f"; none where {' or '.join(WHY_NONE.get(word, word) for word in reasons)}" if reasons else ""
    return f"Student-{kinds[0]}, may exceed the possible returns{none}"


def see_final_return(study: StudyRecord, tables: Tables) -> str:
    """The highest and the lowest mean final return. Tables: summary."""
    return _extremes(study, tables, "final_return")


def see_both(study: StudyRecord, tables: Tables) -> str:
    """The highest and the lowest mean final return and area under the curve. Tables: summary."""
    return f"{_extremes(study, tables, 'final_return')} {_extremes(study, tables, 'auc')}"


def _extremes(study: StudyRecord, tables: Tables, measure: str) -> str:
    several = len(study.environments) > 1
    sentences = []
    for name in study.environments[:LISTED]:
        words = _extremes_in(study, tables["summary"], measure, name)
        if words:
            sentences.append(f"{name}: {words}" if several else words)
    start = MEASURES[measure].capitalize()
    return f"{start}: {'. '.join(sentences)}." if sentences else f"{start}: no run finished."


def _extremes_in(study: StudyRecord, summary: pd.DataFrame, measure: str, environment: str) -> str:
    """The highest and the lowest mean in an environment, and the baseline's; empty where no run finished."""
    of_configurations = dict(zip(summary["configuration"], summary[f"{measure}_mean"], strict=True))
    means = [
        (float(of_configurations[setting.configurations[environment]]), setting)
        for setting in study.settings
        if environment in setting.configurations
    ]
    ranked = sorted((pair for pair in means if pair[0] == pair[0]), key=lambda pair: -pair[0])  # without NaN
    if not ranked:
        return ""
    if len(ranked) > 1 and ranked[0][0] == ranked[-1][0]:
        return f"the mean of every setting is {number(ranked[0][0])}"
    settings = [setting for _, setting in ranked]
    chosen = {"highest": settings[0], "lowest": settings[-1]} if len(settings) > 1 else {"mean": settings[0]}
    if len(settings) > 1 and (baseline := next((setting for setting in settings if setting.is_baseline), None)):
        chosen["baseline"] = baseline
    return "; ".join(
        f"{role}, {_level(study, summary, setting, environment, measure)}" for role, setting in chosen.items()
    )


def _level(study: StudyRecord, summary: pd.DataFrame, setting: Setting, environment: str, measure: str) -> str:
    row = rows_of(summary, setting.configurations[environment]).iloc[0]
    words = interval(row[f"{measure}_mean"], row[f"{measure}_low"], row[f"{measure}_high"], row[f"{measure}_interval"])
    return f"{setting.label} at {words}" if study.compares else words


def normalised_scores(study: StudyRecord) -> str:
    """What a normalised score is."""
    words = {"solved": "the return that counts as solved", "human": "a human player's published score"}
    one = " or ".join(words.get(word, word) for word in top_of_scale(study.thresholds).split(" or "))
    return f"normalised scores (0, a uniformly random policy; 1, {one})"


def interval_words(table: pd.DataFrame) -> str:
    """The kinds of interval that a table over environments names."""
    return "; ".join(dict.fromkeys(table["interval"].dropna()))


def see_interquartile_means(study: StudyRecord, tables: Tables) -> str:
    """The interquartile mean of each setting's final return. Tables: aggregates."""
    table = tables["aggregates"]
    table = table[(table["measure"] == "final_return") & (table["statistic"] == "iqm")]
    return f"Interquartile mean of the final return: {by_setting(study, table, 'value')}."


def by_setting(study: StudyRecord, table: pd.DataFrame, column: str) -> str:
    """Each setting with its number and interval in a table over environments."""
    words = [
        f"{setting.label} {interval(row[column], row['low'], row['high'], row['interval'])}"
        for setting in study.settings
        for _, row in rows_at(table, setting).iterrows()
    ]
    return listed(words, "; ")


def why_unscaled(study: StudyRecord, tables: Tables) -> str:
    """The reason why there are no normalised scores; empty where there are. Tables: aggregates."""
    table = tables["aggregates"]
    return "" if table["value"].notna().any() else f"No normalised scores: {interval_words(table)}."
