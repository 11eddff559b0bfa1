"""The tables that one job of a tuning leaves: trials and tests of a tuner's repeat, or the runs of the references."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from a2c import untrusted
from a2c.config.errors import ConfigError, validate
from a2c.config.tunings import REFERENCES, Tuning
from a2c.runs import parquet
from a2c.runs.files import DamagedError, one_line, read_sealed, sealed, write_bytes, write_text
from a2c.runs.tuning_study import REPEAT, TESTS, TRIALS, place_of
from a2c.untrusted import FileName

AGAIN = "; tune again"  # ends a message that says what to do
FIELD = "field."  # begins the column of a tuned field
MAY_BE_EMPTY = ("score", "trial_score")
ALL_DIFFERENT = ("content", "score", "rung_scores")  # columns in which few values are alike

Row = dict[str, Any]

_RUN = [
    ("seed", pa.int64()),
    ("status", pa.string()),
    ("steps", pa.int64()),  # agent steps that were trained
    ("score", pa.float64()),  # of this seed, the measure of the tuning; none if it diverged or finished no episode
    ("content", pa.string()),  # checksum of all that the run recorded
]
_TESTS = pa.schema([("budget", pa.int32()), ("trial", pa.int32()), *_RUN])
_REFERENCES = pa.schema([("reference", pa.string()), ("configuration", pa.string()), *_RUN])


class _Made(BaseModel):
    """The keys of `repeat.json` that readers need."""

    model_config = ConfigDict(strict=True)

    tuning: str
    tuner: str
    repeat: int
    bits: int
    code: dict[str, Any]
    platform: dict[str, Any]
    files: dict[FileName, str]  # SHA-256 of the tables


def trials_schema(tuning: Tuning) -> pa.Schema:
    """A row per trial and seed.

    `status` is that of the trial: complete, pruned, or failed where a seed has no score. `cost`: of this run, in whole
    runs. `trial_score`: mean over the seeds, for a pruned trial at its last rung, none if it failed. `rung_scores`: of
    this seed at the rungs that the trial reached. A field is JSON, none where its condition is not met.
    """
    fields = [(f"{FIELD}{one.field}", pa.string()) for one in tuning.space]
    return pa.schema(
        [
            ("trial", pa.int32()),
            *_RUN,
            ("cost", pa.float64()),
            ("trial_score", pa.float64()),
            ("rung_scores", pa.list_(pa.float64())),
            ("configuration", pa.string()),
            *fields,
        ]
    )


@dataclass(frozen=True)
class Job:
    """What one job left, read and compared with its checksums."""

    tuner: str  # REFERENCES for the references
    repeat: int
    trials: pa.Table  # no rows for the references
    tests: pa.Table
    made: dict[str, Any]  # the content of repeat.json


def write_job(
    tuning: Tuning, folder: Path, tuner: str, trials: Sequence[Row], tests: Sequence[Row], made: Mapping[str, Any]
) -> None:
    """Write the tables of a job, and last `repeat.json` with their checksums. The same rows give the same bytes."""
    tables = {} if tuner == REFERENCES else {TRIALS: pa.Table.from_pylist(list(trials), trials_schema(tuning))}
    tables[TESTS] = pa.Table.from_pylist(list(tests), tests_schema(tuner))
    files = {}
    for name, table in tables.items():
        content = table_bytes(table)
        write_bytes(folder / name, content)
        files[name] = hashlib.sha256(content).hexdigest()
    write_text(folder / REPEAT, sealed({**made, "files": files}))


def read_job(tuning: Tuning, folder: Path, tuner: str, repeat: int) -> Job:
    """What the job of a tuner's repeat left below `folder`, that of the tuning.

    DamagedError, naming the file, if one is missing, damaged or of another tuning.
    """
    place = folder / place_of(tuner, repeat)
    made = _read_made(place / REPEAT)
    if (made["tuning"], made["tuner"], made["repeat"]) != (hash_of(tuning, tuner), tuner, repeat):
        raise DamagedError(f"{place / REPEAT}: of another tuning than {folder / 'tuning.json'} describes{AGAIN}")
    schema = trials_schema(tuning)
    if tuner != REFERENCES and _has_other_order(place / TRIALS, schema):
        described = f"than {folder / 'tuning.json'} describes: the fields of its space have another order"
        raise DamagedError(f"{place / TRIALS}: of another tuning {described}{AGAIN}")
    trials = schema.empty_table() if tuner == REFERENCES else _read(place / TRIALS, made, schema)
    return Job(tuner, repeat, trials, _read(place / TESTS, made, tests_schema(tuner)), made)


def read_trials(tuning: Tuning, folder: Path) -> pa.Table:
    """The trials of all tuners and repeats, with the columns `tuner` and `repeat` before the others."""
    return _joined([read_job(tuning, folder, *job) for job in tuning.jobs if job[0] != REFERENCES], "trials")


def read_tests(tuning: Tuning, folder: Path) -> pa.Table:
    """The tests of the winners of all tuners and repeats, with the columns `tuner` and `repeat` before the others."""
    return _joined([read_job(tuning, folder, *job) for job in tuning.jobs if job[0] != REFERENCES], "tests")


def read_references(tuning: Tuning, folder: Path) -> pa.Table:
    """The runs of the references on the test seeds; no rows if the tuning has none."""
    return read_job(tuning, folder, REFERENCES, 0).tests if tuning.references else _REFERENCES.empty_table()


def table_bytes(table: pa.Table) -> bytes:
    """A table as a Parquet file; the same rows give the same bytes."""
    options = {
        "compression": "zstd",
        "compression_level": 19,
        "use_dictionary": [name for name in table.column_names if name not in ALL_DIFFERENT],
        "use_byte_stream_split": [name for name in ("score",) if name in table.column_names],
        "write_statistics": False,
        "store_schema": False,
    }
    return parquet.encode(table, **options)


def check_rows(path: Path, rows: Sequence[Row], schema: pa.Schema) -> None:
    """DamagedError, naming the file that has these rows, unless they make a table with this schema."""
    try:
        content = table_bytes(pa.Table.from_pylist(list(rows), schema))
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise DamagedError(f"{path}: damaged ({one_line(error)})") from None
    parquet.table_in(content, path, schema, _may_be_empty)


def hash_of(tuning: Tuning, tuner: str) -> str:
    """A hash of what decides the numbers of a job: other tuners, more repeats and other words do not change it."""
    if tuner == REFERENCES:
        names = {"base", "references", "measure", "test_seeds"}
    else:
        words = {"title", "description", "tuners", "repeats", "references", "recommended", "good"}
        names = tuning.keys.keys() - words - (set() if tuner == "grid" else {"grid"})
    decides = sealed({name: tuning.keys[name] for name in names}, sort_keys=True)
    return hashlib.sha256(decides.encode()).hexdigest()


def tests_schema(tuner: str) -> pa.Schema:
    return _REFERENCES if tuner == REFERENCES else _TESTS


def is_finished(tuning: Tuning, folder: Path, tuner: str, repeat: int) -> bool:
    """Whether the job of a tuner's repeat of this tuning is done, by its `repeat.json` and the order of its columns."""
    place = folder / place_of(tuner, repeat)
    try:
        is_same = read_sealed(place / REPEAT).get("tuning") == hash_of(tuning, tuner)
    except DamagedError:
        return False
    return is_same and (tuner == REFERENCES or not _has_other_order(place / TRIALS, trials_schema(tuning)))


def _read_made(path: Path) -> dict[str, Any]:
    """The content of a `repeat.json`. DamagedError unless it is whole and has what readers need."""
    made = read_sealed(path)
    try:
        validate(_Made, made, str(path))
    except ConfigError as error:
        raise DamagedError(str(error)) from None
    return made


def _has_other_order(path: Path, schema: pa.Schema) -> bool:
    """Whether a table has the columns of `schema` in another order. The order of the fields decides what is drawn."""
    try:
        names = parquet.opened(untrusted.read(path)).schema_arrow.names
    except Exception:  # damaged bytes may raise anything; who reads the table says so
        return False
    return bool(names != schema.names and sorted(names) == sorted(schema.names))


def _read(path: Path, made: Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    content = untrusted.read(path)
    if hashlib.sha256(content).hexdigest() != made["files"].get(path.name):
        raise DamagedError(f"{path}: damaged (its checksum is not that of {REPEAT})")
    return parquet.table_in(content, path, schema, _may_be_empty)


def _may_be_empty(column: str) -> bool:
    return column in MAY_BE_EMPTY or column.startswith(FIELD)


def _joined(jobs: Sequence[Job], name: str) -> pa.Table:
    tables = []
    for job in jobs:
        table: pa.Table = getattr(job, name)
        whose = {"tuner": (job.tuner, pa.string()), "repeat": (job.repeat, pa.int32())}
        for place, (column, (value, kind)) in enumerate(whose.items()):
            table = table.add_column(place, column, pa.array([value] * len(table), kind))
        tables.append(table)
    return pa.concat_tables(tables)
