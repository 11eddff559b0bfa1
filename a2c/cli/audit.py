"""`audit`: check results by their checksums, by replaying the logged actions, and by training them again."""

import argparse
import sys
from pathlib import Path
from typing import Any

from a2c.cli.common import add_json_option, add_modules_option, check_cores, print_out, say, tell
from a2c.config import ConfigError
from a2c.planning.own_cores import own_cores
from a2c.words import counted


def add(commands: Any) -> None:
    """Add the command `audit` to the parser."""
    audit = commands.add_parser(
        "audit",
        help="check results: checksums, episodes replayed from the logged actions; with --retrain, all trained again",
        description="Check every result at or below DIR: that all files are there, their checksums, that tables and "
        "weights fit the configuration; then each episode's step, return and length, by replaying the logged actions. "
        "Only --retrain proves metrics, evaluation, weights and thin runs (docs/provenance.md).",
    )
    audit.add_argument("dir", metavar="DIR", type=Path, help="a result, or a folder of results")
    audit.add_argument("--cores", type=int, default=own_cores(), help="results checked at a time (all cores)")
    audit.add_argument("--steps", type=int, metavar="N", help="replay only the first N agent steps of each run (all)")
    audit.add_argument(
        "--retrain",
        action="store_true",
        help="also train every result again and compare every byte of content: on any machine where the core has the "
        "environment, else on the platform that the manifest declares",
    )
    add_modules_option(audit)
    add_json_option(audit)
    audit.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from functools import partial
    from itertools import chain

    from a2c.runs.files import DamagedError
    from a2c.runs.folders import folders_with
    from a2c.runs.manifest import NAME as MANIFEST
    from a2c.runs.tuning_study import REPEAT
    from a2c.verify.again import audit_line
    from a2c.verify.processes import worker_processes
    from a2c.verify.tunings import audit_job_line

    check_cores(args.cores)
    if args.steps is not None and args.steps < 1:
        raise ConfigError(f"--steps: {args.steps} is not allowed; allowed: a whole number of at least 1")
    folders, jobs = folders_with(args.dir, MANIFEST), folders_with(args.dir, REPEAT)
    if not folders and not jobs:
        raise DamagedError(
            f"{args.dir}: no result (no {MANIFEST}, no {REPEAT}) at or below it; a2c train and the pipeline write them"
        )
    audited: list[dict[str, Any]] = []
    with worker_processes(args.cores, args.allow_module, f"{args.dir}: an audit") as processes:
        audits = processes.map(partial(audit_line, max_steps=args.steps, retrain=args.retrain), folders)
        of_jobs = processes.map(partial(audit_job_line, retrain=args.retrain), jobs)
        for folder, (line, passed) in zip([*folders, *jobs], chain(audits, of_jobs), strict=True):
            audited.append({"folder": str(folder), "passed": passed, "says": line})
            if not passed:
                say(f"a2c: {line}")
            elif not args.json:
                print_out(" ".join(line.splitlines()))
    failed = sum(not one["passed"] for one in audited)
    tell(args, audited, f"{counted(len(audited), 'result')}: {f'{failed} failed' if failed else 'passed'}")
    if failed:
        sys.exit(1)
