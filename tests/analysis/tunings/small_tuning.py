"""Trials and tests of a tuning as its records have them, from a few numbers."""

import json
from collections.abc import Sequence
from typing import Any

import pandas as pd


def trial(
    scores: Sequence[float],
    tuner: str = "random",
    repeat: int = 0,
    number: int = 0,
    fields: dict[str, Any] | None = None,
    status: str = "complete",
    cost: float = 1.0,
) -> pd.DataFrame:
    """The rows of one trial, one per seed; `cost` of each in whole runs."""
    return pd.DataFrame(
        {
            "tuner": tuner,
            "repeat": repeat,
            "trial": number,
            "status": status,
            "seed": range(len(scores)),
            "cost": cost,
            "score": list(scores),
            "trial_score": sum(scores) / len(scores),
            "configuration": json.dumps(fields or {}),
            **{f"field.{name}": json.dumps(value) for name, value in (fields or {}).items()},
        }
    )


def winner(
    scores: Sequence[float], tuner: str = "random", repeat: int = 0, number: int = 0, budget: int = 2
) -> pd.DataFrame:
    """The rows of one winner on its test seeds."""
    return pd.DataFrame(
        {
            "tuner": tuner,
            "repeat": repeat,
            "budget": budget,
            "trial": number,
            "seed": range(100, 100 + len(scores)),
            "score": list(scores),
        }
    )
