"""Compare aggregates with rliable, and the bootstrap with resamples that are written out.

The literals were computed once with rliable 1.2.0 (pandas 2.3.3, NumPy 2.4.6) on the scores of rliable_scores.py:
`metrics.aggregate_iqm`, `aggregate_mean`, `aggregate_median`, `aggregate_optimality_gap`; the intervals with
`library.get_interval_estimates(..., method="percentile", reps=50000)`.
"""

import numpy as np
import pytest

from a2c.analysis.stats.aggregates import bootstrap, iqm, mean, median, optimality_gap, percentile_interval
from tests.analysis.stats.rliable_scores import SCORES, TWICE

STATISTICS = {"iqm": iqm, "mean": mean, "median": median, "optimality_gap": optimality_gap}


def fresh():
    return np.random.default_rng(2)


@pytest.mark.parametrize(
    ("statistic", "expected"), [(iqm, 0.5225), (mean, 0.4925), (median, 0.4945), (optimality_gap, 0.5075)]
)
def test_statistics_are_rliables(statistic, expected):
    assert statistic(SCORES[:, :, None])[0] == pytest.approx(expected, abs=1e-12)


def test_the_optimality_gap_counts_nothing_above_one():
    assert optimality_gap(TWICE[:, :, None])[0] == pytest.approx(0.2155, abs=1e-12)  # rliable's


@pytest.mark.parametrize(
    ("statistic", "low", "high"),
    [
        ("iqm", 0.423, 0.6105),
        ("mean", 0.41975, 0.563),
        ("median", 0.408, 0.574),
        ("optimality_gap", 0.437, 0.58025),
    ],
)
def test_intervals_are_rliables(statistic, low, high):
    found = percentile_interval(bootstrap(SCORES[:, :, None], statistic, 50_000, fresh()))
    np.testing.assert_allclose(np.ravel(found), [low, high], atol=0.003)


def test_the_iqm_of_nine_runs_omits_the_lowest_two_and_the_highest_two():
    assert iqm(np.arange(9.0).reshape(3, 3, 1) ** 2)[0] == np.mean([4, 9, 16, 25, 36])


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_resample_is_the_statistic_of_the_resampled_scores(statistic):
    scores = fresh().normal(0.5, 0.5, size=(7, 3, 4))
    found = bootstrap(scores, statistic, 50, np.random.default_rng(9))
    drawn = np.random.default_rng(9).multinomial(7, np.full(7, 1 / 7), size=(50, 3))
    for resample, counts in zip(found, drawn, strict=True):
        written_out = np.stack([np.repeat(scores[:, e], counts[e], axis=0) for e in range(3)], axis=1)
        np.testing.assert_allclose(resample, STATISTICS[statistic](written_out), atol=1e-12)


@pytest.mark.parametrize("statistic", STATISTICS.values())
def test_the_order_of_seeds_and_environments_does_not_matter(statistic):
    shuffled = fresh().permutation(fresh().permutation(SCORES), axis=1)
    np.testing.assert_allclose(statistic(shuffled[:, :, None]), statistic(SCORES[:, :, None]), atol=1e-12)


@pytest.mark.parametrize("statistic", ["iqm", "mean", "median"])
def test_a_shift_and_a_scale_carry_over_to_every_resample(statistic):
    scores = SCORES[:, :, None]
    base, moved = (bootstrap(values, statistic, 100, fresh()) for values in (scores, 3 * scores - 2))
    np.testing.assert_allclose(moved, 3 * base - 2, atol=1e-12)


def test_points_are_resampled_together():
    curves = np.repeat(SCORES[:, :, None], 2, axis=2)
    found = bootstrap(curves, "iqm", 100, fresh())
    assert np.array_equal(found[:, 0], found[:, 1])


@pytest.mark.parametrize("environments", [1, 2])
def test_an_iqm_over_fewer_than_three_environments_is_refused(environments):
    with pytest.raises(ValueError, match=f"{environments} environment.*allowed: an IQM over 3 or more"):
        iqm(SCORES[:, :environments, None])


@pytest.mark.parametrize("statistic", STATISTICS)
def test_more_seeds_than_a_byte_can_count_are_resampled_as_few_are(statistic):
    scores = fresh().normal(0.5, 0.5, size=(300, 3, 1))
    found = bootstrap(scores, statistic, 5, np.random.default_rng(9))
    drawn = np.random.default_rng(9).multinomial(300, np.full(300, 1 / 300), size=(5, 3))
    for resample, counts in zip(found, drawn, strict=True):
        written_out = np.stack([np.repeat(scores[:, e], counts[e], axis=0) for e in range(3)], axis=1)
        np.testing.assert_allclose(resample, STATISTICS[statistic](written_out), atol=1e-12)


def test_a_run_that_is_drawn_more_often_than_a_byte_can_count_is_counted():
    class AlwaysTheFirst:
        def multinomial(self, seeds, shares, size):
            return np.broadcast_to(np.eye(1, seeds, dtype=int) * seeds, (*size, seeds))

    scores = np.arange(300.0)[:, None, None] + np.full((1, 3, 1), 0.5)
    assert bootstrap(scores, "mean", 1, AlwaysTheFirst()).tolist() == [[0.5]]
