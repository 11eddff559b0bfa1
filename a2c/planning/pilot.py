"""How many seeds a study needs to find an effect, from the spread in a pilot's runs."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from a2c.analysis.stats.intervals import undefined
from a2c.analysis.stats.power import MOST_SEEDS, seeds_for_difference
from a2c.config import ConfigError

MEASURES = ("final_return", "auc", "eval_return")
COLUMNS = ["configuration", "point", "measure", "n", "deviation", "seeds", "seeds_in_study", "words"]
ALPHA = 0.05
MANY = f"more than {MOST_SEEDS} seeds"


def seeds_needed(pilot: Path, effect: float, power: float) -> pd.DataFrame:
    """For each configuration and measure of a pilot's runs.csv, the seeds with which two of its kind are told apart.

    That is: Welch's two-sided test finds a true difference of `effect` (in the measure's unit) with probability `power`
    between two configurations that both spread as this one. Columns: configuration, point (its values on the study's
    axes, in words), measure, n (runs of the pilot), deviation, seeds (of a single comparison), seeds_in_study (of
    Holm's first step, the hardest, where the pilot's configurations are all compared with one of them), words (why a
    number of seeds is missing). ConfigError if the file or a number is not what it has to be.
    """
    if not effect > 0:
        raise ConfigError(f"--effect: {effect} is not allowed; allowed: a number above 0")
    if not 0 < power < 1:
        raise ConfigError(f"--power: {power} is not allowed; allowed: a number between 0 and 1")
    runs = _read(pilot)
    names = runs["configuration"].unique()
    levels = ALPHA, ALPHA / max(len(names) - 1, 1)
    points = {str(name): _point(rows.iloc[0]) for name, rows in runs.groupby("configuration")}
    rows = []
    for measure, name in product(MEASURES, names):
        values = runs.loc[runs["configuration"] == name, measure].dropna().to_numpy(float)
        words, spread = undefined(values), float(values.std(ddof=1)) if values.size > 1 else np.nan
        seeds = [None if words else seeds_for_difference(effect, (spread, spread), alpha, power) for alpha in levels]
        rows.append([name, points[name], measure, values.size, spread, *seeds, words or ("" if all(seeds) else MANY)])
    return pd.DataFrame(rows, columns=COLUMNS).astype({"seeds": "Int64", "seeds_in_study": "Int64"})


def _point(run: pd.Series) -> str:
    """What stands between configuration and seed, the study's axes, as `gamma 0.9`."""
    axes = run.loc["configuration":"seed"].iloc[1:-1]
    named = [f"{axis} {'none' if pd.isna(value) else value}" for axis, value in axes.items()]
    return ", ".join(named).replace("_", " ")


def _read(pilot: Path) -> pd.DataFrame:
    needed = ("configuration", "seed", *MEASURES)
    try:
        runs = pd.read_csv(pilot, dtype=dict.fromkeys(MEASURES, float) | {"configuration": str})
    except OSError as error:
        raise ConfigError(f"{pilot}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{pilot}: not a study's runs.csv: {error}") from None
    for column in needed:
        if column not in runs:
            raise ConfigError(f"{pilot}: {column}: missing; it has to be a column, as in a study's runs.csv")
    return runs


def render(table: pd.DataFrame) -> str:
    """The table for the terminal: points where the study has axes, words where there are any."""
    table = table.drop(columns="configuration" if table["point"].any() else "point")
    table = table if table["words"].any() else table.drop(columns="words")
    return table.to_string(index=False, na_rep="-", float_format="{:.1f}".format)
