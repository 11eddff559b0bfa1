"""Whether a run that was trained again has the bits of the published one, and what may be why if not."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from a2c.config import Configuration, configuration, slug
from a2c.runs import manifest
from a2c.runs.audit import results_below
from a2c.runs.files import DamagedError, read_arrays
from a2c.runs.records import TABLES, read_table

WEIGHTS = "weights.npz"
NEEDED = {"code", "configuration", "container", "determinism", "files", "name", "platform", "runs", "seeds", "timings"}


@dataclass(frozen=True)
class Result:
    """A result whose files are as its manifest says."""

    folder: Path
    held: dict[str, Any]
    configuration: Configuration

    @property
    def label(self) -> str:
        """Environment and configuration, as paths have them."""
        return f"{slug(self.configuration.env_id)}/{self.configuration.name}"

    @cached_property
    def tables(self) -> dict[str, pa.Table]:
        return {name: read_table(self.folder / name) for name in TABLES}

    @cached_property
    def actions(self) -> dict[str, NDArray[Any]]:
        return read_arrays(self.folder / "actions.npz")

    @cached_property
    def weights(self) -> dict[str, NDArray[Any]] | None:
        """None where they were left out of a published copy."""
        return read_arrays(self.folder / WEIGHTS) if (self.folder / WEIGHTS).exists() else None

    def bits(self, seed: int) -> dict[str, bytes]:
        """All that was recorded of one run, by file; of the manifest its status."""
        if str(seed) not in self.actions:
            raise DamagedError(f"{self.folder / 'actions.npz'}: seed {seed} is missing")
        return {
            **{name: _rows(table, seed) for name, table in self.tables.items()},
            "actions.npz": _bytes({"": self.actions[str(seed)]}),
            manifest.NAME: json.dumps(self.held["runs"][str(seed)], sort_keys=True).encode(),
        }


def read_result(folder: Path) -> Result:
    """The result in `folder`. DamagedError, naming the file, if one is missing or damaged."""
    held = manifest.read(folder)
    if missing := sorted(NEEDED - held.keys()):
        raise DamagedError(f"{folder / manifest.NAME}: damaged (no {missing[0]})")
    manifest.check_files(folder, held)
    made = configuration(held["configuration"], str(folder / manifest.NAME), "configuration")
    if made.name != held["name"]:
        raise DamagedError(f"{folder / manifest.NAME}: its configuration is {made.name}, not {held['name']}")
    return Result(folder, held, made)


def published_below(folder: Path) -> dict[str, list[Result]]:
    """All results at or below `folder`, a paper's or any, by label.

    DamagedError, naming the file, if one is damaged or has a seed of another.
    """
    found: dict[str, list[Result]] = {}
    for place in results_below(folder / "runs" if (folder / "runs").is_dir() else folder):
        result = read_result(place)
        others = found.setdefault(result.label, [])
        seeds = {seed for other in others for seed in other.held["seeds"]}
        if both := seeds.intersection(result.held["seeds"]):
            raise DamagedError(f"{place}: seed {min(both)} of {result.label} stands in another block too")
        others.append(result)
    return found


def differing(published: Result, again: Result) -> dict[int, list[str]]:
    """The files that are not the same bit by bit, for each seed of `again`.

    Weights count where they were published, or the whole block was trained again: the manifest has their checksum.
    """
    found = {}
    for seed in again.held["seeds"]:
        theirs, ours = published.bits(seed), again.bits(seed)
        found[seed] = [name for name in theirs if theirs[name] != ours[name]]
        if published.weights is not None and _of_run(published.weights, seed) != _of_run(again.weights or {}, seed):
            found[seed].append(WEIGHTS)
    if weights_by_checksum(published, again) and not any(found.values()):
        sums = [result.held["files"][WEIGHTS]["sha256"] for result in (published, again)]
        return {seed: [] if sums[0] == sums[1] else [WEIGHTS] for seed in found}
    return found


def weights_by_checksum(published: Result, again: Result) -> bool:
    """Whether weights that were left out can be compared all the same."""
    return published.weights is None and published.held["seeds"] == again.held["seeds"]


def same_actions(published: Result, again: Result, seed: int) -> int:
    """Agent steps of a run up to the first other action."""
    theirs, ours = (result.actions[str(seed)] for result in (published, again))
    rows = min(len(theirs), len(ours))
    other = np.flatnonzero((theirs[:rows] != ours[:rows]).any(axis=1))
    return int(other[0] if other.size else rows) * published.configuration.n_envs


def same_bits_expected(published: Result, again: Result) -> bool:
    """Whether nothing excuses another bit: the same code, platform and flags, on a CPU."""
    flags = published.held["determinism"] == again.held["determinism"]
    return flags and published.configuration.device == "cpu" and _origin(published) == _origin(again)


def _origin(result: Result) -> tuple[str, dict[str, Any]]:
    return manifest.origin(result.held)


def what_differs(published: Result, again: Result) -> list[str]:
    """The fields of the manifests that may be why: `cpu: AMD EPYC, published: Intel Xeon`."""
    theirs, ours = _circumstances(published.held), _circumstances(again.held)
    return [
        f"{key}: {_shown(ours.get(key), theirs.get(key))}, published: {_shown(theirs.get(key), ours.get(key))}"
        for key in dict.fromkeys([*theirs, *ours])
        if theirs.get(key) != ours.get(key)
    ]


def _circumstances(held: Mapping[str, Any]) -> dict[str, Any]:
    groups = ("code", "platform", "determinism")
    return {"container": held["container"]} | {key: value for group in groups for key, value in held[group].items()}


def _shown(value: Any, other: Any) -> str:
    """A value; the head of a hash; of a list in a text, such as torch's build, only what the other has not."""
    if isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value):
        return value[:12]
    if isinstance(value, str) and isinstance(other, str) and len(value) > 100:
        parts, others = (re.split(r" - |, ", text) for text in (value, other))
        return "; ".join(part for part in parts if part not in others) or "less"
    return "none" if value is None else str(value)


def _rows(table: pa.Table, seed: int) -> bytes:
    """The rows of one run, as a file of their own would have them."""
    sink = pa.BufferOutputStream()
    pq.write_table(table.filter(pc.field("seed") == seed).combine_chunks(), sink)
    return bytes(sink.getvalue())


def _of_run(weights: Mapping[str, NDArray[Any]], seed: int) -> bytes:
    return _bytes({name: array for name, array in weights.items() if name.startswith(f"{seed}/")})


def _bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Names, types, shapes and values of arrays."""
    return b"".join(
        f"{name} {arrays[name].dtype} {arrays[name].shape}".encode() + arrays[name].tobytes() for name in sorted(arrays)
    )
