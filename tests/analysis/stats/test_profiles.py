"""Compare performance profiles and probability of improvement with rliable 1.2.0 (see test_aggregates.py) and SciPy."""

import numpy as np
import pytest
from scipy import stats

from a2c.analysis.stats.profiles import probability_of_improvement, profile, resampled_improvement, resampled_profile
from tests.analysis.stats.rliable_scores import OTHERS, SCORES

TAUS = np.array([-0.1, 0.0, 0.25, 0.5, 0.75, 1.0])


def fresh():
    return np.random.default_rng(4)


def test_the_profile_is_rliables():
    # library.create_performance_profile({"x": SCORES}, TAUS)
    np.testing.assert_allclose(profile(SCORES, TAUS), [1.0, 0.95, 0.825, 0.55, 0.075, 0.0], atol=1e-12)


def test_the_band_of_the_profile_is_rliables():
    found = np.quantile(resampled_profile(SCORES, TAUS, 20_000, fresh()), [0.025, 0.975], axis=0)
    expected = [[1.0, 0.875, 0.7, 0.4, 0.0, 0.0], [1.0, 1.0, 0.925, 0.7, 0.15, 0.0]]
    np.testing.assert_allclose(found, expected, atol=0.026)  # a run is 0.025


def test_a_profile_never_rises():
    assert (np.diff(profile(SCORES, np.linspace(-1, 2, 50))) <= 0).all()


def test_the_probability_of_improvement_is_rliables():
    # metrics.probability_of_improvement(SCORES, OTHERS)
    assert probability_of_improvement(SCORES, OTHERS) == pytest.approx(0.5975, abs=1e-12)


def test_the_probability_of_improvement_is_the_mann_whitney_statistic_per_pair():
    a, b = np.round(SCORES[:, :1], 1), np.round(OTHERS[:6, :1], 1)  # rounded: ties
    expected = stats.mannwhitneyu(a[:, 0], b[:, 0]).statistic / (10 * 6)
    assert probability_of_improvement(a, b) == pytest.approx(expected, abs=1e-12)


def test_the_probabilities_of_both_directions_add_up_to_one():
    both = probability_of_improvement(SCORES, OTHERS) + probability_of_improvement(OTHERS, SCORES)
    assert both == pytest.approx(1.0, abs=1e-12)


def test_the_probability_of_improvement_over_itself_is_one_half():
    assert probability_of_improvement(SCORES, SCORES) == 0.5


def test_the_probability_of_improvement_depends_on_the_order_of_scores_only():
    assert probability_of_improvement(np.exp(SCORES), np.exp(OTHERS)) == probability_of_improvement(SCORES, OTHERS)


def test_resamples_of_the_probability_spread_like_rliables():
    # library.get_interval_estimates with 5,000 resamples: 0.47875 to 0.71375.
    found = resampled_improvement(SCORES, OTHERS, 20_000, fresh())
    np.testing.assert_allclose(np.quantile(found, [0.025, 0.975]), [0.47875, 0.71375], atol=0.01)
