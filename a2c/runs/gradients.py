"""Measuring the runs of a gradient study: from the snapshots of a trained run to a file of estimates."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from a2c import untrusted
from a2c.config.gradients import WORDS, GradientStudy
from a2c.envs import Facts, check
from a2c.learn.gradients.measure import measure
from a2c.learn.trainer import bits_of
from a2c.runs import manifest, parquet
from a2c.runs.files import DamagedError, read_sealed, sealed, write_bytes, write_text
from a2c.runs.gradient_study import RECORD, GradientRecord, part_of, read_gradient_record
from a2c.runs.names import SNAPSHOTS_FILE
from a2c.runs.result import Result, read_result
from a2c.terminal import Say

MEASURED = (
    "reference_norm", "bias", "relative_bias", "mean_cosine", "trace", "trace_per_step", "relative_noise", "snr",
    "cosine",
)  # fmt: skip
SCHEMA = pa.schema(
    [
        ("seed", pa.int64()),
        ("snapshot", pa.float64()),
        ("step", pa.int64()),
        ("estimator", pa.string()),
        ("n_envs", pa.int64()),
        ("batches", pa.int64()),
        ("batch_steps", pa.float64()),
        ("resolved", pa.bool_()),
        ("reference_steps", pa.int64()),
        ("reference_error", pa.float64()),
        *((f"{name}{end}", pa.float64()) for name in MEASURED for end in ("", "_low", "_high")),
    ]
)


def measure_run(folder: Path, seed: int, say: Say) -> None:
    """Measure the snapshots of one run of the study in `folder`, and write its estimates there, unless they are there.

    `folder` is RESULTS/gradients/NAME, the runs lie in RESULTS/runs. Raises DamagedError, naming the file, if a file of
    the run or of the study is missing or damaged.
    """
    record = read_gradient_record(folder)
    result = _result(record, folder.parent.parent / "runs", seed)
    path = folder / f"{part_of(seed)}.parquet"
    if _is_measured(record, result, path):
        say(f"{path}: already measured")
        for file in (path, path.with_suffix(".json")):
            file.touch()  # newer than the study, to which seeds may have been added
        return
    rows = _estimates(record, result, seed, say)
    write_bytes(path, _parquet(rows))
    write_text(path.with_suffix(".json"), sealed(_made_of(record, result, seed, path)))


def differs(folder: Path, seed: int, say: Say) -> bool:
    """Whether measuring a run of the study in `folder` again gives other bytes than lie there."""
    record = read_gradient_record(folder)
    result = _result(record, folder.parent.parent / "runs", seed)
    held = untrusted.read(folder / f"{part_of(seed)}.parquet")
    return _parquet(_estimates(record, result, seed, say)) != held


def read_estimates(record: GradientRecord, folder: Path) -> pa.Table:
    """The estimates of all runs of a study.

    DamagedError, naming the file, if one is missing, damaged or of another study.
    """
    return pa.concat_tables([_read_part(record, folder, seed) for seed in record.study.seeds])


def read_registrations(record: GradientRecord, runs: Path) -> set[str]:
    """The registrations that the runs of a study below the folder `runs` were trained under.

    They are hashes over all tests; "" where there was none. DamagedError if a manifest is missing or damaged.
    """
    return {manifest.registered_tests(manifest.read(runs / place)) for place in record.blocks}


def table_bytes(table: pa.Table) -> bytes:
    """A table as a Parquet file; the same rows give the same bytes."""
    return parquet.encode(table, **parquet.packing(table.schema))


def is_measured(study: GradientStudy, folder: Path, seed: int) -> bool:
    """Whether a run of this study is measured, by the JSON file of its estimates alone."""
    try:
        return read_sealed(folder / f"{part_of(seed)}.json").get("study") == hash_of(study.keys)
    except DamagedError:
        return False


def _is_measured(record: GradientRecord, result: Result, path: Path) -> bool:
    """Whether the file has the estimates of this study from the snapshots of this run."""
    try:
        made = read_sealed(path.with_suffix(".json"))
        checksum = untrusted.checksum(path, at_most=untrusted.LARGEST_ARRAYS)
    except DamagedError:
        return False
    expected = {
        "study": hash_of(record.keys),
        "snapshots": result.manifest["files"][SNAPSHOTS_FILE]["sha256"],
        "bits": bits_of(result.configuration),
        "estimates": checksum,
    }
    return all(made.get(key) == value for key, value in expected.items())


def _read_part(record: GradientRecord, folder: Path, seed: int) -> pa.Table:
    path = folder / f"{part_of(seed)}.parquet"
    made = read_sealed(path.with_suffix(".json"))
    content = untrusted.read(path)
    if hashlib.sha256(content).hexdigest() != made["estimates"]:
        raise DamagedError(f"{path}: damaged (its checksum is not that of {path.with_suffix('.json').name})")
    if made["study"] != hash_of(record.keys):
        raise DamagedError(f"{path}: of another study than {folder / RECORD} describes; measure it again")
    return parquet.table_in(content, path, SCHEMA)


def _estimates(record: GradientRecord, result: Result, seed: int, say: Say) -> list[dict[str, Any]]:
    """The rows of a run; none of a snapshot that it did not reach, as it diverged or ended before."""
    study, configuration = record.study, result.configuration
    facts: Facts = check(configuration, str(result.manifest_path), "configuration")
    snapshots = result.snapshots
    if snapshots is None:
        raise DamagedError(f"{result.folder / SNAPSHOTS_FILE}: was left out of this copy; train the run again")
    rows = []
    for share in study.snapshots:
        begin = f"{seed}/{share!r}/"
        weights = {name.removeprefix(begin): array for name, array in snapshots.items() if name.startswith(begin)}
        if weights:
            say(f"{record.name}: seed {seed}, {share:.0%} of the budget")
            place = {"seed": seed, "snapshot": share, "step": round(share * configuration.total_steps)}
            rows += [{**place, **row} for row in measure(study, facts, weights, seed, share)]
    return rows


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    return table_bytes(pa.Table.from_pylist(rows, schema=SCHEMA))


def _result(record: GradientRecord, runs: Path, seed: int) -> Result:
    for place in record.blocks:
        result = read_result(runs / place)
        if result.configuration.name != record.configuration:
            raise DamagedError(f"{result.manifest_path}: holds {result.configuration.name}, not {record.configuration}")
        if seed in result.seeds:
            return result
    raise DamagedError(f"{runs}: no block of {record.configuration} has seed {seed}")


def _made_of(record: GradientRecord, result: Result, seed: int, path: Path) -> dict[str, Any]:
    """What the estimates of a run were made of, and their checksum."""
    return {
        "study": hash_of(record.keys),
        "seed": seed,
        "configuration": record.configuration,
        "snapshots": result.manifest["files"][SNAPSHOTS_FILE]["sha256"],
        "estimates": untrusted.checksum(path, at_most=untrusted.LARGEST_ARRAYS),
        "bits": bits_of(result.configuration),
        **manifest.where_it_runs(result.configuration),
    }


def hash_of(keys: Mapping[str, Any]) -> str:
    """A hash of what decides the numbers of a study with these keys."""
    decides = sealed({key: value for key, value in keys.items() if key not in WORDS}, sort_keys=True)
    return hashlib.sha256(decides.encode()).hexdigest()
