"""A study's runs as tidy tables, each file checked against its manifest first."""

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from a2c.runs import manifest
from a2c.runs.files import DamagedError
from a2c.runs.records import TABLES, read_table


class StudyRuns(NamedTuple):
    """Tidy tables of all runs of a study, each with the columns `configuration` and `seed`."""

    episodes: pd.DataFrame
    metrics: pd.DataFrame
    evaluation: pd.DataFrame
    status: pd.DataFrame  # status (finished | diverged), step, reason


def read_study(study: dict[str, Any], runs: Path) -> StudyRuns:
    """The runs of a study (as `study.json` describes it) below the folder `runs`.

    DamagedError, naming the file, if one is missing or damaged, or a wanted seed is in no block or in two.
    """
    wanted = {*study["seeds"], *study["tuning_seeds"]}
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in (*TABLES, "status")}
    for entry in study["configurations"]:
        seen: set[int] = set()
        for place in entry["blocks"]:
            folder = runs / place
            held = manifest.read(folder)
            if held["name"] != entry["configuration"]:
                raise DamagedError(f"{folder / manifest.NAME}: holds {held['name']}, not {entry['configuration']}")
            manifest.check_files(folder, held)
            seeds = wanted.intersection(held["seeds"])
            if seen & seeds:
                raise DamagedError(f"{folder}: seed {min(seen & seeds)} stands in another block too")
            seen |= seeds
            for name in TABLES:
                parts[name].append(_of_seeds(read_table(folder / name), seeds, entry["configuration"]))
            parts["status"].append(_status(held, seeds, entry["configuration"]))
        if wanted - seen:
            raise DamagedError(f"{runs}: no block of {entry['configuration']} has seed {min(wanted - seen)}")
    return StudyRuns(*(pd.concat(parts[name], ignore_index=True) for name in (*TABLES, "status")))


def _of_seeds(table: pa.Table, seeds: set[int], configuration: str) -> pd.DataFrame:
    frame = table.to_pandas()
    frame = frame[frame["seed"].isin(seeds)]
    frame.insert(0, "configuration", configuration)
    return frame


def _status(held: dict[str, Any], seeds: set[int], configuration: str) -> pd.DataFrame:
    rows = [
        {"configuration": configuration, "seed": seed, "step": None, "reason": "", **held["runs"][str(seed)]}
        for seed in sorted(seeds)
    ]
    return pd.DataFrame(rows, columns=["configuration", "seed", "status", "step", "reason"])
