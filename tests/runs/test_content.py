"""Checksums of content: the same for the same numbers however they are packed, other ones for any other bit."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from a2c.runs.content import content_of
from a2c.runs.files import DamagedError, read_arrays, write_arrays
from a2c.runs.records import TABLES, read_table
from a2c.runs.result import read_result
from tests.runs.other_runs import relabelled, seal


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "copy")
    return tmp_path / "copy"


def test_how_a_file_is_packed_does_not_enter(trained: Path, copy: Path) -> None:
    for name in TABLES:
        pq.write_table(read_table(copy / name), copy / name, compression="gzip", row_group_size=7)
    write_arrays(copy / "actions.npz", read_arrays(copy / "actions.npz"), compress=False)
    write_arrays(copy / "weights.npz", read_arrays(copy / "weights.npz"), compress=True)
    seal(copy)
    for seed in range(3):
        assert content_of(read_result(copy), seed) == content_of(read_result(trained), seed)


def test_the_seed_does_not_enter(trained: Path, tmp_path: Path) -> None:
    other = relabelled(trained, tmp_path / "other", {1: 7})
    assert content_of(read_result(other), 7) == content_of(read_result(trained), 1)


def test_big_endian_arrays_have_the_checksum_of_little_endian_ones(trained: Path, copy: Path) -> None:
    weights = {name: array.astype(">f4") for name, array in read_arrays(copy / "weights.npz").items()}
    write_arrays(copy / "weights.npz", weights, compress=False)
    seal(copy)
    assert content_of(read_result(copy), 0) == content_of(read_result(trained), 0)


def test_a_number_that_is_none_has_one_checksum(copy: Path) -> None:
    found = []
    for bits in (0x7FC00000, 0xFFC00000):
        weights = read_arrays(copy / "weights.npz")
        weights["0/shared.0.weight"].view(np.uint32).flat[0] = bits
        write_arrays(copy / "weights.npz", weights, compress=False)
        seal(copy)
        found.append(content_of(read_result(copy), 0))
    assert found[0] == found[1]


@pytest.mark.parametrize("other", [lambda array: array.T, lambda array: array.astype(np.float64), lambda array: -array])
def test_another_shape_type_or_sign_is_another_checksum(other: object, trained: Path, copy: Path) -> None:
    weights = read_arrays(copy / "weights.npz")
    weights["0/shared.0.weight"] = np.ascontiguousarray(other(weights["0/shared.0.weight"]))  # type: ignore[operator]
    write_arrays(copy / "weights.npz", weights, compress=False)
    seal(copy)
    old, new = content_of(read_result(trained), 0), content_of(read_result(copy), 0)
    assert [name for name in old if old[name] != new[name]] == ["weights.npz"]


def test_a_run_without_actions_is_damage(copy: Path) -> None:
    write_arrays(copy / "actions.npz", {"0": np.zeros((2, 2), dtype=np.uint8)}, compress=True)
    seal(copy)
    with pytest.raises(DamagedError, match=r"actions\.npz: seed 2 is missing"):
        content_of(read_result(copy), 2)
