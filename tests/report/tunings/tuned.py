"""A small tuning with its tables, from drawn numbers."""

from functools import cache

import numpy as np
import pandas as pd

from a2c.analysis.tunings.tables import tables_of
from a2c.report.rows import Tables
from a2c.runs.tuning_study import TuningRecord
from tests.analysis.tunings.small_tuning import trial, winner

KEYS = {
    "name": "small",
    "base": {"total_steps": 1000},
    "space": {
        "learning_rate": {"low": 1e-4, "high": 1e-2, "log": True},
        "max_grad_norm": {"choices": [0.5, 5.0, None]},
        "gae_lambda": {"low": 0.8, "high": 1.0},
    },
    "tuners": ["random", "tpe"],
    "trials": 6,
    "small_budgets": [2],
    "repeats": 5,
    "seeds_per_trial": 2,
    "test_seeds": "100-111",
    "references": {"article": {}},
    "recommended": {"learning_rate": [7e-4, 1e-3], "max_grad_norm": [0.5]},
    "good": 300,
}


@cache
def tuned() -> tuple[TuningRecord, Tables]:
    """The record and the tables; runs without clipping score 300 more."""
    record, rng = TuningRecord({**KEYS}), np.random.default_rng(0)
    trials, tests = [], []
    for tuner in record.tuning.tuners:
        for repeat in range(record.tuning.repeats):
            scores = []
            for number in range(record.tuning.trials):
                rate, clip = 10 ** rng.uniform(-4, -2), [0.5, 5.0, None][rng.integers(3)]
                fields = {"learning_rate": rate, "max_grad_norm": clip, "gae_lambda": rng.uniform(0.8, 1)}
                pair = rng.uniform(50, 150, 2) + (300 if clip is None else 0)
                trials.append(trial(list(pair), tuner, repeat, number, fields))
                scores.append(pair.mean())
            for budget in record.tuning.budgets:
                chosen = int(np.argmax(scores[:budget]))
                tests.append(winner(list(scores[chosen] - rng.uniform(0, 40, 12)), tuner, repeat, chosen, budget))
    references = pd.DataFrame(
        {"reference": "article", "configuration": "{}", "seed": range(100, 112), "score": rng.uniform(80, 120, 12)}
    )
    return record, tables_of(record.tuning, pd.concat(trials), pd.concat(tests), references)
