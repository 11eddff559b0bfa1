"""Check corrections for several tests by hand, by their bounds, and against the intervals that they belong to."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from a2c.analysis.stats.comparisons import Estimate
from a2c.analysis.stats.multiplicity import holm, holm_levels


def test_holm_by_hand():
    # Sorted 0.005 * 4, 0.01 * 3, 0.03 * 2, 0.04 * 1, each at least as large as the one before it.
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])


def test_holm_counts_only_existing_p_values():
    np.testing.assert_allclose(holm(np.array([np.nan, 0.01, 0.02])), [np.nan, 0.02, 0.02])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_lies_between_the_p_value_and_bonferronis(p_values):
    p = np.array(p_values)
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= np.minimum(p * p.size, 1.0)).all()


def test_holms_levels_by_hand():
    # 0.005 < 0.05 / 4; 0.01 < 0.05 / 3; 0.03 >= 0.05 / 2: from here on the level stays.
    np.testing.assert_allclose(
        holm_levels(np.array([0.01, 0.04, np.nan, 0.03, 0.005])), [1 - 0.05 / 3, 0.975, np.nan, 0.975, 1 - 0.05 / 4]
    )


@given(st.lists(st.floats(-8, 8), min_size=1, max_size=12))
def test_intervals_at_holms_levels_exclude_0_exactly_where_the_adjusted_p_is_below_5_percent(values):
    estimates = [Estimate(value, 1.0, 9.0) for value in values]
    p = np.array([estimate.p_differs() for estimate in estimates])
    for estimate, level, adjusted in zip(estimates, holm_levels(p), holm(p), strict=True):
        low, high = estimate.interval(level)
        assert (low > 0 or high < 0) == (adjusted < 0.05)
