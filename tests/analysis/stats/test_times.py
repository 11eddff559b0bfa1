"""Times to an event: the log-rank test against SciPy's, the restricted means by hand."""

import numpy as np
import pytest
from scipy.stats import CensoredData, logrank, ttest_ind

from a2c.analysis.stats.times import log_rank, restricted, time_difference

NEVER = np.inf
A = np.array([3.0, 5, 5, 8, NEVER, NEVER, 12])
B = np.array([5.0, 9, NEVER, 14, NEVER, NEVER, NEVER, 20])


def censored(times: np.ndarray) -> CensoredData:
    return CensoredData.right_censored(restricted(times, 25.0), ~np.isfinite(times))


def test_the_statistic_is_scipys():
    assert log_rank(A, B) == pytest.approx(-logrank(censored(A), censored(B)).statistic, rel=1e-12)


def test_the_p_values_are_scipys():
    found = time_difference(A, B, 25.0)
    expected = [logrank(censored(A), censored(B), alternative=side).pvalue for side in ("less", "greater")]
    assert sorted([found.p_above(0.0), found.p_below(0.0)]) == pytest.approx(sorted(expected))
    assert found.p_below(0.0) < 0.5  # A is faster


def test_the_effect_is_the_difference_of_mean_times_within_the_budget():
    assert time_difference(A, B, 25.0).value == pytest.approx((3 + 5 + 5 + 8 + 25 + 25 + 12) / 7 - 148 / 8)


def test_against_a_margin_the_test_is_welchs():
    expected = ttest_ind(restricted(A, 25.0) + 2, restricted(B, 25.0), equal_var=False, alternative="less").pvalue
    assert time_difference(A, B, 25.0).p_below(-2.0) == pytest.approx(expected)


def test_without_any_event_nothing_is_found():
    none = np.full(5, NEVER)
    assert log_rank(none, none) == 0
