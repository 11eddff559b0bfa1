"""From the records of a study's runs to all its tables."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis import curves
from a2c.analysis.against_baseline import comparison_table, stream
from a2c.analysis.claims.verdicts import measured, verdicts
from a2c.analysis.doctor.checklist import Signs
from a2c.analysis.doctor.checkup import checkup, published_signs
from a2c.analysis.environments import across_environments
from a2c.analysis.measures import RUN
from a2c.analysis.numbers import LAST_50
from a2c.analysis.points import with_points
from a2c.analysis.references import MIN_ENVIRONMENTS
from a2c.analysis.stats.bands import band
from a2c.analysis.stats.intervals import bca_interval, t_interval, tolerance_interval, wilson_interval
from a2c.analysis.summary import Summaries, joined, summaries_of, summarise
from a2c.analysis.tuning import winners
from a2c.config.measures import RETURNS
from a2c.config.metrics import all_metrics
from a2c.runs.reading import ThinBlock
from a2c.runs.study import StudyRecord

Array = NDArray[np.float64]
QUANTILES = {"median": 0.5, "low": 0.1, "high": 0.9}  # of recorded metrics


def aggregate(
    study: StudyRecord,
    episodes: pd.DataFrame,
    metrics: pd.DataFrame,
    evaluation: pd.DataFrame,
    status: pd.DataFrame,
    thin: Sequence[ThinBlock] = (),
) -> dict[str, pd.DataFrame]:
    """All tables of a study, by file stem. A pure function: the same records give the same tables, in any row order.

    The records (rows of other configurations and seeds are ignored):

    - `episodes`: configuration, seed, env, step, return, length
    - `metrics`: configuration, seed, step, and a column for each metric
    - `evaluation`: configuration, seed, mode, episode, return, length
    - `status`: configuration, seed, status (finished | diverged), step, reason; registration where the study has one;
      of whole and thin runs
    - `thin`: runs of which only numbers were published. They give the same tables as the whole ones

    The tables (`point` stands for a column per axis of the study, which has the axis's name, or `field.NAME` beside a
    column of that name):

    - `seed_curves`: configuration, seed, step, value; a diverged run's curve ends where it diverged
    - `curves`: configuration, step, mean, pointwise_low, pointwise_high, band_low, band_high, n_seeds; `n_seeds` is the
      number of runs in the mean: all with a final return
    - `runs`: configuration, point, seed, status, final_return, auc, eval_return, last_50, solved
    - `summary`: configuration, point, n_seeds (of the study), n_failed (without a final return: diverged, or not one
      episode finished), for each number _mean, _low, _high, _interval, _bca_low, _bca_high, _bca_interval, then
      solved_rate, solved_low, solved_high, and final_return_tolerance_low, _high, _interval
    - `comparisons`: measure, configuration, baseline, point, n, n_baseline, difference, low, high, effect_size,
      effect_low, effect_high, p, p_adjusted, low_adjusted, high_adjusted (at the levels of Holm's correction),
      p_permutation, method; only where there is something to compare
    - `diagnostics`: configuration, metric, step, median, low, high, n_seeds: median, 10 % and 90 % quantile over the
      runs that recorded the metric, of its means over 20 equal parts of the budget
    - `doctor`: see `a2c.analysis.doctor.checkup`
    - `measures`, `claims`: see `measured` and `verdicts` in `a2c.analysis.claims.verdicts`

    With tuning seeds also `tuning`: see `a2c.analysis.tuning.winners`.

    With three environments or more also these, over normalised scores: 0 for a uniformly random policy, 1 at the
    environment's registered reward threshold; a failed run scores 0. `setting` names a point without its environment,
    `axes` stand for a column per axis but env_id, `measure` is final_return, auc or eval_return. All end with
    n_environments, n_runs (seeds times environments) and n_failed. Low and high are missing where `interval`
    says why; where an environment has no reference return, value, fraction and so on are missing too:

    - `aggregates`: setting, axes, measure, statistic (iqm | mean | median | optimality_gap), value, low, high, interval
    - `aggregate_curves`: setting, axes, step, iqm, low, high, interval; the learning curves' interquartile mean
    - `profiles`: setting, axes, measure, tau (a score), fraction (of runs above it), low, high, interval
    - `improvement`: setting, baseline (a setting), axes, measure, probability (that a run of the setting scores higher
      than one of the baseline, mean over environments), low, high, interval
    - `sensitivity`: measure, best_for_all (a setting), score_for_all, score_tuned (the best setting in each
      environment), sensitivity (their difference), low, high, interval, dimensionality (axes to tune for each
      environment to keep 95 % of the tuned score), tuned_axes

    ValueError where a run of the study has no status, as it was not trained yet.
    """
    found = _summaries(study, episodes, metrics, evaluation, status, thin)
    reported = _of_seeds(found, study, study.seeds, status)
    runs, numbers = _runs(study, reported, status), reported.numbers
    measures = measured(study, runs, numbers)
    tables = {
        "seed_curves": reported.curves,
        "curves": _curves(study, reported.curves, runs),
        "runs": runs,
        "summary": _summary(study, runs),
        "comparisons": comparison_table(study, runs),
        "diagnostics": _diagnostics(study, reported.metrics),
        "doctor": checkup(study.configurations, study.seeds, _signs(numbers), status),
        "claims": verdicts(study, runs, measures, _registrations(study, status)),
    }
    if study.claims:
        tables["measures"] = measures
    if len(study.environments) >= MIN_ENVIRONMENTS:
        tables |= across_environments(study, runs, reported.curves)
    if study.tuning_seeds:
        tuning_runs = _runs(study, _of_seeds(found, study, study.tuning_seeds, status), status)
        tables["tuning"] = winners(study, tuning_runs, runs)
    return tables


def _summaries(
    study: StudyRecord,
    episodes: pd.DataFrame,
    metrics: pd.DataFrame,
    evaluation: pd.DataFrame,
    status: pd.DataFrame,
    thin: Sequence[ThinBlock],
) -> Summaries:
    """The summaries of whole and thin runs of the study's configurations, in any order."""
    budgets = {one.name: int(one.fields["total_steps"]) for one in study.configurations}
    thin_keys = {(block.configuration, run.seed) for block in thin for run in block.runs}
    keys = pd.MultiIndex.from_frame(status[RUN])
    whole = status[~keys.isin(thin_keys) & status["configuration"].isin(list(budgets))]
    parts = [summaries_of(block, study.total_steps) for block in thin]
    if len(whole) or not parts:
        kept = [table[table["configuration"].isin(list(budgets))] for table in (episodes, metrics, evaluation)]
        thresholds = {one.name: one.reward_threshold for one in study.configurations}
        parts.append(summarise(kept[0], kept[1], kept[2], whole, study.total_steps, budgets, thresholds))
    return joined(parts)


def _of_seeds(found: Summaries, study: StudyRecord, seeds: Sequence[int], status: pd.DataFrame) -> Summaries:
    """The summaries of the runs of the study with these seeds, in its order."""
    runs = pd.MultiIndex.from_product([[one.name for one in study.configurations], seeds], names=RUN)
    missing = runs.difference(pd.MultiIndex.from_frame(status[RUN]), sort=False)
    if len(missing):
        name, seed = missing[0]
        raise ValueError(f"study {study.name}: configuration {name} has no run with seed {seed}")
    numbers = found.numbers.set_index(RUN).loc[runs].reset_index()
    steps = curves.budget_grid(study.total_steps)[1:]
    repeated = [runs.get_level_values(name).repeat(len(steps)) for name in RUN]
    places = pd.MultiIndex.from_arrays([*repeated, np.tile(steps, len(runs))], names=[*RUN, "step"])
    seed_curves = found.curves.set_index([*RUN, "step"]).loc[places].reset_index()
    metrics = found.metrics[pd.MultiIndex.from_frame(found.metrics[RUN]).isin(runs)]
    return Summaries(numbers, seed_curves, metrics)


def _signs(numbers: pd.DataFrame) -> dict[tuple[str, int], Signs | None]:
    """The signs that the doctor looks at, by configuration and seed."""
    return {(row["configuration"], row["seed"]): published_signs(row) for row in numbers.to_dict("records")}


def _registrations(study: StudyRecord, status: pd.DataFrame) -> dict[str, set[str]]:
    """By configuration: the registrations that its reporting runs were trained under."""
    if study.registration is None:
        return {}
    reported = status[status["seed"].isin(study.seeds)]
    return {str(name): set(group) for name, group in reported.groupby("configuration")["registration"]}


def _runs(study: StudyRecord, summaries: Summaries, status: pd.DataFrame) -> pd.DataFrame:
    """The table `runs`."""
    ended = status.set_index(RUN)["status"]
    thresholds = {one.name: one.reward_threshold for one in study.configurations}
    rows = []
    for row in summaries.numbers[[*RUN, *RETURNS, LAST_50]].to_dict("records"):
        row["status"] = ended[(row["configuration"], row["seed"])]
        row["solved"] = curves.solved(row["final_return"], thresholds[row["configuration"]])
        rows.append(row)
    table = pd.DataFrame(rows, columns=[*RUN, "status", *RETURNS, LAST_50, "solved"])
    return _with_axes(study, table)


def _with_axes(study: StudyRecord, table: pd.DataFrame) -> pd.DataFrame:
    """The table with a column for each axis, behind the names of the configurations."""
    points = {one.name: one.point for one in study.configurations}
    return with_points(table, points, study.axes, key="configuration", after="configuration")


def _band_table(values: Array, steps: NDArray[np.int64], rng: np.random.Generator) -> pd.DataFrame:
    """Mean and bands of the rows of `values`, shape (seeds, steps), as columns."""
    return pd.DataFrame({"step": steps, **vars(band(values, rng)), "n_seeds": len(values)})


def _in_the_mean(study: StudyRecord, runs: pd.DataFrame) -> Iterator[tuple[str, list[int]]]:
    """Of each configuration the seeds with a final return: means and bands are taken over these."""
    finished = runs[runs["final_return"].notna()]
    for one in study.configurations:
        yield one.name, finished.loc[finished["configuration"] == one.name, "seed"].tolist()


def _curves(study: StudyRecord, seed_curves: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    wide = seed_curves.pivot(index=RUN, columns="step", values="value")
    steps = wide.columns.to_numpy()
    tables = []
    for name, seeds in _in_the_mean(study, runs):
        values = wide.loc[[(name, seed) for seed in seeds]].to_numpy(float)
        table = _band_table(values, steps, stream("curve", name))
        tables.append(table.assign(configuration=name))
    return _first(pd.concat(tables, ignore_index=True), "configuration")


def _diagnostics(study: StudyRecord, metrics: pd.DataFrame) -> pd.DataFrame:
    """Of each recorded metric the median and two quantiles over the runs that recorded it, each up to where it ended.

    Quantiles, as many metrics have heavy tails, and mean and interval of a positive metric may lie below 0.
    """
    names = [name for name in all_metrics() if name in metrics]
    tables = []
    for one in study.configurations:
        by_step = metrics[metrics["configuration"] == one.name].groupby("step")[names]
        parts = {name: by_step.quantile(share) for name, share in QUANTILES.items()} | {"n_seeds": by_step.count()}
        stacked = {
            name: part.melt(ignore_index=False, var_name="metric", value_name=name) for name, part in parts.items()
        }
        table = pd.concat([stacked["median"], *(stacked[name][name] for name in ("low", "high", "n_seeds"))], axis=1)
        tables.append(table.reset_index().assign(configuration=one.name))
    together = pd.concat(tables, ignore_index=True).dropna(subset="median").reset_index(drop=True)
    return _first(together, "configuration", "metric")


def _first(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The table with these columns in front."""
    return table[[*columns, *table.columns.drop(list(columns))]]


def _summary(study: StudyRecord, runs: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for one in study.configurations:
        name = one.name
        of_configuration = runs[runs["configuration"] == name]
        final = of_configuration["final_return"]
        row: dict[str, Any] = {"configuration": name, "n_seeds": len(final), "n_failed": int(final.isna().sum())}
        for number in RETURNS:
            values = of_configuration[number].dropna().to_numpy(float)
            row |= _interval_columns(number, values, stream(number, name))
        row |= _solved_columns(of_configuration["solved"])
        tolerance = tolerance_interval(final.dropna().to_numpy(float))
        row["final_return_tolerance_low"] = tolerance.low
        row["final_return_tolerance_high"] = tolerance.high
        row["final_return_tolerance_interval"] = tolerance.words
        rows.append(row)
    return _with_axes(study, pd.DataFrame(rows))


def _interval_columns(number: str, values: Array, rng: np.random.Generator) -> dict[str, Any]:
    t, bca = t_interval(values), bca_interval(values, rng)
    return {
        f"{number}_mean": t.estimate,
        f"{number}_low": t.low,
        f"{number}_high": t.high,
        f"{number}_interval": t.words,
        f"{number}_bca_low": bca.low,
        f"{number}_bca_high": bca.high,
        f"{number}_bca_interval": bca.words,
    }


def _solved_columns(solved: "pd.Series[float]") -> dict[str, float]:
    """Over all runs: one that failed has not solved the task. NaN without a reward threshold."""
    known = solved.dropna()
    rate = wilson_interval(int(known.sum()), len(known))
    return {"solved_rate": rate.estimate, "solved_low": rate.low, "solved_high": rate.high}
