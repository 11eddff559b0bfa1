"""The numbers of a run that figures, tables and verdicts are made from.

They are taken from a whole run, or read of a thin one, which has the same numbers: what is drawn is the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from a2c.analysis import curves
from a2c.analysis.doctor.checklist import NO_SIGNS, SIGN, signs_of
from a2c.analysis.measures import OF_CURVES, RUN, SOLVED_AT, metric_numbers
from a2c.analysis.numbers import LAST_50, PARTS, check_numbers, names_of_numbers
from a2c.config import Configuration
from a2c.learn.trainer import MODES
from a2c.runs.content import content_of
from a2c.runs.files import DamagedError
from a2c.runs.names import THIN_FILE, WHOLE_FILES
from a2c.runs.parquet import frame_of
from a2c.runs.reading import ThinBlock
from a2c.runs.result import Result
from a2c.runs.thin import ThinRun

Array = NDArray[np.float64]
MANTISSA_BITS = 12  # kept of the mean of a metric over a part of the budget, which is only drawn: 1 part in 4,000


class Summaries(NamedTuple):
    """Tidy tables of some runs, each with the columns `configuration` and `seed`."""

    numbers: pd.DataFrame  # a row per run: `names_of_numbers`
    curves: pd.DataFrame  # step, value: the learning curve in float32; that of a diverged run ends where it diverged
    metrics: pd.DataFrame  # step, a column per metric: the mean of its values since the row before


def summarise(
    episodes: pd.DataFrame,
    metrics: pd.DataFrame,
    evaluation: pd.DataFrame,
    status: pd.DataFrame,
    total_steps: int,
    budgets: Mapping[str, int],
    thresholds: Mapping[str, float | None],
) -> Summaries:
    """The summaries of all runs in `status`; the tables are those of `a2c.analysis.study.aggregate`.

    `total_steps`: the budget that the runs are judged on; `budgets`: that of each configuration, which may be larger;
    `thresholds`: by configuration, the return at which its environment counts as solved.
    """
    tables = (episodes, metrics, evaluation[evaluation["mode"] == "sampled"])
    groups, nothing = [dict(iter(table.groupby(RUN))) for table in tables], [table.iloc[:0] for table in tables]
    steps = curves.budget_grid(total_steps)[1:]
    rows, of_runs = [], []
    for name, seed, how, end in status[[*RUN, "status", "step"]].to_numpy(object).tolist():
        run = {"configuration": name, "seed": seed}
        own = [group.get((name, seed), empty) for group, empty in zip(groups, nothing, strict=True)]
        ended = budgets[name] if pd.isna(end) else int(end)
        diverged_at = None if how == "finished" else ended
        curve = _curve(own[0], total_steps, diverged_at)
        numbers = _numbers_of_curve(own, curve, ended)
        numbers[SOLVED_AT] = _solved_at(own[0], total_steps, thresholds[name])
        if how == "finished":  # where it stopped before the budget, its final return is that of its own last tenth
            last_step = total_steps if pd.isna(end) else min(total_steps, max(curves.POINTS, ended))
            numbers |= _returns(own, curve, last_step, total_steps)
        rows.append(run | numbers)
        of_runs.append(pd.DataFrame({**run, "step": steps, "value": curve.astype(np.float32)}))
    names = [name for name in metrics.columns if name not in (*RUN, "step")]
    of_metrics = metric_numbers(metrics, total_steps)
    columns = [name for name in names_of_numbers(names) if name not in of_metrics.columns]
    table = pd.DataFrame(rows, columns=[*RUN, *columns]).merge(of_metrics, how="left", left_on=RUN, right_index=True)
    parts = metric_parts(metrics, total_steps)
    return Summaries(table[[*RUN, *names_of_numbers(names)]], pd.concat(of_runs, ignore_index=True), parts)


def summaries_of(block: ThinBlock, total_steps: int) -> Summaries:
    """The summaries of the thin runs of a seed block; `total_steps`: their budget.

    DamagedError, naming the file, unless they have the numbers that this version draws.
    """
    name, runs = block.configuration, block.runs
    check_numbers(block.path, block.algorithm, runs)
    numbers = pd.DataFrame([{"configuration": name, "seed": run.seed, **run.measures} for run in runs])
    grid, ends = curves.budget_grid(total_steps)[1:], part_ends(total_steps)
    of_curves = _rows(name, runs, grid, {"value": [run.curve for run in runs]})
    metrics = list(runs[0].metrics)
    parts = _rows(name, runs, ends, {metric: [run.metrics[metric] for run in runs] for metric in metrics})
    parts = parts.dropna(how="all", subset=metrics)
    return Summaries(numbers, of_curves, parts)


def _rows(
    name: str, runs: Sequence[ThinRun], steps: NDArray[Any], columns: Mapping[str, Sequence[NDArray[Any]]]
) -> pd.DataFrame:
    """A row for each step of each run; `columns`: by name, the values of each run."""
    return pd.DataFrame(
        {
            "configuration": name,
            "seed": np.repeat([run.seed for run in runs], len(steps)),
            "step": np.tile(steps, len(runs)),
            **{column: np.concatenate(values) for column, values in columns.items()},
        }
    )


def joined(several: Sequence[Summaries]) -> Summaries:
    """The summaries of several groups of runs as one."""
    return Summaries(*(pd.concat(tables, ignore_index=True) for tables in zip(*several, strict=True)))


def thin_runs(result: Result, threshold: float | None) -> dict[int, ThinRun]:
    """What is published of the runs of a whole result as thin ones, by seed. DamagedError if a file is damaged.

    `threshold`: the return at which its environment counts as solved.
    """
    config = result.configuration
    tables = (result.episodes, result.metrics, result.evaluation)
    episodes, metrics, evaluation = (frame_of(table).assign(configuration=config.name) for table in tables)
    runs = [{"step": None, **result.manifest["runs"][str(seed)], "seed": seed} for seed in result.seeds]
    status = pd.DataFrame(runs).assign(configuration=config.name)
    budgets, thresholds = {config.name: config.total_steps}, {config.name: threshold}
    found = summarise(episodes, metrics, evaluation, status, config.total_steps, budgets, thresholds)
    names, ends = result.metrics.column_names[2:], part_ends(config.total_steps)
    numbers = found.numbers.set_index("seed")[names_of_numbers(names)]
    of_curves = dict(iter(found.curves.groupby("seed")))
    parts = {
        seed: found.metrics[found.metrics["seed"] == seed].set_index("step").reindex(ends) for seed in result.seeds
    }
    played = {seed: evaluation[evaluation["seed"] == seed] for seed in result.seeds}
    return {
        seed: ThinRun(
            seed,
            dict(zip(numbers.columns, map(float, numbers.loc[seed].to_numpy()), strict=True)),
            of_curves[seed]["value"].to_numpy(),
            {name: parts[seed][name].to_numpy(np.float32) for name in names},
            played[seed]["return"].to_numpy(float),
            played[seed]["length"].to_numpy(np.int32),
            {name: checksum for name, checksum in content_of(result, seed).items() if name in WHOLE_FILES},
        )
        for seed in result.seeds
    }


def check_thin(result: Result) -> None:
    """DamagedError unless the numbers of thin runs are those that this version draws, and fit each other."""
    path = result.folder / THIN_FILE
    check_numbers(path, result.configuration.algorithm, result.thin.values())
    for seed, run in result.thin.items():
        finished = result.manifest["runs"][str(seed)]["status"] == "finished"
        for name, fits in _fits(result.configuration, run, finished).items():
            if not fits:
                raise DamagedError(f"{path}: seed {seed}: {name}: does not fit the other numbers of the run")


def _fits(config: Configuration, run: ThinRun, finished: bool) -> dict[str, bool]:
    """By number of a thin run that follows from others: whether it does."""
    n_episodes = len(MODES) * config.eval_episodes if finished else 0
    shapes = {
        "evaluation_return": len(run.evaluation_return) == n_episodes,
        "evaluation_length": len(run.evaluation_length) == n_episodes and bool((run.evaluation_length > 0).all()),
    }
    curve, sampled = run.curve.astype(float), run.evaluation_return[: config.eval_episodes]
    size = float(np.nanmax(np.abs(curve), initial=0))  # the curve has float32, the numbers are taken from the whole run
    returns = {"auc": curves.auc(curve), "eval_return": curves.eval_return(sampled)} if finished else {}
    expected = {**{name: function(curve) for name, function in OF_CURVES.items()}, **returns}
    return shapes | {
        name: bool(np.isclose(run.measures[name], value, rtol=1e-6, atol=1e-6 * size, equal_nan=True))
        for name, value in expected.items()
    }


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
    means = rounded(within.groupby([*RUN, "step"])[names].mean())
    return means.dropna(how="all").reset_index()


def rounded(means: pd.DataFrame) -> pd.DataFrame:
    """Numbers with `MANTISSA_BITS` bits of their mantissa, in float32."""
    mantissa, exponent = np.frexp(means.to_numpy())
    values = np.ldexp(np.round(mantissa * 2**MANTISSA_BITS) / 2**MANTISSA_BITS, exponent)
    return pd.DataFrame(values.astype(np.float32), means.index, means.columns)


def _curve(episodes: pd.DataFrame, total_steps: int, diverged_at: int | None) -> Array:
    """The learning curve of a run, up to where it diverged."""
    value = curves.learning_curve(episodes["step"].to_numpy(), episodes["return"].to_numpy(float), total_steps)
    if diverged_at is not None:
        value[curves.budget_grid(total_steps)[1:] > diverged_at] = np.nan
    return value


def _solved_at(episodes: pd.DataFrame, total_steps: int, threshold: float | None) -> float:
    """The step at which the article's rule was met, within the budget."""
    within = episodes[episodes["step"] <= total_steps]
    step, env = within["step"].to_numpy(), within["env"].to_numpy()
    return curves.solved_at(step, env, within["return"].to_numpy(float), threshold)


def _numbers_of_curve(tables: Sequence[pd.DataFrame], curve: Array, ended: int) -> dict[str, float]:
    """The numbers of a run's learning curve, and those that the doctor looks at, over the steps until it ended.

    `tables`: its episodes, metrics and sampled evaluation.
    """
    episodes, metrics, _ = tables
    numbers = {name: function(curve) for name, function in OF_CURVES.items()}
    signs = signs_of(episodes, metrics, ended) or NO_SIGNS
    return numbers | {SIGN + name: value for name, value in signs._asdict().items()}


def _returns(tables: Sequence[pd.DataFrame], curve: Array, last_step: int, total_steps: int) -> dict[str, float]:
    """The returns of a run that finished. `tables`: as above; `last_step`: what the final return is judged on."""
    episodes, _, evaluation = tables
    step, returns = episodes["step"].to_numpy(), episodes["return"].to_numpy(float)
    return {
        "final_return": curves.final_return(step, returns, last_step),
        "auc": curves.auc(curve),
        "eval_return": curves.eval_return(evaluation["return"].to_numpy(float)),
        LAST_50: curves.last_returns(step, returns, total_steps),
    }
