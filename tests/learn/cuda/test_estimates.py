"""Estimates on the device equal those of NumPy, and literals."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from a2c.learn import loss, measures, returns
from a2c.learn.cuda.estimates import explained_variance, gae, moments, n_step_returns
from tests.learn.test_returns import BY_HAND, Case, cases


def tensors(case: Case) -> tuple[torch.Tensor, ...]:
    return tuple(torch.from_numpy(array.astype(np.float32)) for array in case)


def test_returns_by_hand() -> None:
    np.testing.assert_array_equal(n_step_returns(*tensors(BY_HAND)), [[13, 2, 10], [24, 2, 18], [44, 40, 40]])
    np.testing.assert_array_equal(gae(*tensors(BY_HAND), 0.5), [[2.25, -2.5, 1.5], [5, -14, 2], [12, 8, 8]])


@given(cases(), st.sampled_from([0.0, 0.95, 1.0]))
def test_returns_have_the_bits_of_numpy(case: Case, lambda_: float) -> None:
    np.testing.assert_array_equal(gae(*tensors(case), lambda_), returns.gae(*case, lambda_))
    np.testing.assert_array_equal(n_step_returns(*tensors(case)), returns.n_step_returns(*case))


def test_what_follows_a_cut_is_not_touched_even_if_it_is_not_finite() -> None:
    rewards, discounts, values, cuts = tensors(BY_HAND)
    values[-1, 2] = torch.nan
    assert n_step_returns(rewards, discounts, values, cuts)[:2].isfinite().all()


def some_rows(n_valid: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    random = np.random.default_rng(n_valid)
    values, targets = random.normal(3, 2, (2, 1, 40)).astype(np.float32)
    return values, targets, np.arange(40)[None] < n_valid


def test_moments_and_explained_variance_are_numpys_also_of_few_rows() -> None:
    for n_valid in (0, 1, 2, 39):
        values, targets, valid = some_rows(n_valid)
        mask = torch.from_numpy(valid.astype(np.float32))
        ours = moments(torch.from_numpy(values), mask)
        for one, other in zip(ours, loss.moments(values, valid), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-6)
        told = explained_variance(torch.from_numpy(values), torch.from_numpy(targets), mask)
        np.testing.assert_allclose(told[0], measures.explained_variance(values, targets, valid), rtol=1e-5)


def test_the_explained_variance_of_equal_returns_is_missing() -> None:
    values = torch.tensor([[1.0, 2.0]])
    assert explained_variance(values, torch.ones(1, 2), torch.ones(1, 2)).isnan().all()
