"""A study's runs as tidy tables: only the requested seeds, each once, no damaged data."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from a2c.runs import manifest
from a2c.runs.files import DamagedError
from a2c.runs.reading import read_runs
from a2c.runs.study import ConfigurationRecord, StudyRecord, seeds_taken
from tests.runs.other_runs import by_another_arithmetic, relabelled


@pytest.fixture
def runs(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "block")
    return tmp_path


def study(runs: Path, seeds: list[int], blocks: list[str], name: str = "") -> StudyRecord:
    name = name or manifest.read(runs / "block")["name"]
    one = ConfigurationRecord(name, "CartPole-v1", {}, 475.0, {}, blocks)
    return StudyRecord("s", "S", "", {}, {}, {}, {}, 4000, seeds, [], [one], [])


def test_only_the_requested_seeds_are_read(runs: Path) -> None:
    found = read_runs(study(runs, [0, 2], ["block"]), runs)
    for table in (found.episodes, found.metrics, found.evaluation, found.status):
        assert set(table["seed"]) == {0, 2}
        assert set(table["configuration"]) == {manifest.read(runs / "block")["name"]}
    assert list(found.status["status"]) == ["finished", "finished"]


def test_a_seed_that_no_block_has_is_reported(runs: Path) -> None:
    with pytest.raises(DamagedError, match="has seed 7"):
        read_runs(study(runs, [0, 7], ["block"]), runs)


def test_a_published_block_completes_the_seeds_that_were_trained_here(runs: Path) -> None:
    (runs.parent / "published").mkdir()
    shutil.copytree(runs / "block", runs.parent / "published" / "block")
    own = study(runs, [0, 2], ["block"])
    both = study(runs, [0, 2], ["block", "../published/block"])
    assert read_runs(both, runs).episodes.equals(read_runs(own, runs).episodes)
    assert seeds_taken({"own": [0, 1], "../other": [1, 2, 3]}, [0, 1, 2]) == {"own": [0, 1], "../other": [2]}


def test_a_seed_in_two_blocks_is_never_counted_twice(runs: Path) -> None:
    shutil.copytree(runs / "block", runs / "again")
    with pytest.raises(DamagedError, match="seed 0 is in another block too"):
        read_runs(study(runs, [0, 1], ["block", "again"]), runs)


def test_a_block_of_another_configuration_is_named(runs: Path) -> None:
    wrong = study(runs, [0], ["block"], "a2c_other")
    with pytest.raises(DamagedError, match=r"manifest\.json: holds .*, not a2c_other"):
        read_runs(wrong, runs)


def test_runs_of_different_arithmetic_are_never_mixed(runs: Path, trained: Path) -> None:
    relabelled(trained, runs / "older", {0: 3}, by_another_arithmetic)
    with pytest.raises(
        DamagedError, match=r"older/manifest\.json: bits: 1 is not allowed; allowed: 2, as in the other"
    ):
        read_runs(study(runs, [0, 3], ["block", "older"]), runs)


def test_runs_in_different_code_of_an_environment_are_never_mixed(runs: Path, trained: Path) -> None:
    """Not even those of two configurations, as a study compares these."""

    def of(sources: str | None) -> Callable[[dict[str, Any]], None]:
        return lambda content: content["environment"].update(sources_sha256=sources)

    for name, seed, sources in (("one", 3, "1" * 64), ("other", 4, "2" * 64), ("unknown", 5, None)):
        relabelled(trained, runs / name, {0: seed}, of(sources))
    read_runs(study(runs, [0, 3, 5], ["block", "one", "unknown"]), runs)
    with pytest.raises(
        DamagedError,
        match=r"other/manifest\.json: environment\.sources_sha256: 222222222222 is not allowed",
    ):
        read_runs(study(runs, [3, 4], ["one", "other"]), runs)


def test_the_registration_of_a_run_is_read_from_its_manifest(runs: Path, trained: Path) -> None:
    relabelled(trained, runs / "one", {0: 3}, lambda content: content.update(registration={"tests_sha256": "ab"}))
    status = read_runs(study(runs, [0, 3], ["block", "one"]), runs).status
    assert dict(zip(status["seed"], status["registration"], strict=True)) == {0: "", 3: "ab"}


@pytest.mark.parametrize("name", ["episodes.parquet", "actions.npz", "weights.npz"])
def test_a_damaged_file_is_reported_and_not_used(name: str, runs: Path) -> None:
    data = bytearray((runs / "block" / name).read_bytes())
    data[len(data) // 2] ^= 1
    (runs / "block" / name).write_bytes(data)
    with pytest.raises(DamagedError, match=f"{name}: damaged"):
        read_runs(study(runs, [0], ["block"]), runs)
