"""A study's runs as tidy tables; each file is first checked against its manifest."""

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from a2c.runs import manifest
from a2c.runs.files import DamagedError
from a2c.runs.records import TABLES, read_table
from a2c.runs.study import StudyRecord


class StudyRuns(NamedTuple):
    """Tidy tables of all runs of a study, each with the columns `configuration` and `seed`."""

    episodes: pd.DataFrame
    metrics: pd.DataFrame
    evaluation: pd.DataFrame
    status: pd.DataFrame  # status (finished | diverged), step, reason


def read_runs(study: StudyRecord, runs: Path) -> StudyRuns:
    """The runs of a study below the folder `runs`.

    DamagedError, naming the file, if one is missing or damaged, a seed of the study is in no block or in two, or the
    runs of a configuration were trained by different arithmetic.
    """
    all_seeds = {*study.seeds, *study.tuning_seeds}
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in (*TABLES, "status")}
    for one in study.configurations:
        known: set[int] = set()
        bits: int | None = None
        for place in one.blocks:
            folder = runs / place
            content = manifest.read(folder)
            if content["name"] != one.name:
                raise DamagedError(f"{folder / manifest.NAME}: holds {content['name']}, not {one.name}")
            manifest.check_files(folder, content)
            if bits not in (None, content.get("bits", 1)):
                raise DamagedError(
                    f"{folder / manifest.NAME}: bits: {content.get('bits', 1)} is not allowed; allowed: {bits}, as in "
                    f"the other runs of {one.name}: results of different arithmetic are not mixed; train these again"
                )
            bits = content.get("bits", 1)
            seeds = all_seeds.intersection(content["seeds"])
            if known & seeds:
                raise DamagedError(f"{folder}: seed {min(known & seeds)} is in another block too")
            known |= seeds
            for name in TABLES:
                parts[name].append(_of_seeds(read_table(folder / name), seeds, one.name))
            parts["status"].append(_status(content, seeds, one.name))
        if all_seeds - known:
            raise DamagedError(f"{runs}: no block of {one.name} has seed {min(all_seeds - known)}")
    return StudyRuns(*(pd.concat(parts[name], ignore_index=True) for name in (*TABLES, "status")))


def _of_seeds(table: pa.Table, seeds: set[int], configuration: str) -> pd.DataFrame:
    frame = table.to_pandas()
    frame = frame[frame["seed"].isin(seeds)]
    frame.insert(0, "configuration", configuration)
    return frame


def _status(content: dict[str, Any], seeds: set[int], configuration: str) -> pd.DataFrame:
    rows = [
        {"configuration": configuration, "seed": seed, "step": None, "reason": "", **content["runs"][str(seed)]}
        for seed in sorted(seeds)
    ]
    return pd.DataFrame(rows, columns=["configuration", "seed", "status", "step", "reason"])
