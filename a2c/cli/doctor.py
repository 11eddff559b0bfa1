"""`doctor`: run the article's debugging checklist on results."""

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add the command `doctor` to the parser."""
    doctor = commands.add_parser(
        "doctor",
        help="run the article's debugging checklist on results",
        description="Run the article's debugging checklist on every result at or below DIR. Prints each finding, in "
        "how many runs it was made, the measured numbers, and the article's remedy.",
    )
    doctor.add_argument("dir", metavar="DIR", type=Path, help="a result, or a folder of results")
    doctor.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from a2c.analysis.doctor.checkup import doctor, render
    from a2c.runs.result import result_folders

    for folder in result_folders(args.dir):
        print(f"{folder}\n{render(doctor(folder))}", flush=True)
