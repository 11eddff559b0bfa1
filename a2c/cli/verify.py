"""`verify`: published runs trained again and compared."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from a2c.cli.common import check_cores, seeds_in
from a2c.config import ConfigError


def add(commands: Any) -> None:
    verify = commands.add_parser(
        "verify",
        help="train published runs again and compare: bit by bit, or by tests where bits may differ",
        description="Train a part of the runs at or below DIR again. Each run is then identical, statistically equal, "
        "of no difference found, untested, or different (docs/provenance.md). Exit code 0: all are one of the first "
        "three.",
    )
    verify.add_argument("dir", metavar="DIR", type=Path, help="a paper's results, such as results/published/cartpole")
    verify.add_argument("--study", metavar="NAME", help="only configurations of this study of the paper")
    verify.add_argument(
        "--configuration",
        metavar="PATTERN",
        default="*",
        help="only those whose ENVIRONMENT/NAME fits, such as 'CartPole-v1/*gamma*'",
    )
    verify.add_argument("--seeds", help="such as 0-9 (the first five of each configuration)")
    verify.add_argument(
        "--sample", type=int, metavar="N", help="configurations to draw of those (all; 2 of a whole paper)"
    )
    verify.add_argument("--margin", type=float, metavar="RETURN", help="largest difference called equal (by the task)")
    verify.add_argument("--out", type=Path, metavar="DIR", help="keep the new runs there, and go on from what is there")
    verify.add_argument("--cores", type=int, default=os.cpu_count(), help="blocks to train at a time (all cores)")
    verify.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> None:
    from tempfile import TemporaryDirectory

    from a2c.verify.retraining import choose, of_study, train_again
    from a2c.verify.sameness import published_below
    from a2c.verify.verification import counted, findings, passed

    check_cores(asked.cores)
    if asked.sample is not None and asked.sample < 1:
        raise ConfigError(f"--sample: {asked.sample} is not allowed; allowed: a whole number of at least 1")
    if asked.margin is not None and not 0 < asked.margin < float("inf"):
        raise ConfigError(f"--margin: {asked.margin} is not allowed; allowed: a number above 0")
    seeds = None if asked.seeds is None else seeds_in(asked.seeds)
    published = published_below(asked.dir)
    if asked.study is not None:
        published = of_study(published, asked.dir, asked.study)
    is_whole = asked.study is None and asked.configuration == "*"
    chosen = choose(published, asked.configuration, seeds, asked.sample or (2 if is_whole else None))
    verdicts: list[str] = []
    with TemporaryDirectory(prefix="a2c-verify-") as fresh:
        out = asked.out or Path(fresh)
        train_again(chosen, out, asked.cores)
        for finding in findings(published, chosen, out, asked.margin):
            print("\n".join(finding.lines), flush=True)
            verdicts += finding.verdicts.values()
    print(counted(verdicts))
    if not passed(verdicts):
        sys.exit(1)
