"""What the workflow's rules call: a study's runs to its tables, figures and films, the claims, the page."""

import argparse
import gc
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a2c.cli.common import add_modules_option

if TYPE_CHECKING:
    import pandas as pd

    from a2c.report.kinds import Kind


def add(commands: Any) -> None:
    aggregate = commands.add_parser("aggregate", help="make studies' tables from their runs (called by the pipeline)")
    aggregate.add_argument(
        "studies", metavar="STUDY_DIR", nargs="+", type=Path, help="RESULTS/studies/NAME; runs in RESULTS/runs"
    )
    aggregate.set_defaults(run=_aggregate)
    draw = commands.add_parser("draw", help="make figures and formatted tables of studies (called by the pipeline)")
    draw.add_argument("studies", metavar="STUDY_DIR", nargs="+", type=Path)
    draw.set_defaults(run=_draw)
    aggregate_gradients = commands.add_parser(
        "aggregate-gradients", help="make a gradient study's tables from its estimates (called by the pipeline)"
    )
    aggregate_gradients.add_argument("study", metavar="DIR", type=Path, help="RESULTS/gradients/NAME")
    aggregate_gradients.set_defaults(run=_aggregate_gradients)
    draw_gradients = commands.add_parser(
        "draw-gradients", help="make figures and formatted tables of a gradient study (called by the pipeline)"
    )
    draw_gradients.add_argument("study", metavar="DIR", type=Path)
    draw_gradients.set_defaults(run=_draw_gradients)
    aggregate_tuning = commands.add_parser(
        "aggregate-tuning", help="make a tuning's tables from its trials and tests (called by the pipeline)"
    )
    aggregate_tuning.add_argument("study", metavar="DIR", type=Path, help="RESULTS/tunings/NAME")
    aggregate_tuning.set_defaults(run=_aggregate_tuning)
    draw_tuning = commands.add_parser(
        "draw-tuning", help="make figures and formatted tables of a tuning (called by the pipeline)"
    )
    draw_tuning.add_argument("study", metavar="DIR", type=Path)
    draw_tuning.set_defaults(run=_draw_tuning)
    films = commands.add_parser("films", help="film the best and the median seed (called by the pipeline)")
    films.add_argument("study", metavar="STUDY_DIR", type=Path, help="the study whose baseline plays")
    films.add_argument("environment", metavar="ENVIRONMENT", help="as paths have it: ALE-Pong-v5")
    add_modules_option(films)
    films.set_defaults(run=_films)
    verdicts = commands.add_parser("verdicts", help="make one table of all studies' claims (called by the pipeline)")
    verdicts.add_argument("results", metavar="RESULTS", type=Path)
    verdicts.set_defaults(run=_verdicts)
    page = commands.add_parser("page", help="make the page of a paper (called by the pipeline)")
    page.add_argument("results", metavar="RESULTS", type=Path)
    page.set_defaults(run=_page)
    typeset = commands.add_parser("typeset", help="make the PDF of a paper and its sources (called by the pipeline)")
    typeset.add_argument("results", metavar="RESULTS", type=Path)
    typeset.set_defaults(run=_typeset)


def _without_collection(step: Callable[[argparse.Namespace], None]) -> Callable[[argparse.Namespace], None]:
    """A step without garbage collection, which takes an eighth of the time of drawing and finds little to free."""

    @wraps(step)
    def run(args: argparse.Namespace) -> None:
        gc.disable()
        try:
            step(args)
        finally:
            gc.enable()

    return run


@_without_collection
def _aggregate(args: argparse.Namespace) -> None:
    from a2c.analysis.study import aggregate
    from a2c.report.lineage import write_data
    from a2c.runs.reading import read_runs
    from a2c.runs.study import read_study_record

    for folder in args.studies:
        study, runs = read_study_record(folder), folder.parent.parent / "runs"
        tables = aggregate(study, *read_runs(study, runs))
        write_data(study, _contents(tables), folder, runs)


def _contents(tables: "Mapping[str, pd.DataFrame]") -> dict[str, bytes]:
    """Tables as CSV files, by file name."""
    return {f"{name}.csv": table.to_csv(index=False).encode() for name, table in tables.items()}


@_without_collection
def _draw(args: argparse.Namespace) -> None:
    from a2c.report.kinds import STUDIES

    for folder in args.studies:
        _draw_one(STUDIES, folder)


def _draw_one(kind: "Kind[Any]", folder: Path) -> None:
    from a2c.report.draw import draw
    from a2c.runs.study_tables import tables_fit

    with tables_fit(folder):
        draw(kind, folder)


@_without_collection
def _aggregate_gradients(args: argparse.Namespace) -> None:
    from a2c.analysis.gradients import measured, summarise, verdicts
    from a2c.report.lineage import write_gradient_data
    from a2c.runs.gradient_study import ESTIMATES, read_gradient_record
    from a2c.runs.gradients import read_estimates, read_registrations, table_bytes
    from a2c.runs.parquet import frame_of

    record = read_gradient_record(args.study)
    runs = args.study.parent.parent / "runs"
    estimates = read_estimates(record, args.study)
    frame = frame_of(estimates)
    tables = {"summary": summarise(frame, len(record.seeds))}
    if record.claims:
        tables["measures"] = measured(record, frame)
        tables["claims"] = verdicts(record, frame, tables["measures"], read_registrations(record, runs))
    write_gradient_data(record, {ESTIMATES: table_bytes(estimates), **_contents(tables)}, args.study, runs)


@_without_collection
def _draw_gradients(args: argparse.Namespace) -> None:
    from a2c.report.kinds import GRADIENTS

    _draw_one(GRADIENTS, args.study)


@_without_collection
def _aggregate_tuning(args: argparse.Namespace) -> None:
    from a2c.analysis.tunings.tables import tables_of
    from a2c.report.lineage import write_tuning_data
    from a2c.report.tunings import BEST
    from a2c.report.tunings.settings import best_file
    from a2c.runs.parquet import frame_of
    from a2c.runs.tuning_study import read_tuning_record
    from a2c.tuning.records import read_references, read_tests, read_trials

    record = read_tuning_record(args.study)
    records = [frame_of(read(record.tuning, args.study)) for read in (read_trials, read_tests, read_references)]
    tables = tables_of(record.tuning, *records)
    write_tuning_data(record, {**_contents(tables), BEST: best_file(record, tables).encode()}, args.study)


@_without_collection
def _draw_tuning(args: argparse.Namespace) -> None:
    from a2c.report.kinds import TUNINGS

    _draw_one(TUNINGS, args.study)


def _films(args: argparse.Namespace) -> None:
    from a2c.envs.registry import allow_modules
    from a2c.play.paper_films import write_films
    from a2c.runs.study_tables import tables_fit

    allow_modules(args.allow_module)
    with tables_fit(args.study):
        write_films(args.study, args.environment)


@_without_collection
def _verdicts(args: argparse.Namespace) -> None:
    from a2c.report.verdicts import write_verdicts
    from a2c.runs.study import read_paper_record
    from a2c.runs.study_tables import tables_fit

    with tables_fit(args.results):
        write_verdicts(args.results, read_paper_record(args.results))


@_without_collection
def _page(args: argparse.Namespace) -> None:
    from a2c.report.page.page import page
    from a2c.runs.study import read_paper_record
    from a2c.runs.study_tables import tables_fit

    with tables_fit(args.results):
        page(args.results, read_paper_record(args.results))


@_without_collection
def _typeset(args: argparse.Namespace) -> None:
    from a2c.report.paper.document import write_paper
    from a2c.runs.study import read_paper_record
    from a2c.runs.study_tables import tables_fit

    with tables_fit(args.results):
        write_paper(args.results, read_paper_record(args.results))
