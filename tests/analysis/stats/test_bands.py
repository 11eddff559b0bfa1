"""Bands: what they must contain, where they are missing, and how often they cover a whole curve."""

import numpy as np
import pytest

from a2c.analysis.stats.bands import band, sup_t
from a2c.analysis.stats.intervals import t_interval

POINTS = 40


def fresh():
    return np.random.default_rng(3)


def smooth_curves(n, rng):
    """Seeds whose points are correlated like those of a learning curve: a first-order autoregression, mean 0."""
    curves = rng.normal(size=(n, POINTS))
    for point in range(1, POINTS):
        curves[:, point] = 0.9 * curves[:, point - 1] + np.sqrt(1 - 0.9**2) * curves[:, point]
    return curves


def test_the_pointwise_band_is_the_t_interval_of_each_point():
    curves = smooth_curves(10, fresh())
    found = band(curves, fresh())
    for point in range(POINTS):
        expected = t_interval(curves[:, point])
        np.testing.assert_allclose(
            [found.mean[point], found.pointwise_low[point], found.pointwise_high[point]],
            [expected.estimate, expected.low, expected.high],
            rtol=1e-9,
        )


@pytest.mark.parametrize("n", [5, 10, 30])
def test_the_simultaneous_band_contains_the_pointwise_one(n):
    found = band(smooth_curves(n, fresh()), fresh())
    assert (found.band_low <= found.pointwise_low).all()
    assert (found.band_high >= found.pointwise_high).all()


def test_the_order_of_the_seeds_does_not_matter():
    curves = smooth_curves(10, fresh())
    one, other = band(curves, fresh()), band(curves[::-1], fresh())
    assert np.array_equal(one.band_high, other.band_high)


@pytest.mark.parametrize("scale", [0.125, 64.0])
def test_bands_scale_with_the_curves(scale):
    curves = smooth_curves(10, fresh())
    one, scaled = band(curves, fresh()), band(curves * scale, fresh())
    np.testing.assert_allclose(scaled.band_low, one.band_low * scale, rtol=1e-9)


def test_four_seeds_have_a_mean_and_no_band():
    found = band(smooth_curves(4, fresh()), fresh())
    assert not np.isnan(found.mean).any()
    assert np.isnan([found.pointwise_low, found.pointwise_high, found.band_low, found.band_high]).all()


def test_without_seeds_there_is_neither_mean_nor_band():
    assert np.isnan(band(np.empty((0, POINTS)), fresh()).mean).all()


def test_at_points_where_all_seeds_tie_there_is_a_mean_and_no_band():
    curves = smooth_curves(10, fresh())
    curves[:, 7] = 500.0
    found = band(curves, fresh())
    assert found.mean[7] == 500.0
    assert np.flatnonzero(np.isnan(found.band_low)).tolist() == [7]


def test_curves_that_tie_throughout_have_no_band():
    assert np.isnan(band(np.full((10, POINTS), 500.0), fresh()).band_low).all()


def test_the_mean_is_missing_where_a_seed_is_missing():
    curves = smooth_curves(10, fresh())
    curves[2, :3] = np.nan
    found = band(curves, fresh())
    assert np.flatnonzero(np.isnan(found.mean)).tolist() == [0, 1, 2]
    assert np.flatnonzero(np.isnan(found.band_high)).tolist() == [0, 1, 2]


def standardised(curves):
    return (curves - curves.mean(axis=0)) / curves.std(axis=0, ddof=1)


def test_the_critical_value_for_one_point_is_that_of_t():
    residuals = standardised(fresh().normal(size=(300, 1)))
    assert sup_t(residuals, fresh()) == pytest.approx(1.97, abs=0.1)


def test_the_critical_value_for_independent_points_is_sidaks():
    # 50 independent points: the normal quantile at 1 - (1 - 0.95 ** (1 / 50)) / 2 is 3.28.
    residuals = standardised(fresh().normal(size=(300, 50)))
    assert sup_t(residuals, fresh()) == pytest.approx(3.28, abs=0.15)


def test_the_simultaneous_band_covers_whole_curves_and_the_pointwise_one_does_not():
    rng, trials = fresh(), 300
    simultaneous = pointwise = 0
    for _ in range(trials):
        found = band(smooth_curves(10, rng), rng)
        simultaneous += bool(((found.band_low <= 0) & (found.band_high >= 0)).all())
        pointwise += bool(((found.pointwise_low <= 0) & (found.pointwise_high >= 0)).all())
    assert simultaneous / trials > 0.95
    assert pointwise / trials < 0.6
