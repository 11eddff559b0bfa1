"""`publish`: publish a paper's runs in results/published."""

import argparse
import shlex
from pathlib import Path
from typing import Any

from a2c.cli.common import print_out


def add(commands: Any) -> None:
    """Add the command `publish` to the parser."""
    publish = commands.add_parser(
        "publish",
        help="publish a paper's runs in results/published",
        description="Publish the runs of a paper and its films in results/published/PAPER. Of each configuration whose "
        "training gives the same bytes on any machine, one run is published whole, and of the others numbers and "
        "checksums; other runs are published whole, most without their weights. From these `snakemake published` makes "
        "the paper without training.",
    )
    publish.add_argument("config", metavar="CONFIG", type=Path, help="a paper, such as config/paper.yaml")
    publish.add_argument("--study", action="append", metavar="NAME", help="only this study or tuning; repeatable (all)")
    publish.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from a2c.config import load_paper
    from a2c.display.screen import counter
    from a2c.exchange.publish import names_of, publish, publish_films
    from a2c.exchange.tunings import finished_repeats

    paper = load_paper(args.config)
    names = args.study or names_of(paper)
    target = Path("results", "published", args.config.stem)
    blocks = publish(paper, names, Path(paper.results, "runs"), target)
    count = 0
    with counter("seed blocks") as advance:
        for _ in blocks:
            count += 1
            advance()
    publish_films(Path(paper.results, "films"), target / "films")  # published runs have no weights to make them from
    tunings = [tuning for tuning in paper.tunings if tuning.name in names]
    repeats = finished_repeats(tunings, target)
    told = [f"{repeats[one.name]} of {one.repeats} repeats of tuning {one.name}" for one in tunings]
    if count or not told:
        told.insert(0, f"{count} seed blocks")
    config = shlex.quote(str(args.config))
    print_out(
        f"{target}: {', '.join(told)}\n"
        f"next: snakemake --cores all --configfile {config} -- published   # tables and figures beside the runs\n"
        f"      git add {shlex.quote(str(target))}"
    )
