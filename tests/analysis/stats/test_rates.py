"""Shares of runs against SciPy's exact tests and published intervals."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from a2c.analysis.stats.rates import Rate, RateDifference


@pytest.mark.parametrize(("first", "second"), [((7, 10), (3, 12)), ((0, 10), (4, 9)), ((10, 10), (10, 10))])
def test_against_no_difference_the_p_value_is_scipys_of_barnard(first, second):
    # Barnard's test orders tables by the pooled score statistic, which is the one used here at a difference of 0.
    table = [[first[0], second[0]], [first[1] - first[0], second[1] - second[0]]]
    expected = stats.barnard_exact(table, alternative="greater").pvalue
    assert RateDifference(Rate(*first), Rate(*second)).p_above(0.0) == pytest.approx(expected, abs=2e-3)


def test_the_interval_is_that_of_newcombes_example():
    # Newcombe 1998, table II, column (a), method 10: 56 of 70 against 48 of 80
    found = RateDifference(Rate(56, 70), Rate(48, 80)).interval()
    assert found == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_swapping_the_shares_mirrors_the_test():
    one, other = RateDifference(Rate(9, 10), Rate(4, 12)), RateDifference(Rate(4, 12), Rate(9, 10))
    assert one.p_below(0.2) == other.p_above(-0.2)


def test_beyond_minus_one_and_one_the_answer_is_certain():
    one = RateDifference(Rate(9, 10), Rate(4, 12))
    assert (one.p_above(-np.inf), one.p_below(np.inf), one.p_above(1.0), one.p_below(-1.0)) == (0, 0, 1, 1)


@pytest.mark.parametrize("margin", [0.0, 0.2])
def test_the_test_keeps_its_level_at_every_pair_of_rates(margin):
    n, m = 8, 10
    rejected = np.array(
        [[RateDifference(Rate(x, n), Rate(y, m)).p_above(margin) <= 0.05 for y in range(m + 1)] for x in range(n + 1)]
    )
    for second in np.linspace(0, 1 - margin, 13):
        chance = sum(
            stats.binom.pmf(x, n, second + margin) * stats.binom.pmf(y, m, second)
            for x, y in product(range(n + 1), range(m + 1))
            if rejected[x, y]
        )
        assert chance <= 0.05 + 1e-6


@pytest.mark.parametrize(("successes", "n", "cut"), [(0, 10, 0.05), (3, 10, 0.5), (10, 10, 0.5), (5, 7, 0.2)])
def test_the_p_values_of_a_rate_are_scipys_exact_binomial(successes, n, cut):
    rate = Rate(successes, n)
    expected = [stats.binomtest(successes, n, cut, alternative=side).pvalue for side in ("greater", "less")]
    np.testing.assert_allclose([rate.p_above(cut), rate.p_below(cut)], expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("cut", "above", "below"), [(-1.0, 0.0, 1.0), (0.0, 0.0, 1.0), (1.0, 1.0, 0.0), (np.inf, 1.0, 0.0)]
)
def test_cuts_at_or_beyond_zero_and_one_have_certain_p_values(cut, above, below):
    rate = Rate(5, 10)
    assert (rate.p_above(cut), rate.p_below(cut)) == (above, below)
