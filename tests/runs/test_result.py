"""Reading a result: its manifest at once, each file when it is needed."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from a2c.config import Configuration
from a2c.runs import manifest, result
from a2c.runs.files import DamagedError, read_arrays, write_arrays
from a2c.runs.result import read_result, result_folders
from tests.runs.other_runs import seal


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "copy")
    return tmp_path / "copy"


def test_a_result_has_its_tables_actions_and_weights(trained: Path) -> None:
    result = read_result(trained)
    assert result.seeds == [0, 1, 2]
    assert result.label == f"CartPole-v1/{result.configuration.name}"
    for table in (result.episodes, result.metrics, result.evaluation):
        assert set(np.unique(table["seed"])) == {0, 1, 2}
    assert set(result.actions) == {"0", "1", "2"}
    assert result.weights is not None
    assert {name.split("/")[0] for name in result.weights} == {"0", "1", "2"}


def test_a_damaged_file_is_reported_when_it_is_read_and_no_other_is_read(copy: Path) -> None:
    (copy / "metrics.parquet").write_bytes(b"other")
    result = read_result(copy)
    assert len(result.episodes) > 0
    with pytest.raises(DamagedError, match=r"metrics\.parquet: damaged"):
        _ = result.metrics
    with pytest.raises(DamagedError, match=r"metrics\.parquet: damaged"):
        result.check_files()


def test_weights_that_were_left_out_are_none(copy: Path) -> None:
    (copy / "weights.npz").unlink()
    with pytest.raises(DamagedError, match=r"weights\.npz: missing"):
        _ = read_result(copy).weights
    manifest.leave_out(copy, manifest.read(copy), ["weights.npz"], {})
    assert read_result(copy).weights is None
    read_result(copy).check_files()


@pytest.fixture
def large(copy: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A result whose weights and snapshots are larger than what is read without a look at the network."""
    weights = read_arrays(copy / "weights.npz")
    kept = {name.replace("/", f"/{share}/", 1): array for share in (0.5, 1.0) for name, array in weights.items()}
    write_arrays(copy / "snapshots.npz", kept, compress=False)

    def with_snapshots(content: dict[str, Any]) -> None:
        content["configuration"]["snapshots"] = [0.5, 1.0]
        content["name"] = Configuration(**content["configuration"]).name
        content["files"]["snapshots.npz"] = content["files"]["weights.npz"]

    seal(copy, with_snapshots)
    seal(copy)
    monkeypatch.setattr(result, "LARGEST_ARRAYS", 1000)
    monkeypatch.setattr(result, "MIB", 0)
    return copy


def resealed(folder: Path, arrays: dict[str, Any], compress: bool = False) -> Path:
    write_arrays(folder / "weights.npz", arrays, compress)
    seal(folder)
    return folder


def test_weights_are_read_up_to_the_size_of_their_network(large: Path) -> None:
    read = read_result(large)
    assert read.weights is not None
    assert read.snapshots is not None
    assert len(read.snapshots) == 2 * len(read.weights)


def test_more_weights_than_the_network_has_are_not_read(large: Path) -> None:
    weights = read_arrays(large / "weights.npz")
    more = {**weights, "9/more": np.random.default_rng(0).normal(size=10_000)}
    with pytest.raises(DamagedError, match=r"weights\.npz: [\d,]+ bytes once unpacked; allowed: at most [\d,]+$"):
        _ = read_result(resealed(large, more)).weights


def test_packed_weights_that_are_larger_than_their_file_are_not_read(large: Path) -> None:
    zeros = {name: np.zeros_like(array) for name, array in read_arrays(large / "weights.npz").items()}
    packed = resealed(large, zeros, compress=True)
    with pytest.raises(DamagedError, match=r"weights\.npz: [\d,]+ bytes once unpacked; allowed: at most [\d,]+$"):
        _ = read_result(packed).weights


def test_a_configuration_that_is_not_the_one_named_is_damage(copy: Path) -> None:
    seal(copy, lambda content: content["configuration"].update(gamma=0.5))
    with pytest.raises(DamagedError, match=r"manifest\.json: its configuration is a2c_.*gamma-0\.5"):
        read_result(copy)


def test_a_sealed_manifest_that_lacks_something_is_damage(copy: Path) -> None:
    seal(copy, lambda content: content.pop("determinism"))
    with pytest.raises(DamagedError, match=r"manifest\.json: determinism: missing"):
        read_result(copy)


def test_results_are_found_below_a_folder(trained: Path, tmp_path: Path) -> None:
    for name in ("b", "a"):
        shutil.copytree(trained, tmp_path / "runs" / name)
    assert result_folders(tmp_path) == [tmp_path / "runs" / "a", tmp_path / "runs" / "b"]
