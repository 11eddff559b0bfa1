"""`tensorboard`: results as event files."""

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    board = commands.add_parser(
        "tensorboard",
        help="results as TensorBoard event files",
        description="Write the metrics of every result at or below DIR as TensorBoard event files, under the article's "
        "tag names: reward/mean, loss/policy, loss/value, entropy, advantage/mean, advantage/std, gradient_norm.",
    )
    board.add_argument("dir", metavar="DIR", type=Path)
    board.add_argument("--out", required=True, type=Path, help="folder for the event files; tensorboard --logdir OUT")
    board.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> None:
    from a2c.exchange.tensorboard import export
    from a2c.runs.audit import results_below

    for folder in results_below(asked.dir):
        export(folder, asked.out / folder.relative_to(asked.dir))
    print(f"tensorboard --logdir {asked.out}")
