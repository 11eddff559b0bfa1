"""`plan`: what a paper costs, and how many seeds an effect needs."""

import argparse
import os
from pathlib import Path
from typing import Any

from a2c.cli.common import check_cores, say
from a2c.config import ConfigError


def add(commands: Any) -> None:
    plan = commands.add_parser(
        "plan",
        help="what a paper costs before it is started; seeds needed for an effect",
        description="Runs, jobs, core-hours and megabytes of a paper, less what is trained already. Evaluation "
        "episodes are taken to be as long as their time limit, Atari's 3,000 agent steps at most. Or, with --effect, "
        "the seeds that a study needs to find an effect, from the spread in a pilot's runs.csv.",
    )
    plan.add_argument("config", metavar="CONFIG", type=Path, nargs="?", help="a paper, such as config/cartpole.yaml")
    plan.add_argument("--cores", type=int, default=os.cpu_count(), help="cores to train on (all)")
    plan.add_argument(
        "--measure", action="store_true", help="train a second of each kind here, for this machine's times"
    )
    plan.add_argument("--effect", type=float, help="smallest difference to find, in the measure's unit")
    plan.add_argument("--power", type=float, default=0.8, help="probability of finding it (0.8)")
    plan.add_argument("--pilot", type=Path, metavar="RUNS.CSV", help="a study's runs.csv, for the spread over seeds")
    plan.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> None:
    if asked.effect is not None:
        from a2c.planning import pilot

        if asked.pilot is None:
            raise ConfigError("--pilot: missing; it has to be given with --effect")
        if asked.config is not None:
            raise ConfigError(f"CONFIG: '{asked.config}' is not allowed; allowed: none beside --effect")
        print(pilot.render(pilot.seeds_needed(asked.pilot, asked.effect, asked.power)))
        return
    if asked.config is None:
        raise ConfigError("plan: CONFIG: missing; it has to be given, or --effect and --pilot")
    check_cores(asked.cores)
    from a2c.config import load_paper
    from a2c.planning import cost

    paper = load_paper(asked.config)
    table = cost.estimate(paper, Path(paper.results, "runs"), str(asked.config), asked.measure, say)
    print(cost.render(table, asked.cores, asked.measure))
