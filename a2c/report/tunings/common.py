"""What the figures and tables of a tuning share: words for tuners and scores, rows, sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a2c.config.measures import ALPHA, TITLES, UNIT
from a2c.report.numbers import interval, is_missing, thousands
from a2c.report.rows import Tables
from a2c.runs.tuning_study import TuningRecord
from a2c.words import capital, counted, with_and

if TYPE_CHECKING:
    import pandas as pd

TUNERS = {
    "grid": "grid",
    "random": "random search",
    "tpe": "TPE",
    "cmaes": "CMA-ES",
    "hyperband": "Hyperband",
    "asha": "ASHA",
}


def score_of(record: TuningRecord) -> str:
    """What a tuning maximises, with its unit."""
    return f"{TITLES[record.tuning.measure]} ({UNIT})"


def at_budget(tables: Tables, name: str, budget: int) -> pd.DataFrame:
    """The rows of a table for a budget."""
    return tables[name][tables[name]["budget"] == budget]


def with_interval(row: pd.Series, name: str) -> str:
    """A mean over repeats with its interval, or the reason why there is none; how many repeats have no score."""
    words = of_repeats(row[f"{name}_interval"])
    text = interval(row[name], row[f"{name}_low"], row[f"{name}_high"], words)
    left_out = words.partition("; ")[2]
    return text if not left_out or left_out in text else f"{text} ({left_out})"


def of_repeats(words: object) -> str:
    """The kind of an interval, or why there is none, where the sample is one of repeats: `all repeats tie`."""
    return str(words).replace("seeds", "repeats")


def highest(rows: pd.DataFrame, column: str) -> list[str]:
    """The tuners with the highest value in a column; several if they tie."""
    return [TUNERS[tuner] for tuner in rows.loc[rows[column] == rows[column].max(), "tuner"]]


def evidence(record: TuningRecord, tables: Tables) -> str:
    """Environment, budgets, repeats, seeds and intervals."""
    one = record.tuning
    configuration = one.base_configuration
    return (
        f"{configuration.env_id}, {thousands(configuration.total_steps)} agent steps per run; "
        f"{counted(one.repeats, 'repeat')} of each tuner, {counted(one.trials, 'trial')} of "
        f"{counted(one.seeds_per_trial, 'seed')} at full length in each; "
        f"{len(one.test_seeds)} test seeds that no tuner saw. A tuner's mean is over its repeats; "
        "95 % intervals."
    )


def leader(record: TuningRecord, tables: Tables) -> str:
    """The tuner with the highest test score at the whole budget, and whether any is shown to beat random search."""
    rows = at_budget(tables, "tuners", record.tuning.trials)
    known = rows[rows["test_score"].notna()]
    if known.empty:
        return "No choice has a test score."
    best = known.sort_values("test_score", kind="stable").iloc[-1]
    names = highest(known, "test_score")
    have = "has" if len(names) == 1 else "have"
    words = f"{with_and(names)} {have} the highest test score, {with_interval(best, 'test_score')}"
    compared = tables["comparisons"]
    against = compared[(compared["budget"] == record.tuning.trials) & (compared["reference"] == "random")]
    better = [TUNERS[row["tuner"]] for _, row in against.iterrows() if is_shown(row) and row["difference"] > 0]
    if against.empty:
        return f"{capital(words)}."
    told = f"{', '.join(better)} shown to be better" if better else "no tuner shown to be better"
    return f"{capital(words)}; {told} than random search."


def is_shown(row: pd.Series) -> bool:
    """Whether a difference is significant after the correction."""
    return bool(not is_missing(row["p_adjusted"]) and row["p_adjusted"] < ALPHA)
