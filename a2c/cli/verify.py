"""`verify`: train published runs again and compare them."""

import argparse
import sys
from pathlib import Path
from typing import Any

from a2c.cli.common import add_json_option, add_modules_option, check_cores, parse_seeds_option, print_out, tell
from a2c.config import ConfigError
from a2c.planning.own_cores import own_cores


def add(commands: Any) -> None:
    """Add the command `verify` to the parser."""
    verify = commands.add_parser(
        "verify",
        help="train published runs again and compare them: bit by bit, or by tests if bits may differ",
        description="Train some of the runs at or below DIR again and print a verdict on each: identical, "
        "statistically equal, no difference found, untested, or different (docs/provenance.md). The exit code is 0 if "
        "each verdict is one of the first three.",
    )
    verify.add_argument("dir", metavar="DIR", type=Path, help="a paper's results, such as results/published/paper")
    verify.add_argument("--study", metavar="NAME", help="only configurations of this study")
    verify.add_argument(
        "--configuration",
        metavar="PATTERN",
        default="*",
        help="only configurations whose ENVIRONMENT/NAME matches, such as 'CartPole-v1/*gamma*'",
    )
    verify.add_argument("--seeds", help="seeds, such as 0-9 (the first five of each configuration)")
    verify.add_argument(
        "--sample", type=int, metavar="N", help="draw N of these configurations (all; 2 of a whole paper)"
    )
    verify.add_argument(
        "--margin",
        type=float,
        metavar="RETURN",
        help="largest difference that counts as equal (5 %% of the environment's scale)",
    )
    verify.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder that keeps the new runs; finished ones in it are used (a temporary one)",
    )
    verify.add_argument("--cores", type=int, default=own_cores(), help="processes that train at a time (all cores)")
    add_modules_option(verify)
    add_json_option(verify)
    verify.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from a2c.envs.registry import allow_modules
    from a2c.temporary import temporary_folder
    from a2c.verify.retraining import train_again
    from a2c.verify.selection import choose, of_study, read_published
    from a2c.verify.verdicts import passed, summary, verify

    check_cores(args.cores)
    allow_modules(args.allow_module)
    if args.sample is not None and args.sample < 1:
        raise ConfigError(f"--sample: {args.sample} is not allowed; allowed: a whole number of at least 1")
    if args.margin is not None and not 0 < args.margin < float("inf"):
        raise ConfigError(f"--margin: {args.margin} is not allowed; allowed: a number above 0")
    seeds = None if args.seeds is None else parse_seeds_option(args.seeds)
    published = read_published(args.dir)
    if args.study is not None:
        published = of_study(published, args.dir, args.study)
    is_whole = args.study is None and args.configuration == "*"
    retrainings = choose(published, args.configuration, seeds, args.sample or (2 if is_whole else None))
    verdicts: list[str] = []
    rows: list[dict[str, Any]] = []
    with temporary_folder("verify") as temporary:
        out = args.out or temporary
        train_again(retrainings, out, args.cores, args.allow_module)
        for verification in verify(published, retrainings, out, args.margin):
            if not args.json:
                print_out("\n".join(verification.lines))
            verdicts += verification.verdicts.values()
            rows.append({"verdicts": verification.verdicts, "says": verification.lines})
    tell(args, rows, f"{summary(verdicts)}\ndocs/provenance.md says what each verdict means")
    if not passed(verdicts):
        sys.exit(1)
