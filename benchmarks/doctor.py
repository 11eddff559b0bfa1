"""Measure how often the doctor raises a false alarm, and what it finds in runs with deliberately bad settings.

python -m benchmarks.doctor                              trains and prints the tables (a quarter of an hour)
python -m benchmarks.doctor --write docs/doctor.md       puts them between the markers in that file
python -m benchmarks.doctor --folder DIR                 keeps the runs there, and reuses them

The healthy settings are the defaults of Stable-Baselines3's A2C, which learn CartPole in 200,000 agent steps, and
variants that also learn it. The limits of the doctor were chosen on the seeds 0 to 9 of such configurations. This
benchmark uses other seeds.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch start their threads

import pandas as pd

from a2c.analysis.curves import final_return, solved
from a2c.analysis.doctor.checkup import doctor
from a2c.analysis.doctor.remedies import NOTHING
from a2c.analysis.doctor.report import examine, lines_of
from a2c.analysis.stats.intervals import wilson_interval
from a2c.config import Configuration
from a2c.envs import check
from a2c.runs.parquet import frame_of
from a2c.runs.records import read_table
from a2c.runs.result import result_folders
from a2c.runs.training import train
from benchmarks.markers import writer

PEER: dict[str, Any] = {  # https://stable-baselines3.readthedocs.io/en/master/modules/a2c.html; 8 environments
    "shared_trunk": False,
    "init": "orthogonal",
    "activation": "tanh",
    "hidden_sizes": (64, 64),
    "optimizer": "rmsprop",
    "optimizer_eps": 1e-5,
    "gae_lambda": 1.0,
    "normalize_advantage": False,
    "entropy_coef": 0.0,
}
HEALTHY: dict[str, dict[str, Any]] = {
    "Stable-Baselines3's defaults": PEER,
    "the same with Adam": PEER | {"optimizer": "adam"},
    "the same with entropy_coef 0.01": PEER | {"entropy_coef": 0.01},
    "the same with gae_lambda 0.95": PEER | {"gae_lambda": 0.95},
    "the same with n_envs 16": PEER | {"n_envs": 16},
    "the same on Acrobot-v1": PEER | {"env_id": "Acrobot-v1"},
}
ILL: dict[str, dict[str, Any]] = {
    "learning_rate 0": {"learning_rate": 0.0},
    "learning_rate 1e-5": {"learning_rate": 1e-5},
    "learning_rate 0.1": {"learning_rate": 0.1},
    "entropy_coef 0, learning_rate 3e-3": {"entropy_coef": 0.0, "learning_rate": 3e-3},
    "max_grad_norm null, learning_rate 0.01": {"max_grad_norm": None, "learning_rate": 0.01},
    "gamma 0": {"gamma": 0.0},
    "gamma 1": {"gamma": 1.0},
    "Stable-Baselines3's with max_grad_norm null, learning_rate 0.01": PEER
    | {"max_grad_norm": None, "learning_rate": 0.01},
    "Stable-Baselines3's with gamma 0": PEER | {"gamma": 0.0},
    "Stable-Baselines3's with gamma 1": PEER | {"gamma": 1.0},
    "Stable-Baselines3's with value_loss_coef 0, learning_rate 0.1": PEER
    | {"value_loss_coef": 0.0, "learning_rate": 0.1},
}
HEALTHY_SEEDS, ILL_SEEDS = range(100, 120), range(105, 110)


def examined(folder: Path, name: str, fields: dict[str, Any], seeds: range) -> tuple[pd.DataFrame, set[int]]:
    """The doctor's table for `seeds` of a configuration, and the seeds that solved their task."""
    configuration = Configuration(**fields)
    facts = check(configuration, name)
    block = folder / configuration.env_id / configuration.name / f"seeds-{seeds[0]}-{seeds[-1]}"
    train(configuration, seeds, facts, block, 60.0, lambda line: print(f"{name}: {line}", file=sys.stderr))
    print(f"{name}: done", file=sys.stderr, flush=True)
    solvers = set()
    for seed, of_run in frame_of(read_table(block / "episodes.parquet")).groupby("seed"):
        last = final_return(of_run["step"].to_numpy(), of_run["return"].to_numpy(), configuration.total_steps)
        if solved(last, facts.reward_threshold):
            solvers.add(int(str(seed)))
    return doctor(block), solvers


def with_findings(table: pd.DataFrame) -> set[int]:
    listed = table.loc[table["finding"] != NOTHING, "seeds"]
    return {int(seed) for seeds in listed for seed in seeds.split(", ")}


def found(table: pd.DataFrame) -> str:
    """The findings, each with its number of runs."""
    counted = table[["finding", "n_found"]].itertuples(index=False)
    return ", ".join(f"{finding} {n}" for finding, n in counted if finding != NOTHING) or "-"


def healthy(folder: Path) -> list[str]:
    """Markdown: false alarms of each healthy configuration, and their rate over all."""
    lines = [
        "| configuration | runs | solved | of these with a finding | others with a finding | findings |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    n_runs = n_solved = n_false = n_found = 0
    for name, fields in HEALTHY.items():
        table, solvers = examined(folder, name, fields, HEALTHY_SEEDS)
        alarmed = with_findings(table)
        false, others = len(alarmed & solvers), len(alarmed - solvers)
        lines.append(f"| {name} | {len(HEALTHY_SEEDS)} | {len(solvers)} | {false} | {others} | {found(table)} |")
        n_runs, n_solved, n_false = n_runs + len(HEALTHY_SEEDS), n_solved + len(solvers), n_false + false
        n_found += len(alarmed)
    return [
        *lines,
        "",
        f"False alarms: {rate(n_false, n_solved)} of the runs that solved their task. "
        f"Of all runs in this table, solved or not, {rate(n_found, n_runs)} have a finding.",
    ]


def rate(count: int, n: int) -> str:
    interval = wilson_interval(count, n)
    return f"{count} of {n} ({100 * interval.low:.1f} % to {100 * interval.high:.1f} %)"


def ill(folder: Path) -> list[str]:
    """Markdown: the findings in each bad configuration."""
    lines = [
        "| changed settings | runs | solved nevertheless | nothing found | findings |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, fields in ILL.items():
        table, solvers = examined(folder, name, fields, ILL_SEEDS)
        well = len(ILL_SEEDS) - len(with_findings(table))
        lines.append(f"| {name} | {len(ILL_SEEDS)} | {len(solvers)} | {well} | {found(table)} |")
    return lines


def example(folder: Path) -> list[str]:
    """Markdown: the doctor's output for the first bad configuration."""
    name, fields = next(iter(ILL.items()))
    configuration = Configuration(**fields)
    (report,) = examine(result_folders(folder / configuration.env_id / configuration.name))
    return [f"Output of the doctor for the runs with {name}:", "", "```text", *lines_of(report), "```"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="keep the runs there (a temporary folder)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown file with the markers")
    arguments = parser.parse_args()
    write: Callable[[str], None] = writer(arguments.write, "doctor") if arguments.write else print
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        write("\n".join([*healthy(folder), "", *ill(folder), "", *example(folder)]))


if __name__ == "__main__":
    main()
