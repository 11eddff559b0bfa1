"""Norms without the bias of noise, by hand; and how often their intervals hold."""

import math

import numpy as np
import pytest

from a2c.learn.gradients import statistics

ONCE = np.ones((1, 3))


def inner(vectors: np.ndarray) -> np.ndarray:
    return vectors @ vectors.T


def test_the_squared_norm_is_the_mean_of_the_products_of_different_groups() -> None:
    vectors = np.array([[1.0, 0.0], [2.0, 1.0], [0.0, 3.0]])
    by_hand = (2 * (1 * 2 + 0) + 2 * (0 + 0) + 2 * (0 + 3)) / 6
    assert statistics.squared_norm(ONCE, inner(vectors)) == pytest.approx([by_hand])


def test_a_group_that_is_drawn_twice_is_not_paired_with_itself() -> None:
    vectors = np.array([[1.0], [2.0], [5.0]])
    by_hand = (2 * 2 * 1 * (1 * 2)) / (2 * 2 * 1)
    assert statistics.squared_norm(np.array([[2.0, 1.0, 0.0]]), inner(vectors)) == pytest.approx([by_hand])


def test_the_error_of_a_mean_is_the_deviation_of_its_groups_over_the_root_of_their_number() -> None:
    vectors = np.array([[1.0, 4.0], [2.0, 1.0], [0.0, 3.0]])
    variances = np.var(vectors, axis=0, ddof=1)
    assert statistics.error_squared(inner(vectors)) == pytest.approx(variances.sum() / 3)


def test_noise_alone_has_a_squared_norm_of_0_in_the_mean() -> None:
    random = np.random.default_rng(0)
    norms = [statistics.squared_norm(np.ones((1, 8)), inner(random.normal(size=(8, 50))))[0] for _ in range(400)]
    assert abs(np.mean(norms)) < 3 * np.std(norms) / math.sqrt(400)
    assert np.min(norms) < 0 < np.max(norms)


@pytest.mark.parametrize("true", [0.0, 1.0, 4.0])
def test_intervals_of_a_norm_hold_about_as_often_as_they_say(true: float) -> None:
    random, resamples = np.random.default_rng(1), statistics.resampled(32, 0, "test")
    held = 0
    for _ in range(100):
        vectors = random.normal(size=(32, 20))
        vectors[:, 0] += true
        _, low, high = statistics.interval(statistics.root(statistics.squared_norm(resamples, inner(vectors))))
        held += low <= true <= high
    assert held >= 90


def test_resamples_draw_every_group_as_often_as_the_others_and_begin_with_the_sample() -> None:
    weights = statistics.resampled(32, 3, "test")
    assert weights.shape == (1 + statistics.RESAMPLES, 32)
    assert np.array_equal(weights[0], np.ones(32))
    assert np.array_equal(weights.sum(axis=1), np.full(len(weights), 32.0))
    assert np.array_equal(weights, statistics.resampled(32, 3, "test"))
    assert not np.array_equal(weights, statistics.resampled(32, 4, "test"))


def test_a_ratio_to_what_cannot_be_told_from_0_is_missing() -> None:
    squares = np.concatenate([[1.0], np.linspace(-1, 3, statistics.RESAMPLES)])
    assert np.isnan(statistics.ratio(np.ones(len(squares)), squares)).all()
    assert statistics.ratio(np.full(1000, 3.0), np.full(1000, 4.0)) == pytest.approx(np.full(1000, 1.5))
    assert all(math.isnan(value) for value in statistics.interval(np.array([1.0, math.nan]))[1:])
