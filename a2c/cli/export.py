"""`export`: a paper's results as a Workflow Run RO-Crate."""

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    export = commands.add_parser(
        "export",
        help="a paper's results as a Workflow Run RO-Crate",
        description="Write a paper's results, with the code, the manifests and what made what, as a Workflow Run "
        "RO-Crate (docs/provenance.md). The same results give the same bytes.",
    )
    export.add_argument("results", metavar="RESULTS", type=Path, help="such as results or results/published/cartpole")
    export.add_argument("--out", required=True, type=Path, help="the crate: a new folder, or a file .zip")
    export.add_argument("--author", metavar="NAME", help="whose results they are (the authors of CITATION.cff)")
    export.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> None:
    from a2c.exchange.crate import export

    print(f"{asked.out}: {export(asked.results, asked.out, asked.author)} files")
