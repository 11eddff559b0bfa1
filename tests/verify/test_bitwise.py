"""A retrained run has the published bits, or the files that differ are named."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow.parquet as pq
import pytest

from a2c.config import Configuration
from a2c.config.metrics import OLDER
from a2c.runs import manifest
from a2c.runs.content import content_of
from a2c.runs.files import DamagedError, read_arrays, write_arrays
from a2c.runs.records import read_table, write_table
from a2c.runs.result import Result, read_result
from a2c.verify.bitwise import (
    differing_files,
    equal_action_steps,
    lacks_weights,
    manifest_differences,
    same_bits_expected,
    weights_by_file,
)
from tests.commands import a2c_says
from tests.processes import SMALL
from tests.runs.other_runs import by_another_arithmetic, relabelled, seal


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "copy")
    return tmp_path / "copy"


def alter_table(name: str, column: str) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        rows = read_table(folder / name).to_pylist()
        changed = next(row for row in rows if row["seed"] == 1)
        changed[column] = np.nextafter(np.float32(changed[column]), np.float32(np.inf)).item()
        write_table(folder / name, [tuple(row.values()) for row in rows], "a2c")

    return alter


def alter_array(name: str, key: str) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        arrays = read_arrays(folder / name)
        arrays[key] = arrays[key].copy()
        arrays[key].view(np.uint8).flat[-1] ^= 1
        write_arrays(folder / name, arrays, compress=name == "actions.npz")

    return alter


ALTERED = {
    "episodes.parquet": alter_table("episodes.parquet", "return"),
    "metrics.parquet": alter_table("metrics.parquet", "grad_norm"),
    "evaluation.parquet": alter_table("evaluation.parquet", "return"),
    "actions.npz": alter_array("actions.npz", "1"),
    "weights.npz": alter_array("weights.npz", "1/shared.0.weight"),
}


def test_a_run_has_the_same_bits_in_another_block(trained: Path, tmp_path: Path) -> None:
    alone = relabelled(trained, tmp_path / "alone", {1: 1})
    assert differing_files(read_result(trained), read_result(alone)) == {1: []}


@pytest.mark.parametrize("name", ALTERED)
def test_one_other_bit_of_one_run_is_found_and_its_file_named(name: str, trained: Path, copy: Path) -> None:
    ALTERED[name](copy)
    seal(copy)
    assert differing_files(read_result(trained), read_result(copy)) == {0: [], 1: [name], 2: []}


def test_another_status_is_found(trained: Path, copy: Path) -> None:
    seal(copy, lambda content: content["runs"]["2"].update(status="diverged", step=4000, reason="loss is nan"))
    assert differing_files(read_result(trained), read_result(copy)) == {0: [], 1: [], 2: ["manifest.json"]}


def test_metrics_of_an_older_version_are_compared_by_the_columns_that_it_had(trained: Path, tmp_path: Path) -> None:
    """Published before more was recorded; retrained now."""
    older = relabelled(trained, tmp_path / "older", {0: 0})
    table = read_table(older / "metrics.parquet").select(["seed", "step", *OLDER["a2c"]])
    pq.write_table(table, older / "metrics.parquet")
    seal(older)
    retrained = relabelled(trained, tmp_path / "retrained", {0: 0})
    assert differing_files(read_result(older), read_result(retrained)) == {0: []}
    with pytest.raises(DamagedError, match=r"metrics\.parquet: \w+ is missing"):
        differing_files(read_result(retrained), read_result(older))


def test_missing_numbers_count_as_equal(trained: Path, tmp_path: Path) -> None:
    blocks = []
    for name in ("one", "two"):
        folder = relabelled(trained, tmp_path / name, {0: 0})
        rows = [
            {**row, "explained_variance": float("nan")} for row in read_table(folder / "metrics.parquet").to_pylist()
        ]
        write_table(folder / "metrics.parquet", [tuple(row.values()) for row in rows], "a2c")
        seal(folder)
        blocks.append(read_result(folder))
    assert differing_files(*blocks) == {0: []}


def without_weights(folder: Path, checksums: bool) -> None:
    """Leave out the weights, with or without the checksums of their content."""
    content, result = manifest.read(folder), read_result(folder)
    kept = {str(seed): {"weights.npz": content_of(result, seed)["weights.npz"]} for seed in result.seeds}
    (folder / "weights.npz").unlink()
    manifest.leave_out(folder, content, ["weights.npz"], kept)
    if not checksums:
        seal(folder, lambda held: held.pop("left_out_content"))


@pytest.mark.parametrize(("checksums", "found"), [(True, [[], ["weights.npz"], []]), (False, [["weights.npz"]] * 3)])
def test_weights_that_were_not_published_are_compared_by_checksum(
    checksums: bool, found: list[list[str]], trained: Path, copy: Path
) -> None:
    ALTERED["weights.npz"](copy)
    seal(copy)
    without_weights(copy, checksums)
    published, again = read_result(copy), read_result(trained)
    assert weights_by_file(published, again) is not checksums
    assert differing_files(published, again) == dict(enumerate(found))


def test_weights_of_a_part_of_a_block_need_the_checksum_of_their_content(
    copy: Path, trained: Path, tmp_path: Path
) -> None:
    without_weights(copy, checksums=False)
    again = read_result(relabelled(trained, tmp_path / "part", {0: 0}))
    assert lacks_weights(read_result(copy))
    assert not weights_by_file(read_result(copy), again)


def test_the_number_of_equal_actions_is_counted_up_to_the_first_difference(trained: Path, copy: Path) -> None:
    log = read_arrays(copy / "actions.npz")
    log["0"] = log["0"].copy()
    log["0"][100, 3] ^= 1
    write_arrays(copy / "actions.npz", log, compress=True)
    seal(copy)
    assert equal_action_steps(read_result(trained), read_result(copy), 0) == 100 * 8
    assert equal_action_steps(read_result(trained), read_result(copy), 1) == 4000


def test_equal_actions_of_several_numbers_are_counted_by_rows() -> None:
    actions = np.zeros((10, 2, 3))  # rows, environments, numbers of an action
    other = actions.copy()
    other[4, 1, 2] = 1.0
    published, again = (
        cast(Result, SimpleNamespace(actions={"0": one}, configuration=Configuration(n_envs=2)))
        for one in (actions, other)
    )
    assert equal_action_steps(published, again, 0) == 8


def test_the_same_bits_are_required_for_the_same_code_platform_and_flags(trained: Path, copy: Path) -> None:
    assert same_bits_expected(read_result(trained), read_result(copy))
    assert manifest_differences(manifest.read(trained), manifest.read(copy)) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (by_another_arithmetic, "bits: 2, published: 1"),
        (lambda content: content["code"].update(sources_sha256="ab" * 32), "sources_sha256: "),
    ],
)
def test_other_bits_are_allowed_to_another_arithmetic_or_code_which_is_reported(
    change: Callable[[dict[str, Any]], None], reason: str, trained: Path, copy: Path
) -> None:
    seal(copy, change)
    published, again = read_result(copy), read_result(trained)
    assert not same_bits_expected(published, again)
    assert any(difference.startswith(reason) for difference in manifest_differences(published.manifest, again.manifest))


def on_another_cpu(content: dict[str, Any]) -> None:
    content["platform"] |= {"cpu": "Another", "core_build": "baseline", "system": "Another aarch64"}


def test_every_cpu_is_held_to_the_same_bits_of_a_native_environment(trained: Path, copy: Path) -> None:
    seal(copy, on_another_cpu)
    published, again = read_result(copy), read_result(trained)
    assert same_bits_expected(published, again)
    assert "core_build: " in "\n".join(manifest_differences(published.manifest, again.manifest))


@pytest.fixture(scope="module")
def stepped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result whose environments were stepped in Python: their bits depend on the machine's libraries."""
    folder = tmp_path_factory.mktemp("stepped") / "seeds-0-1"
    fields = {**SMALL, "env_kwargs": {"render_mode": "rgb_array"}}
    assert a2c_says("train", "-", "--seeds", "0-1", "--out", folder, fields=fields).returncode == 0
    return folder


@pytest.mark.parametrize(("key", "expected"), [("core_build", True), ("cpu", False), ("numpy", False)])
def test_environments_stepped_in_python_are_held_to_the_same_bits_on_one_platform(
    key: str, expected: bool, stepped: Path, tmp_path: Path
) -> None:
    shutil.copytree(stepped, tmp_path / "copy")
    seal(tmp_path / "copy", lambda content: content["platform"].update({key: "another"}))
    assert same_bits_expected(read_result(tmp_path / "copy"), read_result(stepped)) == expected


def as_on_a_gpu(trained: Path, folder: Path, kind: str) -> Result:
    """A result as if it had been trained on a GPU of this kind."""

    def change(content: dict[str, Any]) -> None:
        content["configuration"]["device"] = "cuda"
        content["name"] = Configuration.model_validate(content["configuration"]).name
        content["platform"]["gpu"] = kind

    shutil.copytree(trained, folder)
    seal(folder, change)
    return read_result(folder)


@pytest.mark.parametrize(("gpu", "expected"), [("NVIDIA H200", True), ("NVIDIA H100 80GB HBM3", False)])
def test_lanes_on_a_gpu_are_held_to_the_same_bits_on_the_same_kind(
    gpu: str, expected: bool, trained: Path, tmp_path: Path
) -> None:
    published = as_on_a_gpu(trained, tmp_path / "old", "NVIDIA H200")
    again = as_on_a_gpu(trained, tmp_path / "new", gpu)
    assert same_bits_expected(published, again) == expected
    assert manifest_differences(published.manifest, again.manifest) == (
        [] if expected else [f"gpu: {gpu}, published: NVIDIA H200"]
    )


def test_only_the_differing_parts_of_torchs_build_are_reported(trained: Path, tmp_path: Path) -> None:
    build = "PyTorch built with: " + ", ".join(f"USE_{letter}=ON" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    results = []
    for name, more in (("old", ", USE_MAGIC=ON"), ("new", "")):
        shutil.copytree(trained, tmp_path / name)
        seal(tmp_path / name, lambda content, more=more: content["platform"].update(torch_build=build + more))
        results.append(manifest.read(tmp_path / name))
    assert manifest_differences(*results) == ["torch_build: less, published: USE_MAGIC=ON"]


def test_runs_under_their_own_seeds_are_written_as_a_training_writes_them(trained: Path, tmp_path: Path) -> None:
    again = relabelled(trained, tmp_path / "again", {0: 0, 1: 1, 2: 2})
    for name in ALTERED:
        assert (again / name).read_bytes() == (trained / name).read_bytes(), name
