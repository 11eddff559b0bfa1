"""Drawing actions: frequencies of a softmax, from each lane's own stream."""

import numpy as np
import pytest
import scipy.stats
import torch
from numpy.typing import NDArray

from a2c import streams
from a2c.learn.learner import gumbel, sample


@pytest.mark.parametrize("logits", [[0.0, 0.0], [2.0, -1.0, 0.5], [-300.0, -301.0, -303.0, -302.0]])
def test_frequencies_are_those_of_the_softmax(logits: list[float]) -> None:
    n_draws = 20_000
    noise = gumbel([streams.generator(0, "actions")], (n_draws, len(logits)))
    counts = np.bincount(sample(torch.tensor(logits), noise)[0], minlength=len(logits))
    expected = n_draws * scipy.special.softmax(logits)
    assert scipy.stats.chisquare(counts, expected).pvalue > 0.001


def test_without_noise_the_likeliest_action_is_taken() -> None:
    logits = torch.tensor([[[0.1, 0.3, 0.2], [5.0, -5.0, 0.0]]])
    np.testing.assert_array_equal(sample(logits, np.zeros(1, dtype=np.float32)), [[1, 0]])


def test_noise_has_a_lane_for_each_generator() -> None:
    shape = (4, 3, 2)
    noise = gumbel([streams.generator(seed, "actions") for seed in (5, 6)], shape)
    alone = gumbel([streams.generator(6, "actions")], shape)
    assert noise.shape == (2, *shape)
    np.testing.assert_array_equal(noise[1], alone[0])


def test_noise_in_parts_is_the_noise_at_once() -> None:
    """So that a rollout's length decides nothing, and a resumed training can skip what was drawn."""
    at_once = gumbel([streams.generator(1, "actions")], (6, 2))
    generator = streams.generator(1, "actions")
    parts = [gumbel([generator], (rows, 2)) for rows in (1, 5)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), at_once)


class DrawsZero(np.random.Generator):
    """The one draw in 2**53 whose logarithm is not finite."""

    def random(self, size: tuple[int, ...]) -> NDArray[np.float64]:  # type: ignore[override]
        return np.array([0.0, 0.5])


def test_a_draw_of_exactly_zero_is_an_action_not_taken() -> None:
    noise = gumbel([DrawsZero(np.random.PCG64(0))], (2,))
    assert sample(torch.tensor([[80.0, 0.0]]), noise) == [1]
