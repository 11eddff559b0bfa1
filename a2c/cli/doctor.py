"""`doctor`: the article's debugging checklist on results."""

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    doctor = commands.add_parser(
        "doctor",
        help="the article's debugging checklist on results",
        description="Run the article's debugging checklist on every result at or below DIR: what was found in how many "
        "runs, the numbers that led to it, and the article's remedy.",
    )
    doctor.add_argument("dir", metavar="DIR", type=Path)
    doctor.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> None:
    from a2c.analysis.doctor.checkup import doctor, render
    from a2c.runs.audit import results_below

    for folder in results_below(asked.dir):
        print(f"{folder}\n{render(doctor(folder))}", flush=True)
