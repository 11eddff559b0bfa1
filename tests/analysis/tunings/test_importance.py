"""The importance of fields, on scores whose variance is known."""

import math

import numpy as np
import pandas as pd
import pytest

from a2c.analysis.tunings.importance import code, importance
from a2c.config.space import Dimension
from tests.analysis.tunings.small_tuning import trial

RATE = Dimension("learning_rate", 1e-4, 1e-2, True, False, (), {}, {})
GAMMA = Dimension("gamma", 0.9, 1.0, False, False, (), {}, {})
STEPS = Dimension("n_steps", None, None, False, True, (1, 5, 20), {}, {})
LAMBDA = Dimension(
    "gae_lambda", 0.0, 1.0, False, False, (), {"advantage_estimator": ["gae"]}, {"advantage_estimator": "gae"}
)


def trials(weight_of_rate: float, weight_of_gamma: float, repeats: int = 1) -> pd.DataFrame:
    """Random settings whose score is a sum over the two fields, each even between 0 and its weight."""
    rng, rows = np.random.default_rng(0), []
    for number in range(25 * repeats):
        rate, gamma = rng.random(2)
        fields = {"learning_rate": 10 ** (-4 + 2 * rate), "gamma": 0.9 + 0.1 * gamma}
        score = weight_of_rate * rate + weight_of_gamma * gamma
        rows.append(trial([score], repeat=number % repeats, number=number, fields=fields))
    return pd.concat(rows)


def test_a_field_that_decides_all_has_all_the_importance() -> None:
    table = importance(trials(1.0, 0.0), [GAMMA, RATE]).set_index("field")
    assert table.loc["learning_rate", "importance"] > 0.9
    assert list(table.index) == ["learning_rate", "gamma"]


def test_the_importance_is_the_share_of_the_variance() -> None:
    table = importance(trials(2.0, 1.0, repeats=5), [GAMMA, RATE]).set_index("field")  # variances 4 to 1
    assert table["importance"].to_dict() == pytest.approx({"learning_rate": 0.8, "gamma": 0.2}, abs=0.08)
    assert table.loc["learning_rate", "low"] < 0.8 < table.loc["learning_rate", "high"]


def test_two_calls_give_the_same_numbers() -> None:
    found = [importance(trials(2.0, 1.0), [GAMMA, RATE]) for _ in range(2)]
    pd.testing.assert_frame_equal(*found)


def test_other_tuners_are_left_out() -> None:
    assert importance(trials(1.0, 0.0).assign(tuner="tpe"), [GAMMA, RATE]).empty


def test_scores_without_a_spread_have_no_importance() -> None:
    assert importance(trials(0.0, 0.0), [GAMMA, RATE]).empty


@pytest.mark.parametrize(
    ("dimension", "text", "expected"),
    [
        (RATE, "1e-3", 0.5),
        (GAMMA, "0.925", 0.25),
        (STEPS, "5", 0.5),
        (LAMBDA, None, 0.5),  # its condition is not met
        (LAMBDA, "0.25", 0.25),
    ],
)
def test_a_value_is_coded_by_its_place(dimension: Dimension, text: str | None, expected: float) -> None:
    assert math.isclose(code(dimension, text), expected)


def test_a_trial_that_failed_is_left_out() -> None:
    fields = {"learning_rate": 1e-3, "gamma": 0.95}
    failed = trial([math.nan], number=25, fields=fields, status="failed")
    found = importance(pd.concat([trials(2.0, 1.0), failed]), [GAMMA, RATE])
    pd.testing.assert_frame_equal(found, importance(trials(2.0, 1.0), [GAMMA, RATE]))
    assert found["n_trials"].tolist() == [25, 25]


def test_repeats_that_tie_without_one_of_them_have_no_interval() -> None:
    every = trials(2.0, 1.0, repeats=5)
    every.loc[every["repeat"] > 0, "trial_score"] = 7.0
    table = importance(every, [GAMMA, RATE])
    assert table["interval"].tolist() == ["all scores tie without one repeat"] * 2
    assert table[["low", "high"]].isna().all(axis=None)
    assert table["importance"].notna().all()


def test_settings_that_are_all_the_same_have_no_importance() -> None:
    fields = {"learning_rate": 1e-3, "gamma": 0.95}
    same = pd.concat([trial([float(number)], number=number, fields=fields) for number in range(25)])
    assert importance(same, [GAMMA, RATE]).empty
