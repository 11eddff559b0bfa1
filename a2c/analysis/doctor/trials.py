"""What the studies of a paper measured with one setting of a configuration changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from a2c.analysis.doctor.remedies import Advice, shown
from a2c.analysis.stats.intervals import TIE
from a2c.runs.study import STUDY, StudyRecord, read_study_record
from a2c.runs.study_tables import read_table, tables_fit


@dataclass(frozen=True)
class Trial:
    """Mean final returns of a configuration and of one that differs in one setting, with their 95 % intervals."""

    study: str
    axis: str
    value: Any  # of the other configuration
    own_mean: float
    own_high: float
    mean: float
    low: float

    @property
    def is_better(self) -> bool:
        """Whether the other configuration's interval lies above this one's."""
        return self.low > self.own_high

    def __str__(self) -> str:
        return f"{self.axis} {shown(self.value)}: {self.mean:.4g} instead of {self.own_mean:.4g} (study {self.study})"


def results_of(folder: Path) -> Path | None:
    """The folder of a paper's results in whose `runs` a result lies; None if it belongs to no paper."""
    for parent in folder.resolve().parents:
        if parent.name == "runs" and (parent.parent / "studies").is_dir():
            return parent.parent
    return None


def trials_of(results: Path, configuration: str) -> list[Trial]:
    """All trials beside a configuration in the studies of a paper, the best first.

    DamagedError, naming the file, if a study's files are damaged.
    """
    found: list[Trial] = []
    for path in sorted(results.glob(f"studies/*/{STUDY}")):
        if (path.parent / "summary.csv").exists():
            study, summary = read_study_record(path.parent), read_table(path.parent, "summary")
            with tables_fit(path.parent):
                found += beside(study, summary, configuration)
    return best_first(found)


def best_first(trials: Iterable[Trial]) -> list[Trial]:
    """The trials by their means; last those without one, as every run failed."""
    return sorted(trials, key=lambda trial: (pd.isna(trial.mean), -trial.mean))


def better(trials: list[Trial], at_most: int) -> list[Trial]:
    """The best trials that are better, one for each setting."""
    best: dict[str, Trial] = {}
    for trial in trials:
        if trial.is_better:
            best.setdefault(trial.axis, trial)
    return list(best.values())[:at_most]


def opposed(advice: Advice, trials: list[Trial]) -> Trial | None:
    """The best trial with a value that the article recommends, if it has a lower mean than the configuration's own."""
    tried = [trial for trial in trials if trial.axis == advice.field and advice.covers(trial.value)]
    return tried[0] if tried and tried[0].mean < tried[0].own_mean else None


def beside(study: StudyRecord, summary: pd.DataFrame, configuration: str) -> Iterator[Trial]:
    """The trials beside a configuration in one study with this table."""
    rows = summary.set_index("configuration").to_dict("index")
    own = next((one for one in study.configurations if one.name == configuration), None)
    if own is None or configuration not in rows:
        return
    for other in study.configurations:
        axes = [axis for axis in study.axes if other.point.get(axis) != own.point.get(axis)]
        if len(axes) != 1 or other.env_id != own.env_id or other.name not in rows:
            continue
        here, there = rows[configuration], rows[other.name]
        mean, own_mean = float(there["final_return_mean"]), float(here["final_return_mean"])
        low, high = float(there["final_return_low"]), float(here["final_return_high"])
        # Seeds that all tie have no interval, but a mean to compare; of too few seeds nothing is known.
        low = mean if there["final_return_interval"] == TIE else low
        high = own_mean if here["final_return_interval"] == TIE else high
        yield Trial(study.name, axes[0], other.point.get(axes[0]), own_mean, high, mean, low)
