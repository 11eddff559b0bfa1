"""What a paper costs before it is trained: runs, jobs, core-hours, megabytes."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from a2c.config import Paper, Study
from a2c.config.gradients import GradientStudy
from a2c.config.tunings import Tuning
from a2c.envs import check
from a2c.learn.trainer import uses_gpu
from a2c.planning.cost import Cost, block_cost, shown_bytes
from a2c.planning.gradients import run_cost
from a2c.planning.times import correction_factors, known_times, read_times, times_here
from a2c.planning.tunings import examples, job_cost, runs_of
from a2c.runs import manifest
from a2c.runs.gradients import is_measured
from a2c.runs.layout import SeedBlock, blocks_of_gradients, manifests, plan
from a2c.runs.tuning_study import FOLDER
from a2c.terminal import Say, aligned
from a2c.tuning.records import is_finished
from a2c.words import counted, with_and

Planned = Mapping[str, Sequence[SeedBlock]]  # by configuration
LARGEST = ["longest_job_hours", "checkpoint_megabytes", "memory_gigabytes"]  # columns about the largest job
BELOW = ["gpu_hours", *LARGEST]  # columns that are printed below the table


def estimate(paper: Paper, runs: Path, source: str, measured: bool, say: Say) -> pd.DataFrame:
    """What is left to train and measure of a paper: a row per study, one for tables and figures, and the total.

    `runs`: the folder of all runs. `source` names the paper in a ConfigError. `measured`: correct the times by training
    each kind of job for a second; `say` prints a line about it. In the total, runs that studies share count once.

    Columns: study, configurations, runs, trained (of these). Of what is left: jobs, core_hours, gpu_hours,
    longest_job_hours, megabytes. Of the largest job: checkpoint_megabytes, memory_gigabytes. The cores beside a GPU
    count as long as their job lasts.
    """
    planned = plan(paper, runs)
    left = _untrained(planned, runs)
    _check_environments(paper, left, source)
    times = known_times(left.values(), source)
    factors = correction_factors(left.values(), times, source, say) if measured else {}
    costs = {path: block_cost(block, source, times, factors) for path, block in left.items()}

    total = _row(
        "in all", {name: set(seeds) for name, (_, seeds) in paper.required_runs().items()}, left.values(), costs
    )
    rows = [_study_row(study, planned, left, costs) for study in paper.studies]
    for gradients in paper.gradients:
        rows.append(_gradients_row(gradients, planned, left, costs))
        measuring = _measuring_row(gradients, planned, runs.parent, source, measured, say)
        for line in (rows[-1], total):
            _add_row(line, measuring)
    for tuning in paper.tunings:
        rows.append(_tuning_row(tuning, runs.parent, source, measured, say))
        _add_row(total, rows[-1])
    rows.append(_row("tables and figures", {}, [], {}))
    if left:
        rows[-1]["core_hours"] = times["study"] * len(paper.studies) / 3600
        rows[-1]["megabytes"] = shown_bytes(paper) / 1e6
    _add_row(total, rows[-1])
    return pd.DataFrame([*rows, total])


def _check_environments(paper: Paper, left: Mapping[str, SeedBlock], source: str) -> None:
    """ConfigError, which names the place in the paper, if a block is left whose environment cannot be had."""
    names = {block.configuration.name for block in left.values()}
    points = [(f"studies.{study.name}", point.configuration) for study in paper.studies for point in study.points]
    points += [(f"gradients.{one.name}.base", one.configuration) for one in paper.gradients]
    for at, configuration in points:
        if configuration.name in names:
            check(configuration, source, at)


def _study_row(
    study: Study, planned: Planned, left: Mapping[str, SeedBlock], costs: Mapping[str, Cost]
) -> dict[str, Any]:
    paths = [str(Path(file).parent) for file in manifests(study, planned)]
    seeds = {point.name: {*study.seeds, *study.tuning_seeds} for point in study.points}
    return _row(study.name, seeds, [left[path] for path in paths if path in left], costs)


def _gradients_row(
    study: GradientStudy, planned: Planned, left: Mapping[str, SeedBlock], costs: Mapping[str, Cost]
) -> dict[str, Any]:
    """The row of the runs of a gradient study."""
    paths = [block.path for block in blocks_of_gradients(study, planned)]
    seeds = {study.configuration_name: set(study.seeds)}
    return _row(f"gradients {study.name}", seeds, [left[path] for path in paths if path in left], costs)


def _measuring_row(
    study: GradientStudy, planned: Planned, results: Path, source: str, measured: bool, say: Say
) -> dict[str, Any]:
    """The row of the jobs that measure the runs of a gradient study."""
    row = _row("", {}, [], {})
    if unmeasured := _unmeasured(study, results):
        check(study.configuration, source, f"gradients.{study.name}.base")
        blocks = planned[study.configuration_name][:1]
        known = known_times(blocks, source)
        cost = run_cost(study, source, times_here(blocks, known, source, say) if measured else known)
        _add_jobs(row, len(unmeasured), cost)
    return row


def _untrained(planned: Planned, runs: Path) -> dict[str, SeedBlock]:
    """The planned blocks that have no result, by path."""
    blocks = (block for blocks in planned.values() for block in blocks)
    return {block.path: block for block in blocks if not (runs / block.path / manifest.NAME).exists()}


def _unmeasured(gradients: GradientStudy, results: Path) -> list[int]:
    """The seeds of a gradient study that have no estimates below the folder of results."""
    folder = results / "gradients" / gradients.name
    return [seed for seed in gradients.seeds if not is_measured(gradients, folder, seed)]


def _tuning_row(tuning: Tuning, results: Path, source: str, measured: bool, say: Say) -> dict[str, Any]:
    """The row of a tuning. `runs`: at full length; of a finished job all count as trained."""
    row = {
        **_row(f"tuning {tuning.name}", {}, [], {}),
        "configurations": tuning.trials * tuning.repeats * len(tuning.tuners),
    }
    left = []
    for tuner, repeat in tuning.jobs:
        runs = runs_of(tuning, tuner)
        row["runs"] += runs
        if is_finished(tuning, results / FOLDER / tuning.name, tuner, repeat):
            row["trained"] += runs
        else:
            left.append(tuner)
    if not left:
        return row
    check(tuning.base_configuration, source, f"tunings.{tuning.name}.base")
    times = known_times([SeedBlock(tuning.base_configuration, 0, 0)], source)
    if measured:
        times = times_here(examples(tuning), times, source, say)
    for tuner, number in Counter(left).items():
        _add_jobs(row, number, job_cost(tuning, tuner, source, times))
    return row


def _add_row(total: dict[str, Any], row: Mapping[str, Any]) -> None:
    """Add a row of the table to the total."""
    for column, value in row.items():
        if column in LARGEST:
            total[column] = max(total[column], value)
        elif column != "study":
            total[column] += value


def _add_jobs(row: dict[str, Any], number: int, cost: Cost) -> None:
    """Add to a row of the table so many jobs of a cost."""
    row["jobs"] += number
    row["core_hours"] += number * cost.seconds / 3600
    row["longest_job_hours"] = max(row["longest_job_hours"], cost.seconds / 3600)
    row["megabytes"] += number * cost.bytes / 1e6
    row["memory_gigabytes"] = max(row["memory_gigabytes"], cost.memory / 1e9)


def _row(
    name: str, seeds: Mapping[str, set[int]], left: Collection[SeedBlock], costs: Mapping[str, Cost]
) -> dict[str, Any]:
    """A row of the table. `seeds`: by configuration; `left`: the blocks to train, which may have further seeds."""
    n_runs = sum(map(len, seeds.values()))
    own = [costs[block.path] for block in left]
    return {
        "study": name,
        "configurations": len(seeds),
        "runs": n_runs,
        "trained": n_runs - sum(len(seeds[block.configuration.name].intersection(block.seeds)) for block in left),
        "jobs": len(own),
        "core_hours": sum(cost.seconds * cost.cores for cost in own) / 3600,
        "gpu_hours": sum(costs[block.path].seconds for block in left if uses_gpu(block.configuration)) / 3600,
        "longest_job_hours": max((cost.seconds for cost in own), default=0.0) / 3600,
        "megabytes": sum(cost.bytes for cost in own) / 1e6,
        "checkpoint_megabytes": max((cost.checkpoint for cost in own), default=0.0) / 1e6,
        "memory_gigabytes": max((cost.memory for cost in own), default=0.0) / 1e9,
    }


def render(table: pd.DataFrame, cores: int, measured: bool) -> str:
    """The table as text, with the time on so many cores and the machine whose times were used."""
    shown = table.drop(columns=BELOW)
    cells = [[_format_number(cell) for cell in row] for row in shown.itertuples(index=False)]
    rows = aligned(list(map(str, shown)), cells, left=["study"])
    total = table.iloc[-1]
    gpu_hours = total["gpu_hours"]
    hours = hours_on(table, cores)
    machines = {by: name for by, name in read_times()["machines"].items() if by != "gpu" or gpu_hours}
    known = f"{with_and([*dict.fromkeys(machines.values())])}; with --measure, of this machine"
    if not total["jobs"]:
        return f"{rows}\n\nnothing is left to train"
    one_gpu = f" and one GPU, which is in use for {_format_hours(gpu_hours)}" if gpu_hours else ""
    return (
        f"{rows}\n\non {counted(cores, 'core')}{one_gpu}: {_format_hours(hours)}, "
        f"the longest job {_format_hours(total['longest_job_hours'])} (by the times of "
        f"{'this machine' if measured else known})\n"
        f"while it trains, a job takes up to {total['memory_gigabytes']:.2g} GB of memory, and its checkpoint "
        f"{total['checkpoint_megabytes']:.2g} MB"
    )


def hours_on(table: pd.DataFrame, cores: int) -> float:
    """How long the paper trains on so many cores and, where it needs one, a GPU."""
    total = table.iloc[-1]
    return float(max(total["core_hours"] / cores, total["longest_job_hours"], total["gpu_hours"]))


def _format_number(value: str | float) -> str:
    """Three digits, without an exponent; text as it is."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _format_hours(hours: float) -> str:
    return f"{hours:.1f} hours" if hours >= 2 else f"{hours * 60:.1f} minutes"
