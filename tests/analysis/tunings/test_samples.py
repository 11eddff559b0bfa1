"""Means over repeats that may share a setting, and so its test runs."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from a2c.analysis.tunings.chosen import by_tuner, chosen, compared
from a2c.analysis.tunings.samples import of_repeats
from tests.analysis.tunings.small_tuning import trial, winner

RUNS = [10.0, 12.0, 17.0, 18.0, 25.0, 26.0]  # on the test seeds


def choices(repeats: list[tuple[int, list[float]]], tuner: str = "grid") -> pd.DataFrame:
    """The choices of a tuner, for each repeat the setting that it chose and its test runs."""
    trials = [trial([30.0 + n, 31], tuner, n, fields={"gamma": one}) for n, (one, _) in enumerate(repeats)]
    tests = [winner(runs, tuner, n) for n, (_, runs) in enumerate(repeats)]
    return chosen(pd.concat(trials), pd.concat(tests), [])


def test_repeats_that_all_chose_one_setting_have_the_interval_of_its_test_seeds() -> None:
    (row,) = by_tuner(choices([(1, RUNS)] * 5)).to_dict("records")
    expected = stats.ttest_1samp(RUNS, 0).confidence_interval(0.95)
    assert (row["test_score_low"], row["test_score_high"]) == pytest.approx(tuple(expected))
    assert row["test_score_interval"] == "t 95 %"


def test_such_repeats_are_compared_with_a_fixed_setting_by_their_test_runs() -> None:
    fixed = [1.0, 2.0, 4.0, 8.0, 11.0]
    references = pd.DataFrame({"reference": ["article"] * 5, "seed": range(5), "score": fixed})
    (row,) = compared(choices([(1, RUNS)] * 5), references).to_dict("records")
    expected = stats.ttest_ind(RUNS, fixed, equal_var=False)
    assert row["p"] == pytest.approx(expected.pvalue)
    assert (row["low"], row["high"]) == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_two_repeats_of_five_that_share_a_setting_add_a_tenth_of_its_variance() -> None:
    others = [[3.0, 5.0], [8.0, 12.0], [20.0, 30.0]]
    sample = of_repeats(choices([(1, RUNS), (1, RUNS), *((n, runs) for n, runs in enumerate(others, 2))]), "test_score")
    means = [18.0, 18.0, 4.0, 10.0, 25.0]
    own = np.var(means, ddof=1) / 5
    shared = np.var(RUNS, ddof=1) / 6 * 2 / 20  # 2 of the 20 ordered pairs of repeats
    assert sample.mean.value == 15.0
    assert sample.mean.standard_error**2 == pytest.approx(own + shared)
    assert sample.mean.df == pytest.approx((own + shared) ** 2 / (own**2 / 4 + shared**2 / 5))


def test_tuning_scores_of_a_shared_setting_are_independent() -> None:
    (row,) = by_tuner(choices([(1, RUNS)] * 5)).to_dict("records")
    expected = stats.ttest_1samp([30.5, 31.0, 31.5, 32.0, 32.5], 0).confidence_interval(0.95)
    assert (row["tuning_score_low"], row["tuning_score_high"]) == pytest.approx(tuple(expected))


def test_a_shared_setting_with_one_test_run_has_no_interval() -> None:
    (row,) = by_tuner(choices([(1, [7.0])] * 5)).to_dict("records")
    assert row["test_score_interval"] == "too few seeds for an interval"
