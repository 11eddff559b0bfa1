"""What the workflow's rules call: a study's runs to its tables, figures and films, the claims, the page."""

import argparse
from pathlib import Path
from typing import Any

from a2c.cli.common import add_modules_option


def add(commands: Any) -> None:
    aggregate = commands.add_parser("aggregate", help="a study's runs to its tables (called by the pipeline)")
    aggregate.add_argument("study", metavar="STUDY_DIR", type=Path, help="RESULTS/studies/NAME; runs in RESULTS/runs")
    aggregate.set_defaults(run=_aggregate)
    draw = commands.add_parser("draw", help="a study's tables to figures and formatted tables (called by the pipeline)")
    draw.add_argument("study", metavar="STUDY_DIR", type=Path)
    draw.set_defaults(run=_draw)
    films = commands.add_parser("films", help="the best and the median seed at play (called by the pipeline)")
    films.add_argument("study", metavar="STUDY_DIR", type=Path, help="the study whose baseline plays")
    films.add_argument("environment", metavar="ENVIRONMENT", help="as paths have it: ALE-Pong-v5")
    add_modules_option(films)
    films.set_defaults(run=_films)
    verdicts = commands.add_parser("verdicts", help="all studies' claims to one table (called by the pipeline)")
    verdicts.add_argument("results", metavar="RESULTS", type=Path)
    verdicts.set_defaults(run=_verdicts)
    page = commands.add_parser("page", help="a paper's studies to one page (called by the pipeline)")
    page.add_argument("results", metavar="RESULTS", type=Path)
    page.set_defaults(run=_page)


def _aggregate(args: argparse.Namespace) -> None:
    from a2c.analysis.study import aggregate
    from a2c.report.lineage import write_data
    from a2c.runs.reading import read_runs
    from a2c.runs.study import read_study_record

    study = read_study_record(args.study)
    runs = args.study.parent.parent / "runs"
    tables = aggregate(study, *read_runs(study, runs))
    write_data(study, {f"{name}.csv": table.to_csv(index=False) for name, table in tables.items()}, args.study, runs)


def _draw(args: argparse.Namespace) -> None:
    from a2c.report.draw import draw

    draw(args.study)


def _films(args: argparse.Namespace) -> None:
    from a2c.envs.registry import allow_modules
    from a2c.play.paper_films import write_films

    allow_modules(args.allow_module)
    write_films(args.study, args.environment)


def _verdicts(args: argparse.Namespace) -> None:
    from a2c.report.verdicts import write_verdicts
    from a2c.runs.study import read_paper_record

    write_verdicts(args.results, read_paper_record(args.results))


def _page(args: argparse.Namespace) -> None:
    from a2c.report.page.page import page
    from a2c.runs.study import read_paper_record

    page(args.results, read_paper_record(args.results), args.results / "index.html")
