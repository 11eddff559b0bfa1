"""`register`: fix the tests of a paper before its runs."""

import argparse
import sys
from pathlib import Path
from typing import Any

from a2c.cli.common import print_out, say
from a2c.config import ConfigError


def add(commands: Any) -> None:
    """Add the command `register` to the parser."""
    register = commands.add_parser(
        "register",
        help="fix the tests of a paper before its runs",
        description="Write the hash of each test of a paper, and the commit that contains its files in this state, to "
        "NAME.registered.json beside it. The pipeline puts them into the manifests of the runs; the table of verdicts "
        "says which tests were added or changed after the runs. With --check: compare, write nothing.",
    )
    register.add_argument("config", metavar="CONFIG", type=Path, nargs="*", help="papers, such as config/x.yaml")
    register.add_argument(
        "--check",
        action="store_true",
        help="exit code 1 unless all tests are as registered last; without CONFIG, those of all registered papers in "
        "config/",
    )
    register.add_argument(
        "--pilot",
        type=Path,
        nargs="+",
        default=[],
        metavar="RUNS.CSV",
        help="runs.csv of studies with the same configurations and other seeds, for the reach of the tests",
    )
    register.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from a2c.planning.registration import check_registered, register, registered_papers

    if args.check:
        lines = [line for path in args.config or registered_papers(Path("config")) for line in check_registered(path)]
        for line in lines:
            say(f"a2c: {line}")
        sys.exit(1 if lines else 0)
    if not args.config:
        raise ConfigError("register: CONFIG: missing; it has to be given")
    for path in args.config:
        print_out(register(path, args.pilot))
