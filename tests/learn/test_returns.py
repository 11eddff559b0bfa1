"""Returns and advantages, compared with hand-computed literals and a brute-force sum; their identities."""

from typing import NamedTuple

import hypothesis.extra.numpy as arrays
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from a2c.learn.returns import gae, n_step_returns

Array = NDArray[np.float32]


class Case(NamedTuple):
    rewards: Array
    discounts: Array
    values: Array
    cuts: NDArray[np.bool_]


# gamma = 1/2; columns: continues, terminated at t = 1, stopped by a time limit at t = 1. In the latter two row 2 is the
# reset row: no reward, and its value is that of the final observation.
BY_HAND = Case(
    rewards=np.array([[1, 1, 1], [2, 2, 2], [4, 0, 0]], dtype=np.float32),
    discounts=np.array([[0.5, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0.5]], dtype=np.float32),
    values=np.repeat(np.array([[8], [16], [32], [80]], dtype=np.float32), 3, axis=1),
    cuts=np.array([[False, False, False], [False, True, True], [False, False, False]]),
)


def test_n_step_returns_by_hand() -> None:
    #          going on:              terminated:     time limit:
    # G_2      4 + 80/2 = 44          0 + 80/2 (meaningless, a reset row)
    # G_1      2 + 44/2 = 24          2               2 + 32/2 = 18
    # G_0      1 + 24/2 = 13          1 + 2/2 = 2     1 + 18/2 = 10
    expected = [[13, 2, 10], [24, 2, 18], [44, 40, 40]]
    np.testing.assert_array_equal(n_step_returns(*BY_HAND), expected)


def test_gae_by_hand() -> None:
    # lambda = 1/2, so that a following advantage counts a quarter
    #          going on:              terminated:             time limit:
    # delta_2  4 + 80/2 - 32 = 12     0 + 80/2 - 32 = 8 (meaningless, a reset row)
    # delta_1  2 + 32/2 - 16 = 2      2 - 16 = -14            2 + 32/2 - 16 = 2
    # delta_0  1 + 16/2 - 8 = 1       1                       1
    # A_1      2 + 12/4 = 5           -14                     2
    # A_0      1 + 5/4 = 2.25         1 - 14/4 = -2.5         1 + 2/4 = 1.5
    expected = [[2.25, -2.5, 1.5], [5, -14, 2], [12, 8, 8]]
    np.testing.assert_array_equal(gae(*BY_HAND, lambda_=0.5), expected)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Random rewards, values, terminations and time limits, also several in a row."""
    shape = draw(st.tuples(st.integers(1, 8), st.integers(1, 3)))
    numbers = st.integers(-80, 80).map(lambda n: np.float32(n / 8))
    terminated, truncated = draw(arrays.arrays(np.bool_, shape)), draw(arrays.arrays(np.bool_, shape))
    return Case(
        rewards=draw(arrays.arrays(np.float32, shape, elements=numbers)),
        discounts=(draw(st.floats(0, 1)) * ~terminated).astype(np.float32),
        values=draw(arrays.arrays(np.float32, (shape[0] + 1, shape[1]), elements=numbers)),
        cuts=terminated | truncated,
    )


@given(cases(), st.floats(0, 1))
def test_gae_is_the_sum_of_decayed_td_errors_up_to_the_cut(case: Case, lambda_: float) -> None:
    n_steps, n_envs = case.rewards.shape
    expected = np.zeros((n_steps, n_envs))
    for env in range(n_envs):
        for start in range(n_steps):
            decay = 1.0
            for t in range(start, n_steps):
                following = float(case.discounts[t, env]) * float(case.values[t + 1, env])
                expected[start, env] += decay * (case.rewards[t, env] + following - case.values[t, env])
                decay *= lambda_ * case.discounts[t, env]
                if case.cuts[t, env]:
                    break
    np.testing.assert_allclose(gae(*case, lambda_), expected, rtol=1e-5, atol=1e-4)


@given(cases())
def test_n_step_returns_equal_gae_with_lambda_one_plus_values(case: Case) -> None:
    np.testing.assert_allclose(n_step_returns(*case), gae(*case, lambda_=1.0) + case.values[:-1], rtol=1e-5, atol=1e-4)


@given(cases())
def test_gae_with_lambda_zero_is_the_td_error(case: Case) -> None:
    td_error = case.rewards + case.discounts * case.values[1:] - case.values[:-1]
    np.testing.assert_array_equal(gae(*case, lambda_=0.0), td_error)


@given(cases(), st.data())
def test_rows_after_a_cut_do_not_affect_rows_before_it(case: Case, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(case.rewards) - 1))
    case.cuts[cut] = True
    later = case._replace(rewards=case.rewards.copy(), values=case.values.copy())
    later.rewards[cut + 1 :] += 5
    later.values[cut + 2 :] -= 3  # the value right after a cut is the final observation's
    np.testing.assert_array_equal(n_step_returns(*later)[: cut + 1], n_step_returns(*case)[: cut + 1])
    np.testing.assert_array_equal(gae(*later, lambda_=0.9)[: cut + 1], gae(*case, lambda_=0.9)[: cut + 1])
