"""Sensitivity and effective dimensionality on tables small enough for hand computation."""

import numpy as np
import pytest

from a2c.analysis.sensitivity import (
    best_for_all,
    effective_dimensionality,
    resampled_sensitivity,
    sensitivity,
)

GRID = [{"rate": rate, "entropy": entropy} for rate in (1, 2) for entropy in (1, 2)]


def test_the_loss_of_one_setting_for_all_by_hand():
    # Best each: (0.9 + 0.8) / 2; best for all: the second, (0.6 + 0.8) / 2.
    assert sensitivity(np.array([[0.9, 0.1], [0.6, 0.8]])) == pytest.approx(0.85 - 0.7)


def test_the_best_for_all_has_the_highest_mean():
    assert best_for_all(np.array([[0.9, 0.1], [0.6, 0.8], [0.7, 0.2]])) == 1


def test_the_loss_is_zero_if_one_setting_is_best_everywhere():
    performance = np.array([[0.9, 0.8], [0.6, 0.7], [0.1, 0.2], [0.0, 0.0]])
    assert sensitivity(performance) == 0.0


def test_no_axis_has_to_be_tuned_if_one_setting_is_best_everywhere():
    performance = np.array([[0.9, 0.8], [0.6, 0.7], [0.1, 0.2], [0.0, 0.0]])
    assert effective_dimensionality(performance, GRID) == (0, ())


def test_one_axis_has_to_be_tuned_if_the_environments_differ_along_it():
    # Over the rows (rate, entropy) = (1, 1), (1, 2), (2, 1), (2, 2): the environments want different rates.
    performance = np.array([[1.0, 0.3], [0.2, 0.1], [0.2, 1.0], [0.1, 0.1]])
    assert effective_dimensionality(performance, GRID) == (1, ("rate",))


def test_both_axes_have_to_be_tuned_if_opposite_corners_are_best():
    performance = np.array([[1.0, 0.3], [0.2, 0.1], [0.2, 0.1], [0.1, 0.9]])
    assert effective_dimensionality(performance, GRID) == (2, ("rate", "entropy"))


def test_an_axis_that_costs_less_than_5_percent_need_not_be_tuned():
    performance = np.array([[1.0, 0.91], [0.2, 0.1], [0.2, 1.0], [0.1, 0.1]])
    assert effective_dimensionality(performance, GRID) == (0, ())


def test_without_noise_every_resample_is_the_sensitivity():
    performance = np.array([[0.9, 0.1], [0.6, 0.8]])
    scores = np.repeat(performance[:, None], 6, axis=1)
    np.testing.assert_allclose(resampled_sensitivity(scores, 20, np.random.default_rng(0)), 0.15)


def test_the_spread_of_resamples_is_that_of_the_means():
    rng = np.random.default_rng(1)
    scores = np.stack([rng.normal(10, 1, size=(20, 2)), rng.normal(0, 1, size=(20, 2))])
    scores[1, :, 1] += 100
    found = resampled_sensitivity(scores, 5_000, rng)
    # Setting 0 is best in environment 0, setting 1 in environment 1 and for all: tuned - for all is half the difference
    # of the two means in environment 0.
    spread = np.sqrt(scores[0, :, 0].var() / 20 + scores[1, :, 0].var() / 20) / 2
    assert found.std() == pytest.approx(spread, rel=0.05)
