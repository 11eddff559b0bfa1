"""Quantiles over runs: intervals by order statistics, tests by the binomial distribution."""

import numpy as np
import pytest
from scipy import stats

from a2c.analysis.stats.quantiles import Quantile

TEN = np.arange(1.0, 11.0)


def test_the_interval_of_a_median_of_ten_is_the_textbooks():
    # Conover, Practical Nonparametric Statistics, section 3.2: the second and the ninth value, confidence 97.9 %
    assert Quantile(TEN, 0.5).interval() == (2.0, 9.0)


def test_too_few_runs_below_leave_an_end_open():
    assert Quantile(TEN, 0.1).interval()[0] == -np.inf


@pytest.mark.parametrize(("share", "cut"), [(0.5, 2.0), (0.1, 4.5), (0.9, 7.0)])
def test_the_p_values_are_scipys_exact_binomial(share, cut):
    found = Quantile(TEN, share)
    at_or_below, below = int(np.sum(cut >= TEN)), int(np.sum(cut > TEN))
    assert found.p_above(cut) == pytest.approx(stats.binomtest(at_or_below, 10, share, alternative="less").pvalue)
    assert found.p_below(cut) == pytest.approx(stats.binomtest(below, 10, share, alternative="greater").pvalue)


def test_infinite_cuts_are_certain():
    found = Quantile(TEN, 0.1)
    assert [found.p_above(-np.inf), found.p_below(np.inf)] == [0.0, 0.0]


def test_the_interval_covers_the_quantile_in_at_least_95_percent():
    rng, truth = np.random.default_rng(6), stats.expon.ppf(0.1)
    intervals = (Quantile(rng.exponential(size=60), 0.1).interval() for _ in range(1_000))
    assert np.mean([low <= truth <= high for low, high in intervals]) >= 0.94


@pytest.mark.parametrize(
    ("sample", "share", "expected"),
    [
        ([500.0, np.inf, np.inf, np.inf, np.inf], 0.75, np.inf),  # between two infinite ones
        ([1.0, 2.0, 3.0, 4.0, np.inf], 0.9, np.inf),  # between a finite and an infinite one
        ([1.0, 2.0, 3.0, np.inf, np.inf], 0.5, 3.0),  # at one, an infinite one above it
        ([1.0, 2.0, 3.0, 4.0, np.inf], 0.625, 3.5),
        ([-np.inf, 1.0, 2.0, 3.0, 4.0], 0.1, -np.inf),
    ],
)
def test_a_quantile_beside_infinite_values_is_a_number(sample, share, expected):
    assert Quantile(np.array(sample)[::-1], share).value == expected
