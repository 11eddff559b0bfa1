"""The checklist on every run of a seed block or of a study, summarised by configuration."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from a2c.analysis.doctor.checklist import NOTHING, REMEDIES, Finding, diagnose
from a2c.config import Configuration, configuration
from a2c.runs import manifest
from a2c.runs.records import read_table
from a2c.runs.study import ConfigurationRecord

COLUMNS = ["configuration", "finding", "n_found", "n_seeds", "seeds", "measured", "remedy"]


def doctor(folder: Path) -> pd.DataFrame:
    """The findings in one result (a seed block), as in `checkup`.

    DamagedError, naming the file, if the result is missing or damaged.
    """
    content, files = manifest.read(folder), ("episodes.parquet", "metrics.parquet")
    manifest.check_files(folder, content, files)
    name, fields, source = content["name"], content["configuration"], str(folder / manifest.NAME)
    trained = configuration(fields, source, "configuration")
    threshold = _threshold(content, trained, source)
    episodes, metrics = (read_table(folder / file).to_pandas().assign(configuration=name) for file in files)
    status = [{"configuration": name, "seed": seed, **content["runs"][str(seed)]} for seed in content["seeds"]]
    record = ConfigurationRecord(name, trained.env_id, {}, threshold, fields, [])
    return checkup([record], content["seeds"], episodes, metrics, pd.DataFrame(status))


def _threshold(content: Mapping[str, Any], trained: Configuration, source: str) -> float | None:
    """The mean return at which the environment counts as solved: by the manifest, or if it is of 0.1.0 by Gymnasium."""
    if environment := content.get("environment"):
        threshold: float | None = environment["reward_threshold"]
        return threshold
    from a2c.envs import check  # here, as nothing else needs an environment

    return check(trained, source, "configuration").reward_threshold


def checkup(
    configurations: Sequence[ConfigurationRecord],
    seeds: Sequence[int],
    episodes: pd.DataFrame,
    metrics: pd.DataFrame,
    status: pd.DataFrame,
) -> pd.DataFrame:
    """The findings in the runs of some configurations with these seeds, a row per configuration and finding.

    The records are those that `a2c.analysis.study.aggregate` takes. Columns: `configuration`, `finding`, `n_found` of
    `n_seeds` runs, their `seeds` (as "0, 3, 4"), what was `measured` (medians over them), `remedy`. The last row of a
    configuration, if any, counts the runs with nothing found.
    """
    run = ["configuration", "seed"]
    episodes_of, metrics_of = dict(iter(episodes.groupby(run))), dict(iter(metrics.groupby(run)))
    status_of: dict[Any, dict[Any, Any]] = status.set_index(run).to_dict("index")
    rows = []
    for one in configurations:
        findings = {}
        for seed in seeds:
            key = one.name, seed
            tables = episodes_of.get(key, episodes.iloc[:0]), metrics_of.get(key, metrics.iloc[:0])
            findings[seed] = diagnose(*tables, one.fields, one.reward_threshold, status_of[key])
        rows += [[one.name, *row] for row in _rows(findings)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(findings: Mapping[int, list[Finding]]) -> Iterator[list[Any]]:
    """One configuration's rows, from the findings of each seed."""
    for name in REMEDIES:
        same = {seed: one for seed, of_run in findings.items() for one in of_run if one.name == name}
        if same:
            several = list(same.values())
            yield [name, len(same), len(findings), _listed(same), _typical(several), several[0].remedy]
    healthy = [seed for seed, of_run in findings.items() if not of_run]
    if healthy:
        yield [NOTHING, len(healthy), len(findings), _listed(healthy), "", ""]


def _listed(seeds: Iterable[int]) -> str:
    return ", ".join(map(str, seeds))


def _typical(findings: Sequence[Finding]) -> str:
    """The medians of the numbers and of their limits, and every note once."""
    numbers = []
    for same in zip(*(finding.numbers for finding in findings), strict=True):
        value, limit = (float(np.median([getattr(one, of) for one in same])) for of in ("value", "limit"))
        numbers.append(replace(same[0], value=value, limit=limit))
    notes = dict.fromkeys(finding.note for finding in findings if finding.note)
    return "; ".join([*notes, *map(str, numbers)])


def render(table: pd.DataFrame) -> str:
    """A checkup as text for the terminal."""
    lines: list[str] = []
    for name, rows in table.groupby("configuration", sort=False):
        lines.append(str(name))
        for _, finding, n_found, n_seeds, seeds, *texts in rows.itertuples(index=False):
            lines.append(f"  {finding}: {n_found} of {n_seeds} runs (seeds {seeds})")
            lines += [f"    {text}" for text in texts if text]
    return "\n".join(lines)
