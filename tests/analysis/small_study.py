"""A small study and its records: every run's learning curve is constant."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from a2c.config import Configuration
from a2c.config.claims import parse_claim
from a2c.config.metrics import metrics_of
from a2c.runs.study import ConfigurationRecord, StudyRecord

TOTAL_STEPS = 1_000
DEFAULTS = Configuration().model_dump(mode="json")
THRESHOLDS = {"CartPole-v1": 475.0, "Acrobot-v1": -100.0, "MountainCar-v0": -110.0, "LunarLander-v3": 200.0}


def study(
    points: Sequence[Mapping[str, Any]],
    baseline: Mapping[str, Any],
    seeds: Sequence[int],
    claims: Sequence[Mapping[str, Any]] = (),
) -> StudyRecord:
    """A study of these points; its axes are those that the points name."""
    configurations = []
    for point in points:
        env_id = point.get("env_id", "CartPole-v1")
        chosen = {axis: value for axis, value in point.items() if axis in DEFAULTS}
        fields = {**DEFAULTS, "env_id": env_id, "total_steps": TOTAL_STEPS, **chosen}
        threshold = THRESHOLDS.get(env_id)
        configurations.append(ConfigurationRecord(name_of(point), env_id, dict(point), threshold, fields, []))
    return StudyRecord(
        name="small",
        title="Small",
        description="",
        base={},
        axes={axis: list(dict.fromkeys(point[axis] for point in points)) for axis in points[0]},
        baseline=dict(baseline),
        scales={},
        total_steps=TOTAL_STEPS,
        seeds=list(seeds),
        tuning_seeds=[],
        configurations=configurations,
        claims=[parse_claim(claim, "test") for claim in claims],
    )


def name_of(point: Mapping[str, Any]) -> str:
    return "_".join(str(value) for value in point.values())


def records(
    made: StudyRecord,
    returns: Mapping[str, Sequence[float]],
    diverged: Sequence[tuple[str, int]] = (),
    metric_values: Mapping[str, Sequence[float]] | None = None,
) -> dict[str, pd.DataFrame]:
    """Episodes, metrics, evaluation and status. `returns`: by configuration, a run's return, seed by seed.

    `metric_values`: in place of `returns`, what all metrics of a run are. A diverged run ends half-way.
    """
    tables: dict[str, list[pd.DataFrame]] = {"episodes": [], "metrics": [], "evaluation": [], "status": []}
    for name in (one.name for one in made.configurations):
        for seed, value in zip(made.seeds, returns[name], strict=True):
            run = {"configuration": name, "seed": seed}
            failed = (name, seed) in diverged
            steps = np.arange(10, (500 if failed else TOTAL_STEPS) + 1, 10)
            metric = (metric_values or returns)[name][made.seeds.index(seed)]
            one = {
                "episodes": {"env": 0, "step": steps, "return": value, "length": 10},
                "metrics": {"step": steps[4::5], **dict.fromkeys(metrics_of("a2c"), metric), "value_loss": abs(metric)},
                "evaluation": {"mode": ["sampled", "greedy"], "episode": 0, "return": [value, -1e6], "length": 10},
                "status": {"status": "diverged" if failed else "finished", "step": [steps[-1]], "reason": ""},
            }
            for table, columns in one.items():
                tables[table].append(pd.DataFrame(run | columns))
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
