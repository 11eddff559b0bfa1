"""How many seeds it takes to find an effect, from the spread over seeds in a pilot's runs."""

import io
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from a2c.analysis.stats.intervals import undefined
from a2c.analysis.stats.power import MOST_SEEDS, seeds_for_difference
from a2c.config import ConfigError
from a2c.config.files import read_text
from a2c.config.tested import PlannedStudy
from a2c.terminal import aligned

OF_MEASURES = "measures.csv"
MEASURES = ("final_return", "auc", "eval_return")
COLUMNS = ["configuration", "point", "measure", "n", "deviation", "seeds", "seeds_in_study", "words"]
ALPHA = 0.05
MEANING = (
    "n: runs of the pilot. deviation: standard deviation over its seeds, in the unit of the measure.\n"
    "seeds: of each of two settings, to find the effect by Welch's test at 5 %. seeds in study: the same where all\n"
    "settings are compared with one of them (Holm's correction)."
)
TOO_MANY = f"more than {MOST_SEEDS} seeds"


def seeds_needed(pilot: Path, effect: float, power: float) -> pd.DataFrame:
    """The seeds that a comparison needs, for each configuration and measure of a pilot's runs.csv.

    With so many seeds of each, Welch's two-sided test finds a true difference of `effect` (in the unit of the measure)
    with probability `power`, if both configurations have the deviation of this one.

    Columns: configuration, point (its values on the study's axes), measure, n (runs in the pilot), deviation, seeds (of
    a single comparison), seeds_in_study (if all configurations are compared with one of them: of the first step of
    Holm's correction, the strictest), words (why a number of seeds is missing). Raises ConfigError if the file or a
    number is not valid.
    """
    if not effect > 0:
        raise ConfigError(f"--effect: {effect} is not allowed; allowed: a number above 0")
    if not 0 < power < 1:
        raise ConfigError(f"--power: {power} is not allowed; allowed: a number between 0 and 1")
    runs = read_runs(pilot)
    names = runs["configuration"].unique()
    levels = ALPHA, ALPHA / max(len(names) - 1, 1)
    points = {str(name): _point(group.iloc[0]) for name, group in runs.groupby("configuration")}
    rows = []
    for measure, name in product(MEASURES, names):
        values = runs.loc[runs["configuration"] == name, measure].dropna().to_numpy(float)
        words, deviation = undefined(values), float(values.std(ddof=1)) if values.size > 1 else np.nan
        pair = (deviation, deviation)
        seeds = [None if words else seeds_for_difference(effect, pair, alpha, power) for alpha in levels]
        words = words or ("" if all(seeds) else TOO_MANY)
        rows.append([name, points[name], measure, values.size, deviation, *seeds, words])
    return pd.DataFrame(rows, columns=COLUMNS).astype({"seeds": "Int64", "seeds_in_study": "Int64"})


def render(table: pd.DataFrame) -> str:
    """The table as text, without the columns that say nothing: points if there are none, words if all are empty."""
    table = table.drop(columns="configuration" if table["point"].any() else "point")
    table = table if table["words"].any() else table.drop(columns="words")
    cells = [["-" if pd.isna(cell) else _cell(cell) for cell in row] for row in table.itertuples(index=False)]
    left = ["configuration", "point", "measure", "words"]
    return f"{aligned(list(map(str, table)), cells, left)}\n\n{MEANING}"


def _cell(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value).replace("_", " ")


def read_runs(path: Path) -> pd.DataFrame:
    """A study's runs.csv. ConfigError if it cannot be read or lacks a column."""
    try:
        runs = pd.read_csv(io.StringIO(read_text(path)), dtype=dict.fromkeys(MEASURES, float) | {"configuration": str})
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"{path}: not a study's runs.csv: {error}") from None
    for column in ("configuration", "seed", *MEASURES):
        if column not in runs:
            raise ConfigError(f"{path}: {column}: missing; it has to be a column, as in a study's runs.csv")
    return runs


class Value(NamedTuple):
    """A measure of one run, and the bounds between which it is known to lie."""

    value: float
    low: float
    high: float


class Pilot:
    """Runs of a paper's configurations with other seeds.

    Of studies `runs.csv`, and the `measures.csv` beside each. Of gradient studies `measures.csv`, in a folder with the
    name of the study, as the same estimators stand in several.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._samples: dict[tuple[str, str, str], dict[int, Value]] = {}
        self._seeds: dict[Path, dict[tuple[str, str], set[int]]] = {}
        for path in paths:
            if path.name == OF_MEASURES:
                self._keep(path, path.parent.name, _read_measures(path))
            else:
                self._keep_study(path)

    def seeds(self, study: PlannedStudy) -> dict[Path, set[int]]:
        """By file the seeds that it has of the study's configurations, or of its estimators."""
        names = {(_owner(study), name) for name in (study.point_names if _owner(study) else study.configuration_names)}
        return {
            path: {seed for key, seeds in of_file.items() if key in names for seed in seeds}
            for path, of_file in self._seeds.items()
        }

    def values(self, study: PlannedStudy, measure: str, point: str) -> dict[int, Value]:
        """The values of a measure at a point of a study, by seed; empty if no file has them."""
        return self._samples.get((_owner(study), measure, point), {})

    def _keep_study(self, path: Path) -> None:
        runs = read_runs(path)
        for measure in MEASURES:
            self._keep(path, "", runs.assign(measure=measure, value=runs[measure]))
        beside = path.with_name(OF_MEASURES)
        if beside.exists():
            self._keep(path, "", _read_measures(beside))

    def _keep(self, path: Path, owner: str, rows: pd.DataFrame) -> None:
        """Keep columns `measure`, `configuration`, `seed`, `value` and bounds: a run of several studies once."""
        seeds = self._seeds.setdefault(path, {})
        for configuration, group in rows.groupby("configuration"):
            seeds.setdefault((owner, str(configuration)), set()).update(group["seed"].astype(int))
        known = rows.dropna(subset="value")
        known = known if {"low", "high"} <= set(known) else known.assign(low=known["value"], high=known["value"])
        for (measure, name), group in known.groupby(["measure", "configuration"]):
            kept = self._samples.setdefault((owner, str(measure), str(name)), {})
            numbers = group[["value", "low", "high"]].to_numpy(float)
            kept |= {int(seed): Value(*row) for seed, row in zip(group["seed"], numbers.tolist(), strict=True)}


def _owner(study: PlannedStudy) -> str:
    """The gradient study that values belong to; empty for a study of runs, which may stand in several studies."""
    return study.name if study.kind == "gradients" else ""


def _read_measures(path: Path) -> pd.DataFrame:
    """The measures.csv of a study of either kind. ConfigError if it is not one."""
    kinds: dict[str, type] = {"configuration": str, "measure": str, "value": float, "low": float, "high": float}
    try:
        rows = pd.read_csv(io.StringIO(read_text(path)), dtype=kinds)
        bounds = [column for column in ("low", "high") if column in rows]
        return rows[["measure", "configuration", "seed", "value", *bounds]].astype({"seed": int})
    except (KeyError, ValueError) as error:
        raise ConfigError(f"{path}: not a study's {OF_MEASURES}: {error}") from None


def _point(run: pd.Series) -> str:
    """The columns between configuration and seed, which are the study's axes, as `gamma 0.9, n envs 8`."""
    axes = run.loc["configuration":"seed"].iloc[1:-1]
    values = [f"{axis} {'none' if pd.isna(value) else value}" for axis, value in axes.items()]
    return ", ".join(values).replace("_", " ")
