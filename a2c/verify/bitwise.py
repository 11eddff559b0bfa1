"""Bit-by-bit comparison of a published result with the same seeds trained again."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from a2c.learn.trainer import uses_gpu
from a2c.runs import manifest
from a2c.runs.files import DamagedError
from a2c.runs.records import EPISODES_FILE, EVALUATION_FILE, METRICS_FILE
from a2c.runs.result import ACTIONS_FILE, WEIGHTS_FILE, Result


def differing_files(published: Result, retrained: Result) -> dict[int, list[str]]:
    """The files whose content differs in any bit, for each seed of `retrained`.

    `manifest.json` is listed if a run's status differs. Weights are compared if they were published. Otherwise they are
    compared by the checksum in the manifest, if the same block was trained again (`weights_by_checksum`).
    """
    differing = {}
    for seed in retrained.seeds:
        columns = published.metrics.column_names  # an older version recorded fewer
        old, new = _run_bytes(published, seed, columns), _run_bytes(retrained, seed, columns)
        differing[seed] = [name for name in old if old[name] != new[name]]
        if published.weights is not None and _weights_bytes(published, seed) != _weights_bytes(retrained, seed):
            differing[seed].append(WEIGHTS_FILE)
    if weights_by_checksum(published, retrained) and not any(differing.values()):
        old_sum, new_sum = (result.manifest["files"][WEIGHTS_FILE]["sha256"] for result in (published, retrained))
        return {seed: [] if old_sum == new_sum else [WEIGHTS_FILE] for seed in differing}
    return differing


def weights_by_checksum(published: Result, retrained: Result) -> bool:
    """Whether weights that were not published can be compared by their checksum: it is that of the whole block."""
    return published.weights is None and published.seeds == retrained.seeds


def equal_action_steps(published: Result, retrained: Result, seed: int) -> int:
    """Agent steps of a run before the first action that differs."""
    old, new = (result.actions[str(seed)] for result in (published, retrained))
    n_rows = min(len(old), len(new))
    differing = np.flatnonzero((old[:n_rows] != new[:n_rows]).any(axis=1))
    return int(differing[0] if differing.size else n_rows) * published.configuration.n_envs


def same_bits_expected(published: Result, retrained: Result) -> bool:
    """Whether both were trained by the same code, and where bits depend on it, on the same platform.

    On a GPU only if each lane had kernels of its own: elsewhere bits depend on the lanes beside.
    """
    configuration = published.configuration
    same_origin = manifest.origin(published.manifest) == manifest.origin(retrained.manifest)
    return same_origin and (configuration.device == "cpu" or uses_gpu(configuration))


def manifest_differences(published: Result, retrained: Result) -> list[str]:
    """The differences of code, platform, flags and container, as `cpu: AMD EPYC, published: Intel Xeon`."""
    old, new = _origin_fields(published), _origin_fields(retrained)
    return [
        f"{key}: {_format(new.get(key), old.get(key))}, published: {_format(old.get(key), new.get(key))}"
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def _origin_fields(result: Result) -> dict[str, Any]:
    content = result.manifest
    groups = (content["code"], content["platform"], content["determinism"])
    return {"container": content["container"], "bits": content.get("bits", 1)} | {
        key: value for group in groups for key, value in group.items()
    }


def _format(value: Any, other: Any) -> str:
    """A value as text. Of a hash the first digits; of a long list in a text only the items that `other` lacks."""
    if isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value):
        return value[:12]
    if isinstance(value, str) and isinstance(other, str) and len(value) > 100:  # torch's build
        items, other_items = (re.split(r" - |, ", text) for text in (value, other))
        return "; ".join(item for item in items if item not in other_items) or "less"
    return "none" if value is None else str(value)


def _run_bytes(result: Result, seed: int, metrics: Sequence[str]) -> dict[str, bytes]:
    """All records of one run as bytes, by file, of its metrics these columns. The weights are compared apart."""
    if missing := set(metrics) - set(result.metrics.column_names):
        raise DamagedError(f"{result.folder / METRICS_FILE}: {min(missing)} is missing")
    if str(seed) not in result.actions:
        raise DamagedError(f"{result.folder / ACTIONS_FILE}: seed {seed} is missing")
    return {
        EPISODES_FILE: _table_bytes(result.episodes, seed),
        METRICS_FILE: _table_bytes(result.metrics.select(metrics), seed),
        EVALUATION_FILE: _table_bytes(result.evaluation, seed),
        ACTIONS_FILE: _array_bytes({"": result.actions[str(seed)]}),
        manifest.NAME: json.dumps(result.manifest["runs"][str(seed)], sort_keys=True).encode(),
    }


def _weights_bytes(result: Result, seed: int) -> bytes:
    weights = result.weights or {}
    return _array_bytes({name: array for name, array in weights.items() if name.startswith(f"{seed}/")})


def _table_bytes(table: pa.Table, seed: int) -> bytes:
    """The rows of one run, written as a Parquet file of their own."""
    sink = pa.BufferOutputStream()
    pq.write_table(table.filter(pc.field("seed") == seed).combine_chunks(), sink)
    return bytes(sink.getvalue())


def _array_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Names, types, shapes and values of arrays."""
    return b"".join(
        f"{name} {arrays[name].dtype} {arrays[name].shape}".encode() + arrays[name].tobytes() for name in sorted(arrays)
    )
