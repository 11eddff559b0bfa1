"""Settings are selected on tuning seeds and reported on reporting seeds."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from a2c.analysis.study import aggregate
from tests.analysis.small_study import name_of, records, study

POINTS = [{"gamma": 0.9}, {"gamma": 0.99}]
LOW, HIGH = (name_of(point) for point in POINTS)


def tuned(returns: dict[str, list[float]], diverged: list[tuple[str, int]] = ()) -> dict[str, float]:  # type: ignore[assignment]
    """The row of the winner; reporting seeds 0 to 4, tuning seeds 5 to 9."""
    every = study(POINTS, POINTS[1], range(10))
    made = replace(every, seeds=[0, 1, 2, 3, 4], tuning_seeds=[5, 6, 7, 8, 9])
    table = aggregate(made, **records(every, returns, diverged))["tuning"]
    assert len(table) == 1
    return table.iloc[0].to_dict()


LUCKY = [10.0, 20.0, 30.0, 40.0, 50.0, 90.0, 80.0, 70.0, 60.0, 50.0]
STEADY = [60.0, 61.0, 62.0, 63.0, 64.0, 60.0, 61.0, 62.0, 63.0, 64.0]


def test_the_best_setting_on_tuning_seeds_is_chosen_even_if_it_is_not_on_reporting_seeds() -> None:
    row = tuned({LOW: LUCKY, HIGH: STEADY})
    assert (row["configuration"], row["gamma"]) == (LOW, 0.9)
    assert (row["tuning_mean"], row["reporting_mean"]) == (70.0, 30.0)


def test_the_shrinkage_is_welchs_difference() -> None:
    row = tuned({LOW: LUCKY, HIGH: STEADY})
    expected = stats.ttest_ind(LUCKY[5:], LUCKY[:5], equal_var=False).confidence_interval(0.95)
    assert row["shrinkage"] == 40.0
    assert (row["shrinkage_low"], row["shrinkage_high"]) == pytest.approx((expected.low, expected.high))


def test_a_point_with_a_failed_tuning_run_is_not_chosen() -> None:
    assert tuned({LOW: LUCKY, HIGH: STEADY}, [(LOW, 7)])["configuration"] == HIGH


def test_where_all_seeds_tie_there_is_no_interval_of_the_shrinkage() -> None:
    row = tuned({LOW: [5.0] * 10, HIGH: [4.0] * 10})
    assert row["shrinkage"] == 0.0
    assert np.isnan(row["shrinkage_low"])
    assert row["shrinkage_interval"] == "all seeds tie"


@pytest.mark.parametrize(("high", "choice"), [(STEADY, "highest"), (LUCKY, "2 of 2 settings tie")])
def test_the_number_of_settings_that_tie_is_reported(high: list[float], choice: str) -> None:
    assert tuned({LOW: LUCKY, HIGH: high})["choice"] == choice
