"""The probability of superiority against SciPy's Brunner-Munzel test, by hand, and by simulation."""

import numpy as np
import pytest
from scipy import stats

from a2c.analysis.stats.superiority import brunner_munzel

RNG = np.random.default_rng(4)
A, B = RNG.normal(size=20), np.round(RNG.normal(0.5, 2, size=30), 1)


def test_the_two_sided_p_value_is_scipys():
    found = brunner_munzel(A, B)
    expected = stats.brunnermunzel(A, B)
    assert 2 * min(found.p_above(0.5), found.p_below(0.5)) == pytest.approx(expected.pvalue, rel=1e-9)


def test_the_probability_by_hand_counts_ties_half():
    # 2 beats 1 and ties with 2; 3 beats both: 3.5 of 4 pairs
    assert brunner_munzel(np.array([2.0, 3.0]), np.array([1.0, 2.0])).value == 3.5 / 4


def test_swapping_the_samples_mirrors_the_estimate():
    one, other = brunner_munzel(A, B), brunner_munzel(B, A)
    assert one.value == pytest.approx(1 - other.value)
    assert one.p_above(0.4) == pytest.approx(other.p_below(0.6))


def test_samples_that_do_not_overlap_are_not_certain():
    found = brunner_munzel(np.arange(5.0), np.arange(10.0, 15.0))
    assert found.value == 0
    assert found.standard_error > 0
    assert found.interval()[0] == 0 < found.interval()[1]


def test_a_true_margin_is_rejected_in_at_most_about_5_percent():
    # P(X > Y) = 0.6 for normal data a distance of sqrt(2) z(0.6) apart, whose spreads differ
    rng, spread = np.random.default_rng(5), 3.0
    shift = stats.norm.ppf(0.6) * np.sqrt(1 + spread**2)
    pairs = ((rng.normal(shift, 1, 30), rng.normal(0, spread, 30)) for _ in range(1_000))
    assert np.mean([brunner_munzel(a, b).p_above(0.6) <= 0.05 for a, b in pairs]) <= 0.07
