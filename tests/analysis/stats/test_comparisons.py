"""Check comparisons with SciPy, enumeration and simulation."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from a2c.analysis.stats.comparisons import (
    Bracketed,
    Estimate,
    hedges_g,
    mean,
    p_equivalent,
    permutation_test,
    untestable,
    welch,
)

A = np.array([9.5, 62.0, 120.0, 500.0, 431.0, 77.0, 15.0, 210.0])
B = np.array([310.0, 480.0, 500.0, 455.0, 290.0, 500.0])


def fresh():
    return np.random.default_rng(11)


def test_the_two_sided_p_value_is_scipys_welch():
    assert welch(A, B).p_differs() == pytest.approx(stats.ttest_ind(A, B, equal_var=False).pvalue, rel=1e-12)


def test_the_interval_is_scipys_welch():
    expected = stats.ttest_ind(A, B, equal_var=False).confidence_interval(0.95)
    np.testing.assert_allclose(welch(A, B).interval(), list(expected), rtol=1e-12)


@pytest.mark.parametrize(("side", "alternative"), [("p_above", "greater"), ("p_below", "less")])
def test_the_one_sided_p_values_against_a_cut_are_scipys_of_shifted_data(side, alternative):
    expected = stats.ttest_ind(A - (-100), B, equal_var=False, alternative=alternative).pvalue
    assert getattr(welch(A, B), side)(-100.0) == pytest.approx(expected, rel=1e-12)


def test_one_sample_is_scipys_t_test():
    assert mean(A).p_above(100.0) == pytest.approx(stats.ttest_1samp(A, 100.0, alternative="greater").pvalue, rel=1e-12)


def test_exchanging_the_samples_changes_the_sign_of_the_difference():
    assert (welch(A, B).value, welch(A, B).df) == (-welch(B, A).value, pytest.approx(welch(B, A).df))


@pytest.mark.filterwarnings("ignore:Precision loss")  # SciPy's, of the sample that ties
def test_a_sample_that_ties_can_be_compared_with_one_that_does_not():
    expected = stats.ttest_ind(A, np.full(6, 500.0), equal_var=False).pvalue
    assert welch(A, np.full(6, 500.0)).p_differs() == pytest.approx(expected, rel=1e-12)


def test_tost_is_the_worse_of_two_one_sided_tests():
    lower = stats.ttest_ind(A + 600, B, equal_var=False, alternative="greater").pvalue
    upper = stats.ttest_ind(A - 600, B, equal_var=False, alternative="less").pvalue
    assert p_equivalent(welch(A, B), -600.0, 600.0) == pytest.approx(max(lower, upper), rel=1e-9)


def test_tost_with_one_bound_is_non_inferiority():
    expected = stats.ttest_ind(A + 600, B, equal_var=False, alternative="greater").pvalue
    assert p_equivalent(welch(A, B), -600.0, np.inf) == pytest.approx(expected, rel=1e-9)


def test_hedges_g_by_hand():
    # Means 3 and 5, both s^2 = 2.5: d = -2 / sqrt(2.5); with 8 degrees of freedom J = 0.902703.
    g, _, _ = hedges_g(np.arange(1.0, 6.0), np.arange(3.0, 8.0))
    assert g == pytest.approx(-2 / np.sqrt(2.5) * 0.902703, rel=1e-6)


def test_the_observed_t_is_a_quantile_at_the_ends_of_the_interval_of_g():
    g, low, high = hedges_g(A, B)
    df, scale = A.size + B.size - 2, np.sqrt(1 / A.size + 1 / B.size)
    t = stats.ttest_ind(A, B).statistic
    correction = g / (t * scale)
    quantiles = [stats.nct.cdf(t, df, end / correction / scale) for end in (low, high)]
    np.testing.assert_allclose(quantiles, [0.975, 0.025], atol=1e-6)


@given(st.floats(-1e3, 1e3), st.floats(1e-2, 1e3))
def test_the_effect_size_ignores_shift_and_scale(shift, scale):
    np.testing.assert_allclose(hedges_g(A * scale + shift, B * scale + shift), hedges_g(A, B), rtol=1e-5)


def test_an_enormous_effect_still_has_an_interval():
    g, low, high = hedges_g(A / 1e3 + 500, B / 1e3)
    assert low < g < high


def test_two_samples_that_tie_have_no_effect_size():
    assert np.isnan(hedges_g(np.full(5, 500.0), np.full(5, 9.0))).all()


def test_the_permutation_test_enumerates_small_samples():
    a, b = A[:5], B[:5]
    pooled = np.concatenate([a, b])
    observed = abs(stats.ttest_ind(a, b, equal_var=False).statistic)
    splits = [np.isin(range(10), chosen) for chosen in combinations(range(10), 5)]
    as_far = [
        abs(stats.ttest_ind(pooled[split], pooled[~split], equal_var=False).statistic) >= observed - 1e-9
        for split in splits
    ]
    assert permutation_test(a, b) == pytest.approx(np.mean(as_far), abs=1e-12)


@pytest.mark.parametrize(("n_a", "n_b"), [(3, 6), (5, 5), (6, 8)])
@pytest.mark.parametrize("scale", [1.0, 1e9])
def test_all_splits_give_scipys_p_value(n_a, n_b, scale):
    rng = fresh()
    a, b = rng.normal(0, scale, n_a), rng.normal(scale, 2 * scale, n_b)
    assert permutation_test(a, b) == pytest.approx(scipys_permutation_test(a, b), abs=1e-12)


def test_random_splits_give_scipys_p_value_but_for_chance():
    rng = fresh()
    a, b = rng.normal(0, 1, 40), rng.normal(0.4, 2, 60)
    assert permutation_test(a, b) == pytest.approx(scipys_permutation_test(a, b), abs=0.02)  # four standard errors


def scipys_permutation_test(a, b):
    def welch_t(a, b, axis):
        return stats.ttest_ind(a, b, axis=axis, equal_var=False).statistic

    found = stats.permutation_test((a, b), welch_t, permutation_type="independent", rng=fresh())
    return found.pvalue


@pytest.mark.parametrize("n", [5, 50])
def test_samples_that_tie_at_different_values_differ_as_much_as_splits_can(n):
    splits = min(comb(2 * n, n), 10_000)
    assert permutation_test(np.full(n, 1 / 3), np.full(n, 0.1)) == 2 / splits


def test_samples_that_tie_at_one_value_do_not_differ():
    assert permutation_test(np.full(9, 0.1), np.full(9, 0.1)) == 1


def test_the_order_of_the_seeds_does_not_matter_to_the_permutation_test():
    assert permutation_test(A, B) == permutation_test(A[::-1], B[::-1])


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ((A, B), ""),
        ((A, np.full(6, 500.0)), ""),
        ((A, B[:4]), "too few seeds for a test"),
        ((np.full(6, 1.0), np.full(6, 2.0)), "all seeds tie"),
    ],
)
def test_words_say_why_there_is_no_test(samples, words):
    assert untestable(*samples) == words


@pytest.mark.parametrize("n", [5, 10])
def test_welch_has_false_positives_in_5_percent_of_cases(n):
    rng, trials = fresh(), 4_000
    found = [welch(a, b).p_differs() < 0.05 for a, b in rng.normal(size=(trials, 2, n)) * [[1.0], [3.0]]]
    assert np.mean(found) == pytest.approx(0.05, abs=0.015)


def test_an_effect_between_bounds_is_tested_by_the_bound_that_is_against_it():
    low, middle, high = (Estimate(value, 1.0, 10.0) for value in (1.0, 2.0, 3.0))
    effect = Bracketed(middle, low, high)
    assert effect.value == 2.0
    assert effect.interval() == (low.interval()[0], high.interval()[1])
    assert (effect.p_above(0.0), effect.p_below(0.0)) == (low.p_above(0.0), high.p_below(0.0))
    unknown = Bracketed(middle, None, None)
    assert (unknown.p_above(0.0), unknown.p_below(0.0), unknown.p_above(-np.inf)) == (1.0, 1.0, 0.0)
    assert np.isnan(unknown.interval()).all()
