"""`audit`: checksums, and every episode replayed from the logged actions."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from a2c.cli.common import check_cores, say
from a2c.config import ConfigError


def add(commands: Any) -> None:
    audit = commands.add_parser(
        "audit",
        help="check results: checksums, and every episode replayed from the logged actions",
        description="Check every result at or below DIR: all checksums, then each episode's step, return and length "
        "from the logged actions. Nothing is trained.",
    )
    audit.add_argument("dir", metavar="DIR", type=Path)
    audit.add_argument("--cores", type=int, default=os.cpu_count(), help="results to check at a time (all cores)")
    audit.add_argument(
        "--steps", type=int, metavar="N", help="replay only the first N agent steps of each run (all of them)"
    )
    audit.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> None:
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial

    from tqdm import tqdm

    from a2c.runs.audit import finding, results_below

    check_cores(asked.cores)
    if asked.steps is not None and asked.steps < 1:
        raise ConfigError(f"--steps: {asked.steps} is not allowed; allowed: a whole number of at least 1")
    folders, sound = results_below(asked.dir), True
    with ProcessPoolExecutor(asked.cores) as processes:
        found = processes.map(partial(finding, most_steps=asked.steps), folders)
        for line, is_sound in tqdm(
            found, total=len(folders), unit=" results", leave=False, disable=not sys.stderr.isatty()
        ):
            print(line, flush=True) if is_sound else say(f"a2c: {line}")
            sound &= is_sound
    if not sound:
        sys.exit(1)
