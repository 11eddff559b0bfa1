"""`doctor`: run the article's debugging checklist on results."""

import argparse
from pathlib import Path
from typing import Any

from a2c.cli.common import add_json_option, tell


def add(commands: Any) -> None:
    """Add the command `doctor` to the parser."""
    doctor = commands.add_parser(
        "doctor",
        help="run the article's debugging checklist on results",
        description="Run the article's debugging checklist on every result at or below DIR. Prints for each "
        "configuration what is wrong and in how many runs, what the article advises and the runs do not follow yet, "
        "and, if the runs belong to a paper, which other settings were better there.",
    )
    doctor.add_argument("dir", metavar="DIR", type=Path, help="a result, or a folder of results")
    add_json_option(doctor)
    doctor.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from a2c.analysis.doctor.report import as_content, examine, lines_of
    from a2c.runs.result import result_folders

    examined = examine(result_folders(args.dir))
    text = "\n".join(line for one in examined for line in lines_of(one))
    tell(args, [as_content(one) for one in examined], text)
