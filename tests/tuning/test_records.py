"""The tables of a job: for any bytes their reader returns them, or reports the file in one line."""

import hashlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a2c.config.tunings import REFERENCES
from a2c.runs.files import DamagedError, read_sealed, sealed
from a2c.runs.tuning_study import REPEAT, TESTS
from a2c.tuning.job import tune
from a2c.tuning.records import read_job
from tests.faults.test_readers import json_values, mutated, mutations
from tests.tuning.small import tuning_of, written

TUNING = tuning_of(test_seeds="100-101")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    _, folder = written(tmp_path_factory.mktemp("made"), test_seeds="100-101")
    tune(folder, REFERENCES, 0, print)
    return folder


def told(folder: Path) -> str:
    """What the reader reports; nothing if it reads the tables."""
    reported = ""
    try:
        read_job(TUNING, folder, REFERENCES, 0)
    except DamagedError as error:
        reported = str(error)
    assert reported == "" or reported.startswith(str(folder))
    assert len(reported.splitlines()) <= 1
    return reported


def with_tests(folder: Path, content: bytes) -> str:
    """The same with other bytes of the table of tests, whose checksum fits."""
    place = folder / REFERENCES / "repeat-0"
    made = {key: value for key, value in read_sealed(place / REPEAT).items() if key != "sha256"}
    sound = {path: path.read_bytes() for path in (place / REPEAT, place / TESTS)}
    (place / TESTS).write_bytes(content)
    (place / REPEAT).write_text(sealed({**made, "files": {TESTS: hashlib.sha256(content).hexdigest()}}))
    try:
        return told(folder)
    finally:
        for path, data in sound.items():
            path.write_bytes(data)


def test_a_table_with_any_bytes_is_read_or_reported(folder: Path) -> None:
    sound = (folder / REFERENCES / "repeat-0" / TESTS).read_bytes()

    @settings(max_examples=20)
    @given(mutations.map(lambda changes: mutated(sound, changes)) | st.binary(max_size=60))
    def try_one(data: bytes) -> None:
        with_tests(folder, data)

    try_one()
    assert told(folder) == ""


def test_a_repeat_file_with_any_content_is_read_or_reported(folder: Path) -> None:
    path = folder / REFERENCES / "repeat-0" / REPEAT
    sound, made = path.read_bytes(), {key: value for key, value in read_sealed(path).items() if key != "sha256"}

    @settings(max_examples=20)
    @given(st.sampled_from([*made]), json_values)
    def try_one(key: str, value: Any) -> None:
        path.write_text(sealed({**made, key: value}))
        told(folder)

    try_one()
    path.write_bytes(sound)


def test_other_columns_and_empty_cells_are_reported(folder: Path) -> None:
    table = pq.read_table(folder / REFERENCES / "repeat-0" / TESTS)
    sink = pa.BufferOutputStream()
    pq.write_table(table.drop_columns(["score"]), sink)
    assert "damaged" in with_tests(folder, bytes(sink.getvalue()))
    sink = pa.BufferOutputStream()
    pq.write_table(table.set_column(2, "seed", pa.nulls(len(table), pa.int64())), sink)
    assert "tests.parquet: seed: empty cells" in with_tests(folder, bytes(sink.getvalue()))
