"""The checklist on results: every run of a seed block or of a study, put together by configuration."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from a2c.analysis.doctor.checklist import NOTHING, REMEDIES, Finding, diagnose
from a2c.analysis.points import Study
from a2c.config import configuration
from a2c.runs import manifest
from a2c.runs.records import read_table

COLUMNS = ["configuration", "finding", "n_found", "n_seeds", "seeds", "measured", "remedy"]


def doctor(folder: Path) -> pd.DataFrame:
    """The findings in one result (a seed block), as in `checkup`.

    DamagedError, naming the file, if the result is missing or damaged.
    """
    from a2c.envs import check  # here, as a study's checkup needs no environment

    held, files = manifest.read(folder), ("episodes.parquet", "metrics.parquet")
    manifest.check_files(folder, held, files)
    name, fields, source = held["name"], held["configuration"], str(folder / manifest.NAME)
    threshold = check(configuration(fields, source, "configuration"), source, "configuration").reward_threshold
    entry = {"configuration": name, "fields": fields, "reward_threshold": threshold}
    episodes, metrics = (read_table(folder / file).to_pandas().assign(configuration=name) for file in files)
    status = [{"configuration": name, "seed": seed, **held["runs"][str(seed)]} for seed in held["seeds"]]
    study = {"configurations": [entry], "seeds": held["seeds"]}
    return checkup(study, episodes, metrics, pd.DataFrame(status))


def checkup(study: Study, episodes: pd.DataFrame, metrics: pd.DataFrame, status: pd.DataFrame) -> pd.DataFrame:
    """The findings in all reporting runs of a study, a row per configuration and finding.

    The records are those that `a2c.analysis.study.aggregate` takes. Columns: `configuration`, `finding`, `n_found` of
    `n_seeds` runs, their `seeds` (as "0, 3, 4"), what was `measured` (medians over them), `remedy`. The last row of a
    configuration, if any, has the runs with nothing found.
    """
    run = ["configuration", "seed"]
    episodes_of, metrics_of = dict(iter(episodes.groupby(run))), dict(iter(metrics.groupby(run)))
    status_of: dict[Any, dict[Any, Any]] = status.set_index(run).to_dict("index")
    rows = []
    for entry in study["configurations"]:
        found = {}
        for seed in study["seeds"]:
            key = entry["configuration"], seed
            tables = episodes_of.get(key, episodes.iloc[:0]), metrics_of.get(key, metrics.iloc[:0])
            found[seed] = diagnose(*tables, entry["fields"], entry["reward_threshold"], status_of[key])
        rows += [[entry["configuration"], *row] for row in _rows(found)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(found: Mapping[int, list[Finding]]) -> Iterator[list[Any]]:
    """One configuration's rows, from the findings of each seed."""
    for name in REMEDIES:
        with_it = {seed: one for seed, findings in found.items() for one in findings if one.name == name}
        if with_it:
            several = list(with_it.values())
            yield [name, len(with_it), len(found), _listed(with_it), _typical(several), several[0].remedy]
    well = [seed for seed, findings in found.items() if not findings]
    if well:
        yield [NOTHING, len(well), len(found), _listed(well), "", ""]


def _listed(seeds: Iterable[int]) -> str:
    return ", ".join(map(str, seeds))


def _typical(findings: Sequence[Finding]) -> str:
    """The median of each number and of its limit; every note once."""
    numbers = []
    for same in zip(*(finding.numbers for finding in findings), strict=True):
        value, limit = (float(np.median([getattr(one, of) for one in same])) for of in ("value", "limit"))
        numbers.append(replace(same[0], value=value, limit=limit))
    notes = dict.fromkeys(finding.note for finding in findings if finding.note)
    return "; ".join([*notes, *map(str, numbers)])


def render(table: pd.DataFrame) -> str:
    """A checkup for the terminal."""
    lines: list[str] = []
    for name, rows in table.groupby("configuration", sort=False):
        lines.append(str(name))
        for _, finding, n_found, n_seeds, seeds, *texts in rows.itertuples(index=False):
            lines.append(f"  {finding}: {n_found} of {n_seeds} runs (seeds {seeds})")
            lines += [f"    {text}" for text in texts if text]
    return "\n".join(lines)
