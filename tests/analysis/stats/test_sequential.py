"""Group-sequential bounds against published ones, and by simulation."""

import numpy as np
import pytest
from scipy.stats import norm

from a2c.analysis.stats.sequential import levels


def test_five_equal_looks_have_the_published_bounds():
    # Jennison and Turnbull 2000, table 2.3 (two-sided 5 %): c = 2.040, bounds c sqrt(5 / k)
    expected = 2.040 * np.sqrt(5 / np.arange(1, 6))
    np.testing.assert_allclose(norm.isf(levels([1, 2, 3, 4, 5], 0.025)), expected, atol=3e-3)


def test_one_look_keeps_the_whole_level():
    assert levels([10], 0.05) == pytest.approx([0.05])


def test_looks_at_3_5_and_10_seeds_reject_a_true_hypothesis_in_5_percent():
    looks = [3, 5, 10]
    bounds = norm.isf(levels(looks, 0.05))
    sums = np.cumsum(np.random.default_rng(7).normal(size=(40_000, 10)), axis=1)
    crossed = [sums[:, n - 1] / np.sqrt(n) >= bound for n, bound in zip(looks, bounds, strict=True)]
    assert np.any(crossed, axis=0).mean() == pytest.approx(0.05, abs=0.004)
