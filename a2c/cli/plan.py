"""`plan`: estimate what a paper costs, or how many seeds it takes to find an effect."""

import argparse
import shlex
from pathlib import Path
from typing import Any

from a2c.cli.common import add_json_option, check_cores, say, tell
from a2c.config import ConfigError
from a2c.planning.own_cores import own_cores
from a2c.terminal import records


def add(commands: Any) -> None:
    """Add the command `plan` to the parser."""
    plan = commands.add_parser(
        "plan",
        help="estimate what a paper costs, or how many seeds it takes to find an effect",
        description="Estimate the runs, jobs, core-hours and megabytes of a paper, without what is trained already. "
        "Evaluation episodes are assumed to last until their time limit, Atari's at most 3,000 agent steps. Refuse a "
        "test that no result can decide, by the range of its measure and the reference's level in a pilot. Or, with "
        "--effect: estimate the seeds that a study needs to find an effect, from the spread in a pilot's runs.csv.",
    )
    plan.add_argument("config", metavar="CONFIG", type=Path, nargs="?", help="a paper, such as config/paper.yaml")
    plan.add_argument("--cores", type=int, default=own_cores(), help="cores to train on (all)")
    plan.add_argument(
        "--measure", action="store_true", help="train each kind of job for a second, to use this machine's times"
    )
    plan.add_argument("--effect", type=float, help="smallest difference to find, in the unit of the measure")
    plan.add_argument("--power", type=float, default=0.8, help="probability of finding it (0.8)")
    plan.add_argument(
        "--pilot",
        type=Path,
        nargs="+",
        default=[],
        metavar="RUNS.CSV",
        help="a study's runs.csv: for the spread over seeds, or of CONFIG's configurations, for the reach of its tests "
        "and the number of tests that its runs would decide; the measures.csv beside it is read, too. Of a gradient "
        "study its measures.csv, in a folder with its name",
    )
    add_json_option(plan)
    plan.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    if args.effect is not None:
        from a2c.planning import pilot

        if not args.pilot:
            raise ConfigError("--pilot: missing; it has to be given with --effect")
        if len(args.pilot) > 1:
            raise ConfigError(f"--pilot: {len(args.pilot)} files are not allowed; allowed: one with --effect")
        if args.config is not None:
            raise ConfigError(f"CONFIG: '{args.config}' is not allowed; allowed: none beside --effect")
        needed = pilot.seeds_needed(args.pilot[0], args.effect, args.power)
        tell(args, records(needed), pilot.render(needed))
        return
    if args.config is None:
        raise ConfigError("plan: CONFIG: missing; it has to be given, or --effect and --pilot")
    check_cores(args.cores)
    from a2c.config import load_paper
    from a2c.envs.registry import trust
    from a2c.planning.estimate import estimate, hours_on, render
    from a2c.planning.reach import check_reach

    paper = load_paper(args.config)
    check_reach(paper, args.pilot, str(args.config))
    trust(paper.configurations, args.config.parent)
    table = estimate(paper, Path(paper.results, "runs"), str(args.config), args.measure, say)
    advice = f"next: snakemake --cores {args.cores} --configfile {shlex.quote(str(args.config))}"
    if paper.small:
        advice += " --config full=true\nwithout full=true it trains the small part alone (key small of the paper)"
    content = {"rows": records(table), "cores": args.cores, "hours": hours_on(table, args.cores)}
    told = [render(table, args.cores, args.measure), advice]
    if args.pilot:
        from a2c.planning import forecast

        foretold = forecast.forecast(paper, args.pilot)
        content["forecast"] = records(foretold)
        told.insert(1, forecast.render(foretold))
    tell(args, content, "\n".join(told))
