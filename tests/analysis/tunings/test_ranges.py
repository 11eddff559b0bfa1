"""Good settings inside and outside of recommended ranges."""

import pandas as pd
import pytest
from scipy.stats import fisher_exact

from a2c.analysis.tunings.ranges import shares
from a2c.config.space import Dimension
from tests.analysis.tunings.small_tuning import trial

GAMMA = Dimension("gamma", 0.9, 1.0, False, False, (), {}, {})
STEPS = Dimension("n_steps", None, None, False, True, (1, 5, 20), {}, {})


def trials(rows: list[tuple[float, int, float]]) -> pd.DataFrame:
    return pd.concat(
        [trial([score], number=n, fields={"gamma": gamma, "n_steps": k}) for n, (gamma, k, score) in enumerate(rows)]
    )


def test_shares_inside_and_outside_a_range_are_compared_by_fishers_test() -> None:
    inside = [(0.98, 5, score) for score in (500.0, 480.0, 10.0, 475.0, 500.0, 500.0)]
    outside = [(0.91, 5, score) for score in (20.0, 474.9, 10.0, 480.0, 9.0, 9.0, 9.0)]
    (row,) = shares(trials([*inside, *outside]), [GAMMA, STEPS], {"gamma": [0.97, 1.0]}, 475).to_dict("records")
    assert (row["good_inside"], row["n_inside"], row["good_outside"], row["n_outside"]) == (5, 6, 1, 7)
    assert row["p"] == pytest.approx(fisher_exact([[5, 1], [1, 6]]).pvalue)


def test_the_last_row_asks_whether_all_fields_are_inside() -> None:
    rows = [(0.98, 5, 500.0), (0.98, 1, 10.0), (0.91, 5, 10.0)]
    table = shares(trials(rows), [GAMMA, STEPS], {"gamma": [0.97, 1.0], "n_steps": [5]}, 475)
    last = table.iloc[-1]
    assert (last["field"], last["n_inside"], last["good_inside"], last["n_outside"]) == ("all fields", 1, 1, 2)


def test_too_few_trials_have_no_test() -> None:
    (row,) = shares(trials([(0.98, 5, 500.0)]), [GAMMA], {"gamma": [0.97, 1.0]}, 475).to_dict("records")
    assert row["interval"] == "too few seeds for an interval"
