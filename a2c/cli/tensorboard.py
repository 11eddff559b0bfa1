"""`tensorboard`: write results as TensorBoard event files."""

import argparse
import shlex
from pathlib import Path
from typing import Any

from a2c.cli.common import check_folder, print_out


def add(commands: Any) -> None:
    """Add the command `tensorboard` to the parser."""
    board = commands.add_parser(
        "tensorboard",
        help="write results as TensorBoard event files",
        description="Write the metrics of every result at or below DIR as TensorBoard event files, under the article's "
        "tag names: reward/mean, loss/policy, loss/value, entropy, advantage/mean, advantage/std, gradient_norm. "
        "Further metrics have tags of their own (docs/metrics.md).",
    )
    board.add_argument("dir", metavar="DIR", type=Path, help="a result, or a folder of results")
    board.add_argument(
        "--out", required=True, type=Path, help="folder for the event files, for `tensorboard --logdir OUT`"
    )
    board.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from a2c.exchange.tensorboard import write_event_files
    from a2c.runs.result import result_folders

    check_folder("--out", args.out)
    count = sum(
        len(write_event_files(folder, args.out / folder.relative_to(args.dir))) for folder in result_folders(args.dir)
    )
    print_out(f"{args.out}: {count} event files\nnext: tensorboard --logdir {shlex.quote(str(args.out))}")
