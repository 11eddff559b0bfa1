"""The numbers of a run that figures, tables and verdicts are made from.

They are taken from a whole run, or read of a thin one, which has the same numbers: what is drawn is the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis import curves
from a2c.analysis.doctor.checklist import NO_SIGNS, Signs, signs_of
from a2c.analysis.doctor.checkup import SIGN
from a2c.analysis.measures import OF_CURVES, metric_numbers, names_of_metric_numbers
from a2c.config import Configuration
from a2c.runs.content import content_of
from a2c.runs.files import DamagedError
from a2c.runs.names import THIN_FILE
from a2c.runs.result import Result
from a2c.runs.thin import ThinRun, ThinRuns

Array = NDArray[np.float64]
RUN = ["configuration", "seed"]
RETURNS = ("final_return", "auc", "eval_return")
PARTS = 20  # equal parts of the budget that recorded metrics are averaged over


class Summaries(NamedTuple):
    """Tidy tables of some runs, each with the columns `configuration` and `seed`."""

    numbers: pd.DataFrame  # a row per run: `names_of_numbers`
    curves: pd.DataFrame  # step, value: the learning curve; that of a diverged run ends where it diverged
    metrics: pd.DataFrame  # step, a column per metric: the mean of its values since the row before


def names_of_numbers(metrics: Iterable[str]) -> list[str]:
    """The numbers that are taken of a run with these metrics, by name."""
    signs = [SIGN + name for name in Signs._fields]
    return [*RETURNS, *OF_CURVES, *names_of_metric_numbers(metrics), *signs]


def summarise(
    episodes: pd.DataFrame,
    metrics: pd.DataFrame,
    evaluation: pd.DataFrame,
    status: pd.DataFrame,
    total_steps: int,
    budgets: Mapping[str, int],
) -> Summaries:
    """The summaries of all runs in `status`; the tables are those of `a2c.analysis.study.aggregate`.

    `total_steps`: the budget that the runs are judged on; `budgets`: that of each configuration, which may be larger.
    """
    sampled = evaluation[evaluation["mode"] == "sampled"]
    tables = [dict(iter(table.groupby(RUN))) for table in (episodes, metrics, sampled)]
    nothing = [table.iloc[:0] for table in (episodes, metrics, sampled)]
    grid = curves.budget_grid(total_steps)[1:]
    rows, of_runs = [], []
    for row in status[[*RUN, "status", "step"]].itertuples(index=False):
        run = (row.configuration, row.seed)
        own = [table.get(run, empty) for table, empty in zip(tables, nothing, strict=True)]
        steps = budgets[row.configuration] if row.status == "finished" else int(row.step)
        curve = _curve(own[0], grid, total_steps, None if row.status == "finished" else steps)
        returns = _returns(own[0], curve, own[2], total_steps) if row.status == "finished" else {}
        of_curve = {name: function(curve) for name, function in OF_CURVES.items()}
        signs = signs_of(own[0], own[1], steps) or NO_SIGNS
        named = {SIGN + name: value for name, value in signs._asdict().items()}
        rows.append({**dict(zip(RUN, run, strict=True)), **returns, **of_curve, **named})
        of_runs.append(pd.DataFrame({"configuration": run[0], "seed": run[1], "step": grid, "value": curve}))
    names = metrics.columns.drop([*RUN, "step"])
    columns = [name for name in names_of_numbers(names) if ":" not in name or name.startswith(SIGN)]
    numbers = pd.DataFrame(rows, columns=[*RUN, *columns]).merge(
        metric_numbers(metrics, total_steps), how="left", left_on=RUN, right_index=True
    )
    parts = metric_parts(metrics, total_steps)
    return Summaries(numbers[[*RUN, *names_of_numbers(names)]], _joined(of_runs, "step", "value"), parts)


def summaries_of(name: str, total_steps: int, thin: ThinRuns, seeds: Iterable[int]) -> Summaries:
    """The summaries of the thin runs of the configuration `name` with these seeds.

    `total_steps`: its budget, which its runs are judged on.
    """
    grid, ends = curves.budget_grid(total_steps)[1:], part_ends(total_steps)
    runs = [thin.runs[seed] for seed in seeds]
    of_runs = [pd.DataFrame({"configuration": name, "seed": run.seed, "step": grid, "value": run.curve}) for run in runs]
    metrics = [
        pd.DataFrame(run.metrics, columns=thin.metrics).assign(configuration=name, seed=run.seed, step=ends)
        for run in runs
    ]
    numbers = pd.DataFrame([{"configuration": name, "seed": run.seed, **run.measures} for run in runs])
    parts = _joined(metrics, "step", *thin.metrics).dropna(how="all", subset=list(thin.metrics))
    return Summaries(numbers, _joined(of_runs, "step", "value"), parts)


def joined(several: Sequence[Summaries]) -> Summaries:
    """The summaries of several groups of runs as one."""
    return Summaries(*(pd.concat(tables, ignore_index=True) for tables in zip(*several, strict=True)))


def thin_runs(result: Result) -> ThinRuns:
    """What is published of the runs of a whole result as thin ones. DamagedError if a file is damaged."""
    config = result.configuration
    tables = (result.episodes, result.metrics, result.evaluation)
    episodes, metrics, evaluation = (table.to_pandas().assign(configuration=config.name) for table in tables)
    status = pd.DataFrame(
        [{"step": None, **result.manifest["runs"][str(seed)], "seed": seed} for seed in result.seeds]
    ).assign(configuration=config.name)
    names = tuple(result.metrics.column_names[2:])
    summaries = summarise(
        episodes, metrics, evaluation, status, config.total_steps, {config.name: config.total_steps}
    )
    numbers = summaries.numbers.set_index("seed")[names_of_numbers(names)]
    of_curves, of_metrics = (dict(iter(table.groupby("seed"))) for table in (summaries.curves, summaries.metrics))
    of_evaluation = dict(iter(evaluation.groupby("seed")))
    ends = part_ends(config.total_steps)
    runs = {}
    for seed in result.seeds:
        parts = of_metrics.get(seed, summaries.metrics.iloc[:0]).set_index("step")[list(names)].reindex(ends)
        played = of_evaluation.get(seed, evaluation.iloc[:0])
        checksums = content_of(result, seed)
        runs[seed] = ThinRun(
            seed,
            numbers.loc[seed].to_dict(),
            of_curves[seed]["value"].to_numpy(),
            parts.to_numpy(np.float32),
            played["return"].to_numpy(float),
            played["length"].to_numpy(np.int32),
            {name: checksums[name] for name in checksums if name in result.manifest["files"]},
        )
    return ThinRuns(names, runs)


def check_thin(result: Result) -> None:
    """DamagedError unless the numbers of thin runs are those that this version takes, and fit each other."""
    path, config, thin = result.folder / THIN_FILE, result.configuration, result.thin
    if lacking := [name for name in names_of_numbers(thin.metrics) if any(name not in r.measures for r in thin.runs.values())]:
        raise DamagedError(f"{path}: {lacking[0]}: missing, which this version draws; publish the runs again")
    for seed, run in thin.runs.items():
        finished = result.manifest["runs"][str(seed)]["status"] == "finished"
        for name, fits in _fits(config, run, finished).items():
            if not fits:
                raise DamagedError(f"{path}: seed {seed}: {name} does not fit the other numbers of the run")


def _fits(config: Configuration, run: ThinRun, finished: bool) -> dict[str, bool]:
    """Of each number of a thin run that follows from others, whether it does."""
    sampled = run.evaluation_return[: config.eval_episodes]
    returns = {"auc": curves.auc(run.curve), "eval_return": curves.eval_return(sampled)}
    expected = {**{name: function(run.curve) for name, function in OF_CURVES.items()}, **(returns if finished else {})}
    n_episodes = 2 * config.eval_episodes if finished else 0
    shapes = {
        "curve": run.curve.shape == (curves.POINTS,),
        "metrics": len(run.metrics) == PARTS,
        "evaluation": run.evaluation_return.shape == run.evaluation_length.shape == (n_episodes,),
    }
    if not all(shapes.values()):
        return shapes
    return {name: np.array_equal(run.measures[name], value, equal_nan=True) for name, value in expected.items()}


def part_ends(total_steps: int) -> NDArray[np.int64]:
    """The agent steps at which the parts of a budget end, [PARTS]."""
    return np.arange(1, PARTS + 1, dtype=np.int64) * total_steps // PARTS


def metric_parts(metrics: pd.DataFrame, total_steps: int) -> pd.DataFrame:
    """The means of recorded metrics over equal parts of the budget, a row per run and part in which any was recorded.

    A part's `step` is its end. A value that is missing counts for nothing; what comes after the budget is left out.
    """
    names, ends = list(metrics.columns.drop([*RUN, "step"])), part_ends(total_steps)
    within = metrics[metrics["step"] <= total_steps].astype(dict.fromkeys(names, float))
    within = within.assign(step=ends[np.searchsorted(ends, within["step"].to_numpy())])
    means = within.groupby([*RUN, "step"])[names].mean().astype(np.float32)
    return means.dropna(how="all").reset_index()


def _curve(episodes: pd.DataFrame, grid: NDArray[np.int64], total_steps: int, diverged_at: int | None) -> Array:
    value = curves.learning_curve(episodes["step"].to_numpy(), episodes["return"].to_numpy(float), total_steps)
    if diverged_at is not None:
        value[grid > diverged_at] = np.nan
    return value


def _returns(episodes: pd.DataFrame, curve: Array, evaluation: pd.DataFrame, total_steps: int) -> dict[str, float]:
    step, returns = episodes["step"].to_numpy(), episodes["return"].to_numpy(float)
    return {
        "final_return": curves.final_return(step, returns, total_steps),
        "auc": curves.auc(curve),
        "eval_return": curves.eval_return(evaluation["return"].to_numpy(float)),
    }


def _joined(tables: Sequence[pd.DataFrame], *columns: str) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True)[[*RUN, *columns]]

