"""Compare learning curves and the numbers of a run with hand-computed values and a slow second implementation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2c.analysis.curves import (
    auc,
    budget_grid,
    drawdown,
    eval_return,
    final_return,
    last_returns,
    learning_curve,
    peak,
    solved,
)

# Five episodes of a run of 1,000 steps, whose curve has a point every 10: two ended together at step 10.
STEP = np.array([10, 10, 55, 60, 61])
RETURNS = np.array([1.0, 3.0, 5.0, 7.0, 9.0])

EPISODES = st.lists(st.tuples(st.integers(1, 1_200), st.integers(-500, 500)), min_size=1, max_size=60)


def arrays(episodes):
    step, returns = np.array(episodes).T
    return step, returns.astype(float)


def slow_curve(step, returns, total_steps):
    """The learning curve, written exactly as its definition."""
    curve, value = [], np.nan
    for k in range(1, 101):
        now, before = total_steps * k / 100, total_steps * max(k - 5, 0) / 100
        window = [r for s, r in zip(step, returns, strict=True) if before < s <= now]
        value = np.mean(window) if window else value
        curve.append(value)
    return np.array(curve)


def test_the_grid_has_the_hundredths_of_the_budget_rounded_down():
    assert budget_grid(250)[[0, 1, 2, 3, 100]].tolist() == [0, 2, 5, 7, 250]


def test_a_budget_below_a_hundred_steps_is_refused():
    with pytest.raises(ValueError, match="total_steps: 99 is not allowed; allowed: at least 100"):
        budget_grid(99)


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        (1, 2.0),  # (0, 10]: both episodes that ended at 10
        (5, 2.0),  # (0, 50]: the window begins at the start
        (6, 6.0),  # (10, 60]: open on the left, closed on the right
        (7, 7.0),  # (20, 70]
        (10, 7.0),  # (50, 100]
        (11, 9.0),  # (60, 110]
        (12, 9.0),  # (70, 120] is empty: carried forward
        (100, 9.0),
    ],
)
def test_a_point_is_the_mean_return_of_the_preceding_five_percent(point, expected):
    assert learning_curve(STEP, RETURNS, 1_000)[point - 1] == expected


def test_the_curve_is_missing_before_the_first_episode():
    curve = learning_curve(np.array([35]), np.array([4.0]), 1_000)
    assert np.isnan(curve[:3]).all()
    assert (curve[3:] == 4).all()


def test_a_run_without_an_episode_has_a_missing_curve():
    assert np.isnan(learning_curve(np.array([], dtype=int), np.array([]), 1_000)).all()


def test_an_episode_after_the_budget_does_not_count():
    late = learning_curve(np.append(STEP, 1_001), np.append(RETURNS, 1e6), 1_000)
    assert np.array_equal(late, learning_curve(STEP, RETURNS, 1_000))


@given(EPISODES, st.integers(100, 1_100))
def test_the_curve_follows_its_definition(episodes, total_steps):
    step, returns = arrays(episodes)
    expected = slow_curve(step, returns, total_steps)
    np.testing.assert_allclose(learning_curve(step, returns, total_steps), expected, rtol=1e-12, atol=1e-9)


@given(EPISODES, st.randoms())
def test_the_order_of_the_rows_does_not_matter(episodes, random):
    shuffled = random.sample(episodes, len(episodes))
    for number in (learning_curve, final_return):
        assert np.array_equal(number(*arrays(episodes), 1_000), number(*arrays(shuffled), 1_000), equal_nan=True)


@given(EPISODES, st.integers(-100, 100))
def test_a_shift_of_all_returns_shifts_curve_and_final_return(episodes, shift):
    step, returns = arrays(episodes)
    for number in (learning_curve, final_return):
        np.testing.assert_allclose(
            number(step, returns + shift, 1_000), number(step, returns, 1_000) + shift, atol=1e-9
        )


def test_the_final_return_is_the_mean_of_the_last_tenth_open_on_the_left():
    assert final_return(np.array([900, 901, 1_000, 1_001]), np.array([1.0, 2.0, 4.0, 8.0]), 1_000) == 3.0


def test_without_a_late_episode_the_final_return_is_that_of_the_last_one():
    assert final_return(np.array([100, 700]), np.array([1.0, 2.0]), 1_000) == 2.0


def test_episodes_that_ended_last_at_the_same_step_count_together():
    assert final_return(np.array([100, 700, 700]), np.array([1.0, 2.0, 6.0]), 1_000) == 4.0


def test_without_an_episode_there_is_no_final_return():
    assert np.isnan(final_return(np.array([1_001]), np.array([1.0]), 1_000))


def test_the_area_omits_missing_points():
    assert auc(np.array([np.nan, np.nan, 2.0, 4.0])) == 3.0


def test_peak_is_the_highest_known_point():
    assert peak(np.array([np.nan, 1.0, 5.0, 3.0])) == 5.0


def test_drawdown_is_the_deepest_fall_below_an_earlier_peak():
    assert drawdown(np.array([np.nan, 1.0, 5.0, 3.0, 4.0, 0.5, 6.0, 5.0])) == 4.5


def test_a_curve_that_only_rises_has_no_drawdown():
    assert drawdown(np.array([1.0, 2.0, 2.0, 3.0])) == 0.0


@pytest.mark.parametrize("number", [auc, peak, drawdown, eval_return])
def test_a_curve_without_known_points_gives_missing_numbers(number):
    assert np.isnan(number(np.array([])))


def test_the_evaluation_return_is_a_mean():
    assert eval_return(np.array([1.0, 2.0, 6.0])) == 3.0


@pytest.mark.parametrize(("final", "expected"), [(475.0, 1.0), (474.9, 0.0), (float("nan"), 0.0)])
def test_solved_is_at_or_above_the_threshold_and_a_failed_run_is_not(final, expected):
    assert solved(final, 475.0) == expected


def test_the_last_returns_are_those_of_the_fifty_episodes_that_ended_last():
    step, returns = np.arange(120), np.arange(120.0)
    shuffled = np.random.default_rng(0).permutation(120)
    assert last_returns(step[shuffled], returns[shuffled], 1_000) == np.arange(70, 120).mean()
    assert last_returns(step[:3], returns[:3], 1_000) == 1.0
    assert np.isnan(last_returns(step[:0], returns[:0], 1_000))


def test_episodes_after_the_budget_are_none_of_the_last() -> None:
    assert last_returns(np.array([500, 1_000, 1_001]), np.array([1.0, 2.0, 90.0]), 1_000) == 1.5


def test_without_a_threshold_solved_is_missing():
    assert np.isnan(solved(1.0, None))
