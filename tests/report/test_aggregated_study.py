"""The tables of the real aggregation can be drawn: both packages use the same columns."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd

from a2c.analysis.study import aggregate
from a2c.config import Configuration
from a2c.config.claims import parse_claim
from a2c.config.metrics import metrics_of
from a2c.report.catalogue import data_of, figures_of, tables_of
from a2c.report.columns import columns_of
from a2c.report.reading import PaperTables, read_study
from a2c.runs.study import STUDY, ConfigurationRecord, StudyRecord
from tests.report.synthetic_study import write_tables

ENVIRONMENTS = {"CartPole-v1": 475.0, "Acrobot-v1": -100.0, "MountainCar-v0": -110.0}
BUDGET = 2000
DEFAULTS = Configuration().model_dump(mode="json")


def records(names: list[str], seeds: list[int], diverged: tuple[str, int]) -> dict[str, pd.DataFrame]:
    """Random records of every run; the diverged one ends at half the budget."""
    rng = np.random.default_rng(0)
    tables: dict[str, list[pd.DataFrame]] = {"episodes": [], "metrics": [], "evaluation": [], "status": []}
    for name, seed in itertools.product(names, seeds):
        last = BUDGET // 2 if (name, seed) == diverged else BUDGET
        run = {"configuration": name, "seed": seed}
        steps = np.arange(20, last + 1, 20)
        returns = rng.normal(100, 10, len(steps))
        tables["episodes"].append(pd.DataFrame({**run, "step": steps, "env": 0, "return": returns, "length": 20}))
        noise = {metric: rng.normal(size=20) for metric in metrics_of("a2c")}
        noise["value_loss"] = np.abs(noise["value_loss"])
        tables["metrics"].append(pd.DataFrame({**run, "step": np.arange(100, 2001, 100), **noise}))
        evaluation = {"mode": "sampled", "episode": range(3), "return": rng.normal(100, 10, 3), "length": 20}
        tables["evaluation"].append(pd.DataFrame({**run, **evaluation}))
        status = "finished" if last == BUDGET else "diverged"
        tables["status"].append(pd.DataFrame([{**run, "status": status, "step": last, "reason": ""}]))
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}


def test_the_tables_of_the_aggregation_can_be_drawn(tmp_path: Path) -> None:
    rates, seeds, tuning_seeds = [0.01, 0.0007], [0, 1, 2, 3, 4], [5, 6, 7, 8, 9]
    entries = [
        ConfigurationRecord(
            f"{env_id}_{rate}", env_id, {"learning_rate": rate, "env_id": env_id}, threshold,
            {**DEFAULTS, "learning_rate": rate, "env_id": env_id, "total_steps": BUDGET}, [])
        for rate in rates
        for env_id, threshold in ENVIRONMENTS.items()
    ]  # fmt: skip
    claim = {"id": "lower", "says": "Lower.", "where": "There", "study": "rates", "why": "Because.", "test": "lower",
             "measure": "final_return", "subject": {"learning_rate": 0.01, "env_id": "CartPole-v1"},
             "reference": {"learning_rate": 0.0007, "env_id": "CartPole-v1"}, "margin": 5}  # fmt: skip
    study = StudyRecord(
        name="rates", title="Rates", description="", base={}, total_steps=BUDGET, seeds=seeds,
        axes={"learning_rate": rates, "env_id": list(ENVIRONMENTS)}, baseline={"learning_rate": 0.0007},
        scales={"learning_rate": "log", "env_id": "category"}, configurations=entries,
        claims=[parse_claim(claim, "test")], tuning_seeds=tuning_seeds)  # fmt: skip
    names = [entry.name for entry in entries]
    tables = aggregate(study, **records(names, seeds + tuning_seeds, diverged=(names[0], 3)))
    folder = tmp_path / "studies" / "rates"
    folder.mkdir(parents=True)
    (folder / STUDY).write_text(study.text)
    write_tables(folder, study, tables)
    assert set(data_of(study)) == set(tables)
    read = read_study(folder)
    for figure in figures_of(study):
        figure.drawn(*read)
        assert "1 of 30" in figure.words(*read).caption
    for table in tables_of(study):
        assert table.text(*read).rows
    described = columns_of(PaperTables({"rates": read}, {}, {}, tables["claims"].assign(study="rates")))
    assert {f"studies/{name}.csv" for name in tables} <= {one.file for one in described}
