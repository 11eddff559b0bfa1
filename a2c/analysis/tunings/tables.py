"""From the records of a tuning to all its tables."""

import pandas as pd

from a2c.analysis.stats.intervals import t_interval
from a2c.analysis.tunings.anytime import anytime
from a2c.analysis.tunings.best import best
from a2c.analysis.tunings.chosen import by_tuner, chosen, compared, known
from a2c.analysis.tunings.importance import importance
from a2c.analysis.tunings.ranges import shares
from a2c.config.tunings import REFERENCES, Tuning


def tables_of(
    tuning: Tuning, trials: pd.DataFrame, tests: pd.DataFrame, references: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """All tables of a tuning, by file stem: a pure function of its records, see `a2c.tuning.records`.

    The tables are those of `chosen`, `by_tuner` (tuners), `compared` (comparisons), `anytime`, `importance`, `shares`
    (ranges), and `best` in the modules beside this one; `references`: reference, configuration, n (seeds with a
    score), n_failed (those without), mean, low, high, interval (words).
    """
    planned = [(budget, *job) for budget in tuning.budgets for job in tuning.jobs if job[0] != REFERENCES]
    choices = chosen(trials, tests, planned)
    return {
        "chosen": choices,
        "tuners": by_tuner(choices),
        "comparisons": compared(choices, references),
        "anytime": anytime(trials, tuning.trials, tuning.seeds_per_trial),
        "importance": importance(trials, tuning.space),
        "ranges": shares(trials, tuning.space, tuning.recommended, tuning.good),
        "references": _references(references),
        "best": best(choices, tests),
    }


def _references(references: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name, runs in references.groupby("reference", sort=False):
        scores = known(runs["score"])
        found = t_interval(scores)
        rows.append(
            {
                "reference": name,
                "configuration": runs["configuration"].iloc[0],
                "n": len(scores),
                "n_failed": len(runs) - len(scores),
                "mean": found.estimate,
                "low": found.low,
                "high": found.high,
                "interval": found.words,
            }
        )
    columns = ["reference", "configuration", "n", "n_failed", "mean", "low", "high", "interval"]
    return pd.DataFrame(rows, columns=columns)
