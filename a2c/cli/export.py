"""`export`: write a paper's results as a Workflow Run RO-Crate."""

import argparse
import shlex
from pathlib import Path
from typing import Any

from a2c.cli.common import print_out


def add(commands: Any) -> None:
    """Add the command `export` to the parser."""
    export = commands.add_parser(
        "export",
        help="write a paper's results as a Workflow Run RO-Crate",
        description="Write a paper's results and their code as a Workflow Run RO-Crate, which says how each file was "
        "made (docs/provenance.md). The same results give the same bytes.",
    )
    export.add_argument(
        "results", metavar="RESULTS", type=Path, help="a paper's results, such as results/published/paper"
    )
    export.add_argument("--out", required=True, type=Path, help="the crate: a new folder, or a file that ends in .zip")
    export.add_argument("--author", metavar="NAME", help="author of the results (the authors in CITATION.cff)")
    export.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from a2c.exchange.export import export

    print_out(
        f"{args.out}: {export(args.results, args.out, args.author)} files, a Workflow Run RO-Crate\n"
        f"next: rocrate-validator validate --profile-identifier workflow-run-crate-0.5 {shlex.quote(str(args.out))}"
    )
