"""An artificial study in the format of the aggregation. Its numbers are computed from its runs with NumPy and SciPy."""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from a2c.analysis.claims.tables import COLUMNS, MEASURED
from a2c.config import Configuration
from a2c.config.claims import Untested
from a2c.config.metrics import metrics_of
from a2c.report.catalogue import data_of
from a2c.report.lineage import write_data
from a2c.runs.study import STUDY, ConfigurationRecord, StudyRecord, read_study_record

BUDGET = 200_000
STEPS = np.linspace(BUDGET / 100, BUDGET, 100)
THRESHOLDS = {"CartPole-v1": 475.0, "Acrobot-v1": -100.0, "MountainCar-v0": -110.0, "LunarLander-v3": 200.0}
RANGES = {
    "CartPole-v1": (20, 480),
    "Acrobot-v1": (-500, -85),
    "MountainCar-v0": (-200, -150),
    "LunarLander-v3": (-250, 180),
}


def write_study(
    folder: Path,
    axes: dict[str, list[Any]],
    *,
    scales: dict[str, str] | None = None,
    baseline: dict[str, Any] | None = None,
    seeds: int = 10,
    diverged: tuple[tuple[int, int], ...] = (),
    tied: tuple[int, ...] = (),
    claims: tuple[dict[str, Any], ...] = (),
    title: str = "",
) -> Path:
    """Write a study. `diverged`: (configuration's index, seed); `tied`: configurations whose seeds all tie."""
    folder.mkdir(parents=True, exist_ok=True)
    points = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    entries = [_entry(index, point) for index, point in enumerate(points)]
    curves = {
        (index, seed): _curve(entry.env_id, index, seed, len(entries), (index, seed) in diverged, index in tied)
        for index, entry in enumerate(entries)
        for seed in range(seeds)
    }
    study = StudyRecord(
        name=folder.name,
        title=title or folder.name.replace("_", " ").capitalize(),
        description="A study made up for the tests.",
        base={"env_id": "CartPole-v1"},
        axes=axes,
        baseline=baseline or {},
        scales=scales or {},
        total_steps=BUDGET,
        seeds=list(range(seeds)),
        tuning_seeds=[],
        configurations=entries,
        claims=[untested(row, folder.name) for row in claims],
    )
    (folder / STUDY).write_text(study.text)
    tables = _tables(study, curves, set(diverged))
    if len(study.environments) >= 3:
        tables |= _across_environments(study, tables["runs"])
    tables["claims"] = pd.DataFrame(claims, columns=CLAIM_COLUMNS)
    if claims:
        tables["measures"] = pd.DataFrame(columns=MEASURED)
    tables["doctor"] = pd.DataFrame(
        [[entry.name, "nothing found", seeds, seeds, "0, 1", "", ""] for entry in entries],
        columns=["configuration", "finding", "n_found", "n_seeds", "seeds", "measured", "remedy"],
    )
    write_tables(folder, study, tables)
    return folder


def write_tables(folder: Path, study: StudyRecord, tables: dict[str, pd.DataFrame]) -> None:
    """Write tables like the aggregation, and a lineage with their checksums."""
    data = {f"{name}.csv": table.to_csv(index=False).encode() for name, table in tables.items()}
    write_data(study, data, folder, folder.parent.parent / "runs")


def untested(row: dict[str, Any], study: str) -> Untested:
    """The claim that a row of claims.csv belongs to."""
    return Untested(
        id=row["claim"], says=row["says"], where=row["where"], study=study, why=row["why"], test="not_tested"
    )


def change_claims(folder: Path, rows: list[dict[str, Any]], **changes: Any) -> None:
    """Replace the claims of a study, and apply `changes` to its study.json."""
    study = replace(read_study_record(folder), **changes)
    (folder / STUDY).write_text(study.text)
    data = {f"{name}.csv": (folder / f"{name}.csv").read_bytes() for name in data_of(study)}
    claims = pd.DataFrame(rows, columns=CLAIM_COLUMNS).to_csv(index=False).encode()
    write_data(study, data | {"claims.csv": claims}, folder, folder.parent.parent / "runs")


CLAIM_COLUMNS = COLUMNS


def claim(name: str, verdict: str, **more: Any) -> dict[str, Any]:
    """A row of claims.csv."""
    return {
        "claim": name,
        "centre": "",
        "says": "Too small (1e-5): training is very slow & takes 100 % longer",
        "part": "",
        "where": "Hyperparameter Tuning, Learning Rate",
        "measure": "auc",
        "how": "means",
        "subject": name_of(0),
        "reference": name_of(1),
        "verdict": verdict,
        "effect": -120.25,
        "low": -150.5,
        "high": -90.0,
        "p_adjusted": 0.0004,
        "n": 20,
        "seeds_needed": "37" if verdict == "inconclusive" else "",
        "figure": "sensitivity",
        "test": "Welch, one-sided, margin 25, Holm over 3",
        "why": "To see.",
        "caveat": "",
        **more,
    }


def name_of(index: int) -> str:
    """The name of a study's configuration."""
    return f"a2c_point-{index}_{index:010x}"


def _entry(index: int, point: dict[str, Any]) -> ConfigurationRecord:
    environment = point.get("env_id", "CartPole-v1")
    chosen = {axis: value for axis, value in point.items() if axis in Configuration.model_fields}
    fields = {"total_steps": BUDGET, **chosen}
    return ConfigurationRecord(name_of(index), environment, point, THRESHOLDS.get(environment), fields, [])


def _curve(environment: str, index: int, seed: int, count: int, diverges: bool, tied: bool) -> np.ndarray:
    """A logistic curve between the environment's worst and best return, missing at first and after a divergence."""
    rng = np.random.default_rng([index, 0 if tied else seed])
    low, high = RANGES.get(environment, (0, 100))
    level = low + (high - low) * np.clip(0.35 + 0.6 * index / count + 0.12 * rng.standard_normal(), 0, 1)
    speed = np.exp(rng.normal(0, 0.2))
    value = low + (level - low) / (1 + np.exp(-speed * (STEPS / BUDGET - 0.35) * 10))
    value += 0.01 * (high - low) * rng.standard_normal(len(STEPS))
    value[0] = np.nan
    if diverges:
        value[40:] = np.nan
    return value


def _tables(study: StudyRecord, curves: dict, diverged: set) -> dict[str, pd.DataFrame]:
    axes, seeds = list(study.axes), study.seeds
    seed_rows, curve_tables, run_rows, summary_rows, diagnostic_tables = [], [], [], [], []
    for index, entry in enumerate(study.configurations):
        name = entry.name
        matrix = np.array([curves[index, seed] for seed in seeds])
        for seed, values in zip(seeds, matrix, strict=True):
            seed_rows.append(pd.DataFrame({"configuration": name, "seed": seed, "step": STEPS, "value": values}))
            failed = (index, seed) in diverged
            final, auc = (np.nan, np.nan) if failed else (values[-10:].mean(), np.nanmean(values))
            run_rows.append(
                {"configuration": name, **{axis: entry.point[axis] for axis in axes}, "seed": seed,
                 "status": "diverged" if failed else "finished", "final_return": final, "auc": auc,
                 "eval_return": final + 3, "solved": bool(final >= (entry.reward_threshold or np.inf))}
            )  # fmt: skip
        curve_tables.append(_banded(name, matrix))
        for number, metric in enumerate(metrics_of("a2c")):
            noise = np.random.default_rng([index, number]).normal(0, 0.1, matrix.shape)
            center = 0.01 * (STEPS / BUDGET) if number % 2 else 2.5 * np.exp(-4 * STEPS / BUDGET) + 0.4
            values = center * (1 + 0.2 * index) + noise * center
            low, median, high = np.quantile(values, [0.1, 0.5, 0.9], axis=0)
            numbers = {"step": STEPS, "median": median, "low": low, "high": high, "n_seeds": len(seeds)}
            table = pd.DataFrame({"configuration": name, "metric": metric, **numbers})
            diagnostic_tables.append(table)
        runs = pd.DataFrame(run_rows[-len(seeds) :])
        summary_rows.append(_summary(name, entry, axes, runs))
    runs = pd.DataFrame(run_rows)
    return {
        "seed_curves": pd.concat(seed_rows),
        "curves": pd.concat(curve_tables),
        "runs": runs,
        "summary": pd.DataFrame(summary_rows),
        "comparisons": _comparisons(study, runs),
        "diagnostics": pd.concat(diagnostic_tables),
    }


def _across_environments(study: StudyRecord, runs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables over environments, with intervals of plus-minus 0.1, for drawing only."""
    environment = {entry.name: entry.env_id for entry in study.configurations}
    axes = study.setting_axes
    low, high = np.array([RANGES.get(environment[name], (0, 100)) for name in runs["configuration"]]).T
    scores = runs.assign(**{measure: (runs[measure] - low) / (high - low) for measure in ("final_return", "auc")})
    groups = list(scores.groupby(axes, sort=False)) if axes else [((), scores)]
    aggregates, profiles, improvement = [], [], []
    for (point, rows), measure in itertools.product(groups, ("final_return", "auc")):
        values = np.sort(rows[measure].dropna())
        place = {"setting": " ".join(map(str, point)) or study.title, **dict(zip(axes, point, strict=True)),
                 "measure": measure}  # fmt: skip
        counts = {"interval": "stratified bootstrap 95 %", "n_environments": 4, "n_seeds": len(rows),
                  "n_failed": int(rows[measure].isna().sum())}  # fmt: skip
        found = {"iqm": stats.trim_mean(values, 0.25), "mean": values.mean(), "median": np.median(values),
                 "optimality_gap": np.maximum(0, 1 - values).mean()}  # fmt: skip
        for name, value in found.items():
            aggregates.append(place | {"statistic": name, **_around(value, "value")} | counts)
        for tau in np.linspace(0, 1, 51):
            above = (values > tau).mean()
            profiles.append(place | {"tau": tau, **_around(above, "fraction")} | counts)
        if not study.baseline or dict(zip(axes, point, strict=True)) != study.baseline:
            improvement.append(place | {"baseline": "baseline"} | _around(0.7, "probability") | counts)
    aggregate_curves = [
        dict(zip(axes, point, strict=True)) | {"step": step, **_around(0.8 * step / BUDGET, "iqm")}
        | {"interval": "stratified bootstrap 95 %"}
        for point, _ in groups
        for step in STEPS
    ]  # fmt: skip
    sensitivity = [
        {"measure": measure, "best_for_all": groups[-1][1]["configuration"].iloc[0], "score_for_all": 0.6,
         "score_tuned": 0.7, "sensitivity": 0.1, "low": 0.05, "high": 0.15, "interval": "stratified bootstrap 95 %",
         "dimensionality": 1, "tuned_axes": axes[0] if axes else "", "n_environments": 4}
        for measure in ("final_return", "auc")
    ]  # fmt: skip
    return {
        "aggregates": pd.DataFrame(aggregates),
        "aggregate_curves": pd.DataFrame(aggregate_curves),
        "profiles": pd.DataFrame(profiles),
        "improvement": pd.DataFrame(improvement),
        "sensitivity": pd.DataFrame(sensitivity),
    }


def _around(value: float, name: str) -> dict[str, float]:
    return {name: value, "low": max(value - 0.1, 0), "high": value + 0.1}


def _banded(name: str, matrix: np.ndarray) -> pd.DataFrame:
    count = np.isfinite(matrix).sum(axis=0)
    mean = np.array([np.nanmean(column) if n else np.nan for column, n in zip(matrix.T, count, strict=True)])
    spread = np.array(
        [np.nanstd(column, ddof=1) if n > 1 else np.nan for column, n in zip(matrix.T, count, strict=True)]
    )
    half = stats.t.ppf(0.975, count - 1) * spread / np.sqrt(count)
    if len(matrix) < 5:
        half = np.full_like(mean, np.nan)
    return pd.DataFrame(
        {
            "configuration": name,
            "step": STEPS,
            "mean": mean,
            "pointwise_low": mean - half,
            "pointwise_high": mean + half,
            "band_low": mean - 1.6 * half,
            "band_high": mean + 1.6 * half,
            "n_seeds": count,
        }
    )


def _summary(name: str, entry: ConfigurationRecord, axes: list[str], runs: pd.DataFrame) -> dict[str, Any]:
    row = {"configuration": name, **{axis: entry.point[axis] for axis in axes}, "n_seeds": len(runs),
           "n_failed": int((runs["status"] == "diverged").sum())}  # fmt: skip
    for measure in ("final_return", "auc", "eval_return"):
        values = runs[measure].dropna()
        low, high, words = _t_interval(values)
        row |= {f"{measure}_mean": values.mean(), f"{measure}_low": low, f"{measure}_high": high,
                f"{measure}_interval": words, f"{measure}_bca_low": low, f"{measure}_bca_high": high,
                f"{measure}_bca_interval": words.replace("t 95", "BCa 95")}  # fmt: skip
    wilson = stats.binomtest(int(runs["solved"].sum()), len(runs)).proportion_ci(method="wilson")
    return row | {"solved_rate": runs["solved"].mean(), "solved_low": wilson.low, "solved_high": wilson.high}


def _t_interval(values: pd.Series) -> tuple[float, float, str]:
    if len(values) < 5:
        return np.nan, np.nan, "too few seeds for an interval"
    if np.ptp(values) == 0:
        return np.nan, np.nan, "all seeds tie"
    low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    return low, high, "t 95 %"


COMPARISON_COLUMNS = [
    "measure", "configuration", "baseline", "n", "n_baseline", "difference", "low", "high",
    "effect_size", "effect_low", "effect_high", "p", "p_adjusted", "low_adjusted", "high_adjusted", "method",
]  # fmt: skip


def _comparisons(study: StudyRecord, runs: pd.DataFrame) -> pd.DataFrame:
    baseline = study.baseline
    baselines = {
        entry.env_id: entry.name
        for entry in study.configurations
        if baseline and all(entry.point.get(axis) == value for axis, value in baseline.items())
    }
    rows = []
    for entry, measure in itertools.product(study.configurations, ("final_return", "auc")):
        other = baselines.get(entry.env_id)
        if other is None or other == entry.name:
            continue
        a, b = (runs.loc[runs["configuration"] == name, measure].dropna() for name in (entry.name, other))
        test = stats.ttest_ind(a, b, equal_var=False) if len(a) > 1 and np.ptp(a) > 0 else None
        bounds = test.confidence_interval() if test else (np.nan, np.nan)
        wide = test.confidence_interval(1 - 0.05 / 3) if test else (np.nan, np.nan)
        effect = (a.mean() - b.mean()) / np.sqrt((a.var() + b.var()) / 2)
        p = test.pvalue if test else np.nan
        rows.append(
            [measure, entry.name, other, len(a), len(b), a.mean() - b.mean(), *bounds, effect, effect - 0.9,
             effect + 0.9, p, np.minimum(1, 3 * p), *wide, "Welch, Holm over 3"]
        )  # fmt: skip
    return pd.DataFrame(rows, columns=COMPARISON_COLUMNS)
