"""`columns.csv` of a paper: every column of every table, with its unit and its meaning.

The file of the same name beside this one describes the columns. There `file` and `column` are patterns; `{}` in a
meaning stands for what `*` in the column is.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from a2c import untrusted
from a2c.analysis.claims.tables import BOUNDS, MEASURED
from a2c.config.configuration import Configuration
from a2c.config.names import axis_name
from a2c.config.tunings import REFERENCES
from a2c.report import gradients, tunings
from a2c.report.catalogue import MEASURES, data_of, tables_of
from a2c.report.figure import Study
from a2c.report.reading import PaperTables
from a2c.report.rows import Tables
from a2c.report.table import Table
from a2c.runs.gradient_study import ESTIMATES
from a2c.runs.names import THIN_FILE
from a2c.runs.tuning_study import TESTS, TRIALS, TuningRecord

DESCRIPTIONS = Path(__file__).with_suffix(".csv")
HEADER = ["file", "column", "unit", "meaning"]


class Column(NamedTuple):
    """A column of a kind of file."""

    file: str  # kind of folder and name: studies/summary.csv
    column: str
    unit: str
    meaning: str


def columns_of(paper: PaperTables) -> list[Column]:
    """The columns of all tables of a paper, each kind of file once. KeyError if a column is not described."""
    return [describe(file, column) for file, column in dict.fromkeys(_columns(paper))]


def columns_text(columns: Iterable[Column]) -> str:
    """The content of columns.csv."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADER, *columns])
    return text.getvalue()


def describe(file: str, column: str) -> Column:
    """The description of a column. The most specific pattern counts: of the file first, then of the column."""
    matching = [(one, match) for one in _descriptions() if (match := _match(one, file, column))]
    if matching:
        one, match = max(matching, key=lambda pair: _precision(pair[0]))
        (stem,) = match.groups() or ("",)
        return Column(file, column, one.unit.format(stem), one.meaning.format(stem))
    if column in (fields := _fields()):
        return Column(file, column, *fields[column])
    raise KeyError(f"{DESCRIPTIONS.name} of the package does not describe {column} of {file}")


def _columns(paper: PaperTables) -> Iterator[tuple[str, str]]:
    """Kind of file and column, of the whole paper."""
    yield from (("claims.csv", name) for name in map(str, paper.claims))
    for study, tables in paper.studies.values():
        read = [name for name in data_of(study) if name != MEASURES]
        yield from _of_study("studies", study, tables, read, tables_of(study))
        if study.claims:
            yield from ((f"studies/{MEASURES}.csv", column) for column in MEASURED)
    for record, tables in paper.gradients.values():
        read = [name for name in gradients.data_of(record) if name != gradients.MEASURES]
        yield from _of_study("gradients", record, tables, read, gradients.tables_of(record))
        if record.claims:
            yield from ((f"gradients/{gradients.MEASURES}.csv", column) for column in [*MEASURED, *BOUNDS])
    if paper.gradients:
        from a2c.runs.gradients import SCHEMA  # here, as it loads the core

        yield from ((f"gradients/{ESTIMATES}", column) for column in SCHEMA.names)
    for tuning, tables in paper.tunings.values():
        yield from _of_study("tunings", tuning, tables, tunings.DATA, tunings.tables_of(tuning))
        yield from _of_trials(tuning)
    yield from _of_runs(paper)


def _of_study(
    kind: str, study: Study, tables: Tables, data: Sequence[str], kinds: Sequence[Table[Study]]
) -> Iterator[tuple[str, str]]:
    """The columns of a study's data and of its formatted tables."""
    for name in data:
        yield from ((f"{kind}/{name}.csv", column) for column in map(str, tables[name]))
    for one in kinds:
        if "csv" in one.formats:
            yield from ((f"{kind}/{one.name}.csv", column) for column in one.text(study, tables).header)


def _of_trials(record: TuningRecord) -> Iterator[tuple[str, str]]:
    """The columns of the files that the jobs of a tuning leave."""
    from a2c.tuning.records import tests_schema, trials_schema  # here, as they load pyarrow

    yield from ((f"tunings/{TRIALS}", column) for column in trials_schema(record.tuning).names)
    for tuner in (*record.tuning.tuners, REFERENCES):
        yield from ((f"tunings/{TESTS}", column) for column in tests_schema(tuner).names)


def _of_runs(paper: PaperTables) -> Iterator[tuple[str, str]]:
    """The columns of the files of runs, of the algorithms that the studies train."""
    from a2c.runs.records import TABLES, schema_of  # here, as they load pyarrow
    from a2c.runs.thin import COLUMNS as OF_THIN

    fields = [one.fields for study, _ in paper.studies.values() for one in study.configurations]
    for name in TABLES:
        for algorithm in dict.fromkeys(of_one.get("algorithm", "a2c") for of_one in fields):
            yield from ((f"runs/{name}", column) for column in schema_of(name, algorithm).names)
    yield from ((f"runs/{THIN_FILE}", column) for column in OF_THIN)


@cache
def _descriptions() -> list[Column]:
    text = untrusted.read(DESCRIPTIONS).decode()
    return [Column(*row) for row in list(csv.reader(io.StringIO(text)))[1:]]


@cache
def _fields() -> dict[str, tuple[str, str]]:
    """Unit and meaning of the fields of a configuration, under their own names and those in words."""
    found: dict[str, tuple[str, str]] = {}
    for name, field in Configuration.model_json_schema()["properties"].items():
        described = (field.get("unit", ""), field["description"])
        found |= {name: described, axis_name(name): described}
    return found


def _match(one: Column, file: str, column: str) -> re.Match[str] | None:
    return _pattern(one.column).fullmatch(column) if _pattern(one.file).fullmatch(file) else None


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile("(.*)".join(map(re.escape, text.split("*"))))


def _precision(one: Column) -> tuple[int, int, int]:
    """Larger for more specific patterns: without a star, then with more letters."""
    return ("*" not in one.column, len(one.file), len(one.column))
