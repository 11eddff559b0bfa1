"""The order in which A3C's workers learn."""

from itertools import pairwise

import numpy as np
import pytest

from a2c.learn.schedule import turns


def test_without_asynchrony_they_take_turns() -> None:
    assert list(turns(3, 3, 2, 0.0)) == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize("asynchrony", [0.0, 0.5, 1.0])
def test_each_has_as_many_turns(asynchrony: float) -> None:
    order = list(turns(3, 16, 50, asynchrony))
    assert np.bincount(order).tolist() == [50] * 16
    assert order == list(turns(3, 16, 50, asynchrony))


def test_seeds_have_other_orders() -> None:
    assert list(turns(3, 4, 50, 0.5)) != list(turns(4, 4, 50, 0.5))


def waits(asynchrony: float) -> list[int]:
    """How many turns of others lie between two of worker 0."""
    at = np.flatnonzero(np.array(list(turns(0, 8, 500, asynchrony))) == 0)
    return [int(after - before) for before, after in pairwise(at)]


def test_the_spread_of_waits_grows_with_asynchrony() -> None:
    spreads = [float(np.std(waits(asynchrony))) for asynchrony in (0.0, 0.25, 0.5, 1.0)]
    assert spreads[0] == 0
    assert spreads == sorted(spreads)


def test_a_quarter_at_most_of_a_rollout_is_the_difference_at_a_quarter() -> None:
    """Times between 0.75 and 1.25: in the time of one rollout another worker completes one or two, never more."""
    order = list(turns(1, 2, 2000, 0.25))
    runs = "".join(map(str, order))
    assert "000" not in runs
    assert "111" not in runs
