"""Compare intervals with SciPy and hand-computed values; words in the degenerate cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from a2c.analysis.stats.intervals import (
    bca_interval,
    seeds_for_tolerance,
    t_interval,
    ties,
    tolerance_interval,
    wilson_interval,
)

SAMPLE = np.array([9.5, 62.0, 120.0, 500.0, 431.0, 77.0, 15.0, 210.0])


def fresh():
    return np.random.default_rng(7)


def test_t_interval_of_one_to_five_by_hand():
    # mean 3, s = sqrt(2.5), t(4 df, 0.975) = 2.776445: 3 -+ 2.776445 * sqrt(2.5 / 5)
    found = t_interval(np.arange(1.0, 6.0))
    np.testing.assert_allclose([found.low, found.high], [3 - 1.963243, 3 + 1.963243], atol=1e-5)


def test_t_interval_is_scipys():
    expected = stats.ttest_1samp(SAMPLE, 0).confidence_interval(0.95)
    found = t_interval(SAMPLE)
    np.testing.assert_allclose([found.low, found.high], list(expected), rtol=1e-12)


def test_bca_interval_is_scipys_on_the_sorted_sample():
    expected = stats.bootstrap((np.sort(SAMPLE),), np.mean, n_resamples=9_999, method="BCa", rng=fresh())
    found = bca_interval(SAMPLE, fresh())
    assert (found.low, found.high) == tuple(expected.confidence_interval)


@pytest.mark.parametrize("interval", [t_interval, lambda values: bca_interval(values, fresh())])
def test_the_order_of_the_seeds_does_not_matter(interval):
    assert interval(SAMPLE) == interval(SAMPLE[::-1].copy())


@given(st.floats(-1e3, 1e3), st.floats(0.1, 1e3))
def test_the_t_interval_shifts_and_scales_with_the_data(shift, scale):
    base, moved = t_interval(SAMPLE), t_interval(SAMPLE * scale + shift)
    np.testing.assert_allclose([moved.low, moved.high], np.array([base.low, base.high]) * scale + shift, atol=1e-9)


@pytest.mark.parametrize("scale", [0.25, 2.0, 1_024.0])  # powers of two: no rounding, so the same resamples tie
def test_the_bca_interval_scales_with_the_data(scale):
    base, scaled = bca_interval(SAMPLE, fresh()), bca_interval(SAMPLE * scale, fresh())
    assert (scaled.low, scaled.high) == (base.low * scale, base.high * scale)


@pytest.mark.parametrize("interval", [t_interval, lambda values: bca_interval(values, fresh()), tolerance_interval])
@pytest.mark.parametrize("values", [np.array([]), np.array([1.0]), np.arange(4.0), np.full(10, 500.0)])
def test_the_ends_of_an_undefined_interval_are_missing(interval, values):
    found = interval(values)
    assert np.isnan(found.low)
    assert np.isnan(found.high)


@pytest.mark.parametrize("interval", [t_interval, lambda values: bca_interval(values, fresh())])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.array([]), "no finished run"),
        (np.arange(4.0), "too few seeds for an interval"),
        (np.full(10, 500.0), "all seeds tie"),
    ],
)
def test_words_say_why_an_interval_is_undefined(interval, values, words):
    assert interval(values).words == words


def test_the_mean_is_given_if_the_interval_is_undefined():
    assert t_interval(np.full(10, 500.0)).estimate == 500.0


def test_equal_up_to_rounding_is_a_tie():
    assert ties(np.array([0.1 + 0.2, 0.3]))


def test_values_whose_squares_are_too_small_for_a_number_tie():
    assert ties(np.array([1e-200, 5e-200]))
    assert not ties(np.array([1e-60, 5e-60]))


def test_nearly_equal_values_are_not_a_tie():
    assert not ties(np.array([500.0, 500.000001]))


@pytest.mark.parametrize("n", [5, 10, 73])
def test_wilson_interval_is_scipys(n):
    for successes in range(n + 1):
        found = wilson_interval(successes, n)
        expected = stats.binomtest(successes, n).proportion_ci(method="wilson")
        np.testing.assert_allclose([found.low, found.high], [expected.low, expected.high], atol=1e-12)


def test_wilson_interval_ends_at_zero_or_one_for_extreme_rates():
    assert (wilson_interval(0, 10).low, wilson_interval(10, 10).high) == (0.0, 1.0)


def test_too_few_runs_give_a_rate_without_an_interval():
    found = wilson_interval(1, 4)
    assert (found.estimate, found.words) == (0.25, "too few seeds for an interval")


def test_seeds_for_a_tolerance_interval_as_tabled():
    # Wilks' table for 95 % confidence: 46 for 90 % of the population.
    assert seeds_for_tolerance() == 46


def test_with_just_enough_seeds_the_extremes_are_the_tolerance_limits():
    found = tolerance_interval(np.arange(46.0))
    assert (found.low, found.high) == (0.0, 45.0)


def test_with_too_few_seeds_the_tolerance_interval_says_how_many():
    assert tolerance_interval(np.arange(45.0)).words == "needs 46 seeds"


def test_a_tolerance_interval_contains_its_share_with_its_nominal_confidence():
    # On uniform data the content is the width. 100 values take the 2nd and the 99th, whose width is above 0.9 unless
    # fewer than 4 of 100 fall into a tenth: 99.2 % (binomial).
    samples = fresh().uniform(size=(2_000, 100))
    found = [tolerance_interval(sample) for sample in samples]
    held = np.mean([interval.high - interval.low >= 0.9 for interval in found])
    assert held == pytest.approx(stats.binom.sf(3, 100, 0.1), abs=0.01)
