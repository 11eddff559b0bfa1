"""Compare the number of seeds needed with published sample sizes, SciPy and simulation."""

import numpy as np
import pytest
from scipy import stats

from a2c.analysis.stats.comparisons import p_equivalent, welch
from a2c.analysis.stats.power import one_sided_power, seeds_for_difference, seeds_for_rate, seeds_for_region

ONE = (1.0, 1.0)


@pytest.mark.parametrize(("effect", "seeds"), [(0.5, 64), (0.8, 26), (1.0, 17)])
def test_seeds_for_a_difference_as_tabled(effect, seeds):
    # Cohen 1988, two-sided t test at 5 %, power 80 %, equal spreads: 64, 26 and 17 a group.
    assert seeds_for_difference(effect, ONE) == seeds


def test_seeds_of_one_sample_as_tabled():
    # One-sample t test, d = 0.5, two-sided 5 %, power 80 %: 34.
    assert seeds_for_region((0.5, np.inf), (1.0,), 0.025) == 34


def test_the_power_of_one_sample_is_that_of_scipys_noncentral_t():
    n = np.array([5.0, 20.0])
    expected = stats.nct.sf(stats.t.isf(0.05, n - 1), n - 1, 0.7 * np.sqrt(n) / 2)
    np.testing.assert_allclose(one_sided_power(0.7, [2.0], n, 0.05), expected, rtol=1e-9)


def test_welchs_power_with_unequal_spreads_is_what_simulation_finds():
    rng = np.random.default_rng(5)
    a, b = rng.normal(1.0, 0.5, size=(3_000, 10)), rng.normal(0.0, 1.5, size=(3_000, 10))
    found = np.mean([welch(x, y).p_above(0.0) < 0.05 for x, y in zip(a, b, strict=True)])
    assert one_sided_power(1.0, (0.5, 1.5), np.array([10.0]), 0.05)[0] == pytest.approx(found, abs=0.025)


def test_the_seeds_for_equivalence_give_the_power_they_promise():
    n = seeds_for_region((1.0, 1.0), ONE, 0.05)
    samples = np.random.default_rng(6).normal(size=(3_000, 2, n))
    power = np.mean([p_equivalent(welch(a, b), -1.0, 1.0) < 0.05 for a, b in samples])
    assert power == pytest.approx(0.8, abs=0.04)


def test_the_wider_the_spread_the_more_seeds():
    needed = [seeds_for_difference(1.0, (spread, spread)) for spread in (0.5, 1.0, 2.0, 4.0)]
    assert needed == sorted(set(needed))


def test_scaling_effect_and_spread_together_changes_nothing():
    assert seeds_for_difference(300.0, (300.0, 300.0)) == seeds_for_difference(1.0, ONE)


def test_a_huge_effect_still_needs_five_seeds():
    assert seeds_for_difference(1e6, ONE) == 5


def test_no_number_of_seeds_settles_an_effect_at_the_cut():
    assert seeds_for_region((0.0, np.inf), ONE, 0.05) is None


def test_there_is_no_answer_above_a_thousand_seeds():
    assert seeds_for_difference(0.01, ONE) is None


def test_a_rate_of_zero_needs_59_seeds_for_a_bound_of_5_percent():
    # 0.95^n first falls to 5 % at n = 59.
    assert seeds_for_rate(0.0, 0.05, 0.05) == 59


def test_a_rate_above_the_cut_needs_as_many_seeds_as_its_mirror_image_below():
    assert seeds_for_rate(0.9, 0.5, 0.05) == seeds_for_rate(0.1, 0.5, 0.05)


def test_the_seeds_for_a_rate_give_the_power_they_promise():
    n = seeds_for_rate(0.2, 0.5, 0.05)
    rejecting = [k for k in range(n + 1) if stats.binomtest(k, n, 0.5, alternative="less").pvalue <= 0.05]
    assert stats.binom.cdf(max(rejecting), n, 0.2) >= 0.8
