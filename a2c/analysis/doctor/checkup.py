"""The checklist on every run of a seed block or of a study, summarised by configuration."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from a2c.analysis.doctor.checklist import SIGN, Finding, Signs, diagnose, signs_of
from a2c.analysis.doctor.remedies import ADVICE, NOTHING
from a2c.analysis.numbers import check_numbers
from a2c.config import Configuration
from a2c.runs.names import THIN_FILE
from a2c.runs.parquet import frame_of
from a2c.runs.result import Result, read_result
from a2c.runs.study import ConfigurationRecord

COLUMNS = ["configuration", "finding", "n_found", "n_seeds", "seeds", "measured", "remedy"]


def doctor(folder: Path) -> pd.DataFrame:
    """The findings in one result (a seed block), as in `checkup`.

    DamagedError, naming the file, if the result is missing or damaged.
    """
    result = read_result(folder)
    rows = [[result.configuration.name, *row] for row in _rows(findings_of(result))]
    return pd.DataFrame(rows, columns=COLUMNS)


def findings_of(result: Result) -> dict[int, list[Finding]]:
    """The findings in each run of a result, by seed. DamagedError, naming the file, if one is damaged."""
    content, signs = result.manifest, _signs_of(result)
    threshold = _threshold(content, result.configuration, str(result.manifest_path))
    fields = result.configuration.model_dump(mode="json")
    return {seed: diagnose(signs[seed], fields, threshold, content["runs"][str(seed)]) for seed in result.seeds}


def _signs_of(result: Result) -> dict[int, Signs | None]:
    """The signs of each run of a result; of thin runs, those that were published."""
    if result.is_thin:
        check_numbers(result.folder / THIN_FILE, result.configuration.algorithm, result.thin.values())
        return {seed: published_signs(run.measures) for seed, run in result.thin.items()}
    episodes, metrics = frame_of(result.episodes), frame_of(result.metrics)
    signs = {}
    for seed in result.seeds:
        end = result.manifest["runs"][str(seed)].get("step", result.configuration.total_steps)
        signs[seed] = signs_of(episodes[episodes["seed"] == seed], metrics[metrics["seed"] == seed], end)
    return signs


def published_signs(numbers: Mapping[Any, Any]) -> Signs | None:
    """The signs among the numbers of a run, where they are named `doctor:NAME`; None if its records were too few."""
    signs = Signs(**{name: float(numbers[SIGN + name]) for name in Signs._fields})
    return None if np.isnan(signs.final_return) else signs


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
    signs: Mapping[tuple[str, int], Signs | None],
    status: pd.DataFrame,
) -> pd.DataFrame:
    """The findings in the runs of some configurations with these seeds, a row per configuration and finding.

    `signs`: by configuration and seed; `status`: as `a2c.analysis.study.aggregate` takes it. Columns: `configuration`,
    `finding`, `n_found` of `n_seeds` runs, their `seeds` (as "0, 3, 4"), what was `measured` (medians over them),
    `remedy`. The last row of a configuration, if any, counts the runs with nothing found.
    """
    status_of: dict[Any, dict[Any, Any]] = status.set_index(["configuration", "seed"]).to_dict("index")
    rows = []
    for one in configurations:
        keys = [(one.name, seed) for seed in seeds]
        findings = {key[1]: diagnose(signs.get(key), one.fields, one.reward_threshold, status_of[key]) for key in keys}
        rows += [[one.name, *row] for row in _rows(findings)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(findings: Mapping[int, list[Finding]]) -> Iterator[list[Any]]:
    """One configuration's rows, from the findings of each seed."""
    for name in ADVICE:
        same = {seed: one for seed, of_run in findings.items() for one in of_run if one.name == name}
        if same:
            several = list(same.values())
            yield [name, len(same), len(findings), _listed(same), typical(several), several[0].remedy]
    healthy = [seed for seed, of_run in findings.items() if not of_run]
    if healthy:
        yield [NOTHING, len(healthy), len(findings), _listed(healthy), "", ""]


def _listed(seeds: Iterable[int]) -> str:
    return ", ".join(map(str, seeds))


def typical(findings: Sequence[Finding]) -> str:
    """The medians of the numbers and of their limits, and every note once."""
    numbers = []
    for same in zip(*(finding.numbers for finding in findings), strict=True):
        value, limit = (float(np.median([getattr(one, of) for one in same])) for of in ("value", "limit"))
        numbers.append(replace(same[0], value=value, limit=limit))
    notes = dict.fromkeys(finding.note for finding in findings if finding.note)
    return "; ".join([*notes, *map(str, numbers)])
