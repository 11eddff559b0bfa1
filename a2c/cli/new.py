"""`new`: a folder for a paper of one's own."""

import argparse
import shlex
from pathlib import Path
from typing import Any

from a2c.cli.common import check_folder, print_out


def add(commands: Any) -> None:
    """Add the command `new` to the parser."""
    new = commands.add_parser(
        "new",
        help="make a folder for a paper of your own",
        description="Write a small paper (paper.yaml), its Snakefile, profiles and a README into a new folder. The "
        "rules of the workflow come with the package, so that the folder can lie anywhere.",
    )
    new.add_argument("dir", metavar="DIR", type=Path, help="a new folder, or an empty one")
    new.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from a2c.pipeline.workflow import new_study

    check_folder("DIR", args.dir)
    files = new_study(args.dir)
    names = ", ".join(str(file.relative_to(args.dir)) for file in files)
    print_out(
        f"{args.dir}: {names}\n"
        f"next: cd {shlex.quote(str(args.dir))}, change paper.yaml, and run\n"
        "      a2c plan paper.yaml      # what it costs\n"
        "      snakemake --cores all    # trains it and writes results/index.html"
    )
