"""`gradients`: measure a run of a gradient study, or check what was measured."""

import argparse
import sys
from pathlib import Path
from typing import Any

from a2c.cli.common import add_modules_option, parse_seeds_option, print_out, say


def add(commands: Any) -> None:
    """Add the command `gradients` to the parser."""
    gradients = commands.add_parser(
        "gradients",
        help="measure runs of a gradient study, or check what was measured",
        description="Measure bias and variance of the gradient estimators of a study at the snapshots of its runs "
        "(docs/gradients.md). The pipeline calls it for each seed. With --check everything is measured again and "
        "compared with what is there; the exit code is 0 if all bytes are the same.",
    )
    gradients.add_argument("dir", metavar="DIR", type=Path, help="RESULTS/gradients/NAME; the runs are in RESULTS/runs")
    gradients.add_argument("--seeds", help="such as 0-9 (those of the study)")
    gradients.add_argument("--check", action="store_true", help="measure again and compare")
    add_modules_option(gradients)
    gradients.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from a2c.envs.registry import allow_modules
    from a2c.runs.folders import check_one
    from a2c.runs.gradient_study import RECORD, read_gradient_record
    from a2c.runs.gradients import differs, measure_run

    allow_modules(args.allow_module)
    check_one(args.dir, RECORD, "gradient study")
    seeds = read_gradient_record(args.dir).study.seeds if args.seeds is None else parse_seeds_option(args.seeds)
    different = []
    for seed in seeds:
        if not args.check:
            measure_run(args.dir, seed, say)
        elif differs(args.dir, seed, say):
            different.append(seed)
            print_out(f"{args.dir}: seed {seed}: measured again, the numbers differ from those in the file")
        else:
            print_out(f"{args.dir}: seed {seed}: the same bytes")
    if different:
        sys.exit(1)
