"""How many seeds it takes to find an effect, from the spread over seeds in a pilot's runs."""

import io
import math
import re
from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from a2c.analysis.stats.intervals import undefined
from a2c.analysis.stats.power import MOST_SEEDS, seeds_for_difference
from a2c.config import ConfigError
from a2c.config.errors import mistake
from a2c.config.files import read_text
from a2c.config.measures import ALPHA, PATTERN, RETURNS, measure_of
from a2c.config.seeds import LARGEST
from a2c.config.tested import PlannedStudy
from a2c.terminal import aligned

OF_MEASURES = "measures.csv"
BOUNDS = ("low", "high")  # columns of those of gradient studies
COLUMNS = ["configuration", "point", "measure", "n", "deviation", "seeds", "seeds_in_study", "words"]
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
    if not 0 < effect < math.inf:
        raise ConfigError(f"--effect: {effect} is not allowed; allowed: a finite number above 0")
    if not 0 < power < 1:
        raise ConfigError(f"--power: {power} is not allowed; allowed: a number between 0 and 1")
    runs = read_runs(pilot)
    names = runs["configuration"].unique()
    levels = ALPHA, ALPHA / max(len(names) - 1, 1)
    points = {str(name): _point(group.iloc[0]) for name, group in runs.groupby("configuration")}
    rows = []
    for measure, name in product(RETURNS, names):
        values = runs.loc[runs["configuration"] == name, measure].dropna().to_numpy(float)
        words, deviation = undefined(values), float(values.std(ddof=1)) if values.size > 1 else np.nan
        seeds = [None if words else _seeds_for(effect, deviation, alpha, power) for alpha in levels]
        words = words or ("" if all(seeds) else TOO_MANY)
        rows.append([name, points[name], measure, values.size, deviation, *seeds, words])
    return pd.DataFrame(rows, columns=COLUMNS).astype({"seeds": "Int64", "seeds_in_study": "Int64"})


def _seeds_for(effect: float, deviation: float, alpha: float, power: float) -> int | None:
    """The seeds of each of two samples with one deviation, whose powers may be too large or too small for a number."""
    in_deviations = effect / deviation if deviation else math.inf
    return seeds_for_difference(in_deviations, (1.0, 1.0), alpha, power)


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
    """A study's runs.csv. ConfigError if it cannot be read, lacks a column or has a cell that no study writes."""
    runs = _read_table(path, "runs.csv", ["configuration"], RETURNS)
    for measure in RETURNS:
        _check_cells(path, runs, measure, ~np.isinf(runs[measure]), "a finite number, or none")
    return runs


def _read_table(
    path: Path, name: str, texts: Sequence[str], numbers: Sequence[str], maybe: Sequence[str] = ()
) -> pd.DataFrame:
    """A table of a study with columns of text, `seed` and columns of numbers, in which empty cells are NaN.

    `name`: of such tables; `maybe`: columns of numbers that it need not have. ConfigError if it is not one.
    """
    try:
        table = pd.read_csv(io.StringIO(read_text(path)), dtype=dict.fromkeys([*texts, "seed", *numbers, *maybe], str))
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"{path}: not a study's {name}: {error}") from None
    for column in (*texts, "seed", *numbers):
        if column not in table:
            raise ConfigError(f"{path}: {column}: missing; it has to be a column, as in a study's {name}")
    for column in texts:
        _check_cells(path, table, column, table[column].notna(), "text")
    seeds = pd.to_numeric(table["seed"], errors="coerce")
    is_seed = seeds.between(0, LARGEST) & (seeds % 1 == 0)
    _check_cells(path, table, "seed", is_seed, f"a whole number from 0 to {LARGEST}")
    found = {
        column: pd.to_numeric(table[column], errors="coerce").astype(float)
        for column in (*numbers, *maybe)
        if column in table
    }
    for column, values in found.items():
        _check_cells(path, table, column, values.notna() | table[column].isna(), "a number, or none")
    return table.assign(seed=seeds.astype(int), **found)


def _check_cells(path: Path, table: pd.DataFrame, column: str, fits: "pd.Series[bool]", allowed: str) -> None:
    """ConfigError at the first cell of a column that does not fit."""
    if not fits.all():
        row = int(fits.to_numpy().argmin())
        cell = table[column].tolist()[row]
        raise mistake(str(path), f"row {row + 1}: {column}", "" if pd.isna(cell) else cell, allowed)


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
        for measure in RETURNS:
            self._keep(path, "", runs.assign(measure=measure, value=runs[measure]))
        beside = path.with_name(OF_MEASURES)
        if beside.exists():
            self._keep(path, "", _read_measures(beside))

    def _keep(self, path: Path, owner: str, rows: pd.DataFrame) -> None:
        """Keep columns `measure`, `configuration`, `seed`, `value` and bounds: a run of several studies once."""
        seeds = self._seeds.setdefault(path, {})
        for configuration, group in rows.groupby("configuration"):
            seeds.setdefault((owner, str(configuration)), set()).update(group["seed"])
        known = rows.dropna(subset="value")
        known = known if {"low", "high"} <= set(known) else known.assign(low=known["value"], high=known["value"])
        for (measure, name), group in known.groupby(["measure", "configuration"]):
            kept = self._samples.setdefault((owner, str(measure), str(name)), {})
            numbers = group[["value", "low", "high"]].to_numpy(float)
            kept |= {seed: Value(*row) for seed, row in zip(group["seed"].tolist(), numbers.tolist(), strict=True)}


def _owner(study: PlannedStudy) -> str:
    """The gradient study that values belong to; empty for a study of runs, which may stand in several studies."""
    return study.name if study.kind == "gradients" else ""


def _read_measures(path: Path) -> pd.DataFrame:
    """The measures.csv of a study of either kind. ConfigError if it is not one, or has a cell that no study writes."""
    rows = _read_table(path, OF_MEASURES, ["measure", "configuration"], ["value"], BOUNDS)
    bounds = [column for column in BOUNDS if column in rows]
    endless = rows["measure"].isin([name for name in rows["measure"].unique() if _may_be_infinite(name)])
    for column in ("value", *bounds):
        _check_cells(path, rows, column, endless | ~np.isinf(rows[column]), "a finite number, or none")
    for bound in bounds:
        _check_cells(path, rows, bound, rows[bound].notna() | rows["value"].isna(), "a number, as there is a value")
    return rows[["measure", "configuration", "seed", "value", *bounds]]


def _may_be_infinite(measure: str) -> bool:
    """Whether a measure has no end, as the time to solve: a run that never solved the task has an infinite one."""
    bounds = measure_of(measure).bounds if re.match(PATTERN, measure) else ""
    return not isinstance(bounds, str) and math.inf in bounds


def _point(run: pd.Series) -> str:
    """The columns between configuration and seed, which are the study's axes, as `gamma 0.9, n envs 8`."""
    axes = run.loc["configuration":"seed"].iloc[1:-1]
    values = [f"{axis} {'none' if pd.isna(value) else value}" for axis, value in axes.items()]
    return ", ".join(values).replace("_", " ")
