"""A study's runs as tidy tables; each file is first checked against its manifest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from a2c.runs import manifest
from a2c.runs.environment import sources_of
from a2c.runs.files import DamagedError
from a2c.runs.names import TABLES, THIN, THIN_FILE
from a2c.runs.parquet import frame_of
from a2c.runs.records import read_table, schema_of
from a2c.runs.study import ConfigurationRecord, StudyRecord, seeds_taken
from a2c.runs.thin import ThinRun, read_thin


class ThinBlock(NamedTuple):
    """The thin runs of a seed block that a study takes."""

    configuration: str
    algorithm: str
    path: Path  # of the file
    runs: list[ThinRun]


class StudyRuns(NamedTuple):
    """All runs of a study: tidy tables, each with the columns `configuration` and `seed`, and the thin runs."""

    episodes: pd.DataFrame
    metrics: pd.DataFrame
    evaluation: pd.DataFrame
    status: pd.DataFrame  # status (finished | diverged), step, reason, registration (the hash over its tests, or "")
    thin: list[ThinBlock]  # whose status is among the others


def read_runs(study: StudyRecord, runs: Path) -> StudyRuns:
    """The runs of a study below the folder `runs`.

    DamagedError, naming the file, if one is missing or damaged, a seed of the study is in no block or in two, the runs
    of a configuration were trained by different arithmetic, or those of an environment in different code of it.
    """
    all_seeds = {*study.seeds, *study.tuning_seeds}
    empty = {name: [_empty(name, one) for one in study.configurations] for name in TABLES}
    parts: dict[str, list[pd.DataFrame]] = {**empty, "status": []}
    thin: list[ThinBlock] = []
    made = _Origins({}, {})
    for one in study.configurations:
        known: set[int] = set()
        contents = {place: manifest.read(runs / place) for place in one.blocks}
        taken = seeds_taken({place: content["seeds"] for place, content in contents.items()}, all_seeds)
        for place, content in contents.items():
            folder, seeds = runs / place, set(taken[place])
            if content["name"] != one.name:
                raise DamagedError(f"{folder / manifest.NAME}: holds {content['name']}, not {one.name}")
            manifest.check_files(folder, content)
            made.check(one, content, folder / manifest.NAME)
            if known & seeds:
                raise DamagedError(f"{folder}: seed {min(known & seeds)} is in another block too")
            known |= seeds
            if content.get("kind") == THIN:
                thin.append(_thin(folder, content, seeds, study, one))
            else:
                for name in TABLES:
                    parts[name].append(_of_seeds(read_table(folder / name), seeds, one.name))
            parts["status"].append(_status(content, seeds, one.name))
        if all_seeds - known:
            raise DamagedError(f"{runs}: no block of {one.name} has seed {min(all_seeds - known)}")
    episodes, metrics, evaluation, status = (pd.concat(part, ignore_index=True) for part in parts.values())
    return StudyRuns(episodes, metrics, evaluation, status, thin)


def _thin(
    folder: Path, content: dict[str, Any], seeds: set[int], study: StudyRecord, one: ConfigurationRecord
) -> ThinBlock:
    """The thin runs in `folder` that the study takes. DamagedError if they are judged on another budget than its."""
    if content["configuration"]["total_steps"] != study.total_steps:
        raise DamagedError(
            f"{folder}: thin runs of {content['configuration']['total_steps']} agent steps; allowed: whole ones, as "
            f"study {study.name} judges the first {study.total_steps}"
        )
    path = folder / THIN_FILE
    runs = read_thin(path, content["seeds"])
    return ThinBlock(one.name, _algorithm(one), path, [runs[seed] for seed in sorted(seeds)])


def _empty(name: str, one: ConfigurationRecord) -> pd.DataFrame:
    """A table without rows, with the columns of a configuration's runs."""
    return _of_seeds(schema_of(name, _algorithm(one)).empty_table(), set(), one.name)


def _algorithm(one: ConfigurationRecord) -> str:
    """The algorithm of a configuration; records from before there was a second one lack it."""
    return str(one.fields.get("algorithm", "a2c"))


class _Origins(NamedTuple):
    """What the runs of a study must have in common to be compared."""

    bits: dict[str, int]  # by configuration: the number of the arithmetic
    sources: dict[str, str]  # by environment: the hash of its source, where manifests have one

    def check(self, one: ConfigurationRecord, content: Mapping[str, Any], path: Path) -> None:
        """DamagedError if a manifest says that its runs cannot be mixed with those that were checked before."""
        bits, sources = content.get("bits", 1), sources_of(content)
        if (expected := self.bits.setdefault(one.name, bits)) != bits:
            raise DamagedError(
                f"{path}: bits: {bits} is not allowed; allowed: {expected}, as in the other runs of {one.name}: "
                "results of different arithmetic are not mixed; train these again"
            )
        if sources is not None and (known := self.sources.setdefault(one.env_id, sources)) != sources:
            raise DamagedError(
                f"{path}: environment.sources_sha256: {sources[:12]} is not allowed; allowed: {known[:12]}, as in "
                f"other runs in {one.env_id}: "
                "results in different code of an environment are not mixed; train these again"
            )


def _of_seeds(table: pa.Table, seeds: set[int], configuration: str) -> pd.DataFrame:
    frame = frame_of(table)
    frame = frame[frame["seed"].isin(seeds)]
    frame.insert(0, "configuration", configuration)
    return frame


def _status(content: dict[str, Any], seeds: set[int], configuration: str) -> pd.DataFrame:
    registered = manifest.registered_tests(content)
    known = {"configuration": configuration, "step": None, "reason": "", "registration": registered}
    rows = [{**known, "seed": seed, **content["runs"][str(seed)]} for seed in sorted(seeds)]
    return pd.DataFrame(rows, columns=["configuration", "seed", "status", "step", "reason", "registration"])
