"""The setting to copy: the best of all that tuners chose, selected and reported on different seeds."""

import numpy as np
import pandas as pd

from a2c.analysis.stats.intervals import t_interval
from a2c.analysis.tunings.chosen import known

NAMES = ["tuner", "repeat", "trial", "configuration"]
COLUMNS = [
    *NAMES, "n_choices", "n_tied", "n_selecting", "selecting_mean", "n_reporting", "reporting_mean", "reporting_low",
    "reporting_high", "interval",
]  # fmt: skip


def best(choices: pd.DataFrame, tests: pd.DataFrame) -> pd.DataFrame:
    """The choice with the highest mean over the first half of the test seeds; the other half reports it.

    `choices` as `a2c.analysis.tunings.chosen.chosen` makes them, `tests` as `a2c.tuning.records` has them; those of the
    largest budget. The first of those that tie is taken. One with a failed run among the selecting seeds is not, as its
    mean would leave out the failure. One row, none where no choice is left: tuner, repeat, trial, configuration,
    n_choices, n_tied, n_selecting, selecting_mean, n_reporting (seeds with a score), reporting_mean, reporting_low,
    reporting_high, interval (words).
    """
    budget = choices["budget"].max()
    seeds = np.sort(tests["seed"].unique())
    first = set(seeds[: len(seeds) // 2])
    runs = tests[tests["budget"] == budget]
    parts = {
        place: (of_choice[of_choice["seed"].isin(first)]["score"], of_choice[~of_choice["seed"].isin(first)]["score"])
        for place, of_choice in runs.sort_values("seed").groupby(["tuner", "repeat"], sort=True)
    }
    means = {place: float(selecting.mean(skipna=False)) for place, (selecting, _) in parts.items()}
    complete = {place: mean for place, mean in means.items() if np.isfinite(mean)}
    if not complete:
        return pd.DataFrame(columns=COLUMNS)
    tuner, repeat = max(complete, key=lambda place: complete[place])
    selecting, reporting = parts[tuner, repeat][0], known(parts[tuner, repeat][1])
    row = choices[(choices["budget"] == budget) & (choices["tuner"] == tuner) & (choices["repeat"] == repeat)].iloc[0]
    found = t_interval(reporting)
    return pd.DataFrame(
        [
            {
                **{name: row[name] for name in NAMES},
                "n_choices": len(parts),
                "n_tied": sum(mean == complete[tuner, repeat] for mean in complete.values()),
                "n_selecting": len(selecting),
                "selecting_mean": complete[tuner, repeat],
                "n_reporting": len(reporting),
                "reporting_mean": found.estimate,
                "reporting_low": found.low,
                "reporting_high": found.high,
                "interval": found.words,
            }
        ],
        columns=COLUMNS,
    )
