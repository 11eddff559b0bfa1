"""`tune`: one job of a tuning."""

import argparse
from pathlib import Path
from typing import Any

from a2c.cli.common import add_modules_option, say
from a2c.config import ConfigError
from a2c.config.errors import one_of


def add(commands: Any) -> None:
    """Add the command `tune` to the parser."""
    tune = commands.add_parser(
        "tune",
        help="run one repeat of one tuner of a tuning (called by the pipeline)",
        description="Run one repeat of one tuner: its trials, then the tests of its winners (docs/tuning.md). If it is "
        "stopped, the same command goes on after the last trial. What is finished is not run again.",
    )
    tune.add_argument("dir", metavar="DIR", type=Path, help="RESULTS/tunings/NAME, with its tuning.json")
    tune.add_argument("--tuner", required=True, help="one of the tuning's, or references")
    tune.add_argument("--repeat", type=int, default=0, metavar="N", help="number of the repeat, from 0 (0)")
    tune.add_argument(
        "--registration",
        type=Path,
        metavar="FILE",
        help="the registered tests that the repeat is for, such as config/x.registered.json: repeat.json names them",
    )
    add_modules_option(tune)
    tune.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from a2c.cli.train import registration_of
    from a2c.envs.registry import allow_modules
    from a2c.runs.folders import check_one
    from a2c.runs.tuning_study import RECORD, read_tuning_record
    from a2c.tuning.job import tune

    allow_modules(args.allow_module)
    check_one(args.dir, RECORD, "tuning")
    tuning = read_tuning_record(args.dir).tuning
    tuners = dict.fromkeys(tuner for tuner, _ in tuning.jobs)
    if args.tuner not in tuners:
        raise ConfigError(f"--tuner: {args.tuner!r} is not allowed; allowed: {one_of(args.tuner, tuners)}")
    if (args.tuner, args.repeat) not in tuning.jobs:
        last = max(repeat for tuner, repeat in tuning.jobs if tuner == args.tuner)
        raise ConfigError(f"--repeat: {args.repeat} is not allowed; allowed: 0 to {last}")
    tune(args.dir, args.tuner, args.repeat, say, registration_of(args.registration))
