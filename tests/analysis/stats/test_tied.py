"""Means of runs that all tie: against closed forms, a search over all splits, and simulated runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2c.analysis.stats.tied import Tied, TiedMean

WIDTHS = st.just(0.0) | st.floats(0.01, 500)
NUMBERS = st.integers(2, 200)


def test_the_mean_of_tied_runs_at_the_highest_value_has_the_binomials_bounds() -> None:
    """The rule of three and its kin: n runs without a failure bound the share of failures."""
    mean = TiedMean(Tied(500.0, 100, 0.0, 500.0))
    assert mean.p_above(475.0) == pytest.approx(0.95**100)
    assert mean.p_below(475.0) == 1.0
    assert mean.interval() == (pytest.approx(500 * 0.025**0.01), 500.0)


def test_a_tie_within_the_range_is_bounded_on_both_sides() -> None:
    low, high = TiedMean(Tied(200.0, 50, 0.0, 500.0)).interval()
    assert (low, high) == (pytest.approx(200 * 0.025**0.02), pytest.approx(500 - 300 * 0.025**0.02))


def test_two_ties_at_the_highest_value_differ_by_the_lower_ones_failures_alone() -> None:
    one = Tied(500.0, 100, 0.0, 500.0)
    assert TiedMean(one, one).p_above(-25.0) == pytest.approx(0.95**100)
    assert TiedMean(one, one).p_below(25.0) == pytest.approx(0.95**100)


def test_two_ties_at_opposite_ends_are_as_far_apart_as_can_be() -> None:
    apart = TiedMean(Tied(500.0, 10, 0.0, 500.0), Tied(0.0, 10, 0.0, 500.0))
    assert (apart.value, apart.interval()[1]) == (500.0, 500.0)
    assert apart.p_below(500.0) == 1.0


@given(WIDTHS, WIDTHS, NUMBERS, NUMBERS, st.floats(0.001, 0.999))
def test_no_split_of_the_gap_gives_a_larger_chance(below: float, above: float, n: int, m: int, share: float) -> None:
    difference = TiedMean(Tied(below, n, 0.0, 500.0), Tied(500 - above, m, 0.0, 500.0))
    gap = share * (below + above)
    splits = np.linspace(max(0.0, gap - above), min(below, gap), 1001)
    with np.errstate(invalid="ignore", divide="ignore"):
        first = np.where(below > 0, 1 - splits / below, 1.0).clip(0)
        second = np.where(above > 0, 1 - (gap - splits) / above, 1.0).clip(0)
    largest = float(np.max(first**n * second**m))
    found = difference.p_above(difference.value - gap)
    assert largest - 1e-9 <= found <= largest * 1.01 + 1e-9


@given(WIDTHS, NUMBERS)
def test_the_interval_ends_where_the_p_value_is_two_and_a_half_percent(value: float, n: int) -> None:
    mean = TiedMean(Tied(value, n, 0.0, 500.0))
    low, high = mean.interval()
    assert low <= value <= high
    if low < value:
        assert mean.p_above(low) == pytest.approx(0.025, rel=1e-3)
    if high > value:
        assert mean.p_below(high) == pytest.approx(0.025, rel=1e-3)


def test_at_the_edge_of_the_hypothesis_ties_are_as_rare_as_the_p_value_says() -> None:
    """Runs fail, with a return of 0, as often as a mean of 475 allows."""
    rng = np.random.default_rng(3)
    tied = np.mean(~(rng.random((200_000, 20)) < 0.05).any(axis=1))
    assert tied == pytest.approx(TiedMean(Tied(500.0, 20, 0.0, 500.0)).p_above(475.0), abs=0.004)
