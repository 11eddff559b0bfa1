"""Action spaces: frequencies of the softmax, a random stream for each lane, and the action log."""

import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray

from a2c import streams
from a2c.envs import DiscreteActions


@pytest.mark.parametrize("logits", [[0.0, 0.0], [2.0, -1.0, 0.5], [-300.0, -301.0, -303.0, -302.0]])
def test_frequencies_are_those_of_the_softmax(logits: list[float]) -> None:
    n_draws, space = 20_000, DiscreteActions(len(logits))
    noise = space.noise([streams.generator(0, "actions")], (n_draws,))
    counts = np.bincount(space.sample(np.array(logits, np.float32), noise)[0], minlength=space.n)
    expected = n_draws * scipy.special.softmax(logits)
    assert scipy.stats.chisquare(counts, expected).pvalue > 0.001


def test_without_noise_the_likeliest_action_is_taken() -> None:
    logits = np.array([[[0.1, 0.3, 0.2], [5.0, -5.0, 0.0]]], dtype=np.float32)
    np.testing.assert_array_equal(DiscreteActions(3).greedy(logits), [[1, 0]])


def test_noise_has_a_lane_for_each_generator() -> None:
    space, shape = DiscreteActions(2), (4, 3)
    noise = space.noise([streams.generator(seed, "actions") for seed in (5, 6)], shape)
    alone = space.noise([streams.generator(6, "actions")], shape)
    assert noise.shape == (2, *shape, 2)
    np.testing.assert_array_equal(noise[1], alone[0])


def test_noise_drawn_in_parts_equals_noise_drawn_at_once() -> None:
    """The length of a rollout then has no effect, and a resumed training can skip what was drawn."""
    at_once = DiscreteActions(2).noise([streams.generator(1, "actions")], (6,))
    generator = streams.generator(1, "actions")
    parts = [DiscreteActions(2).noise([generator], (rows,)) for rows in (1, 5)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), at_once)


class DrawsZero(np.random.Generator):
    """A generator whose draws are 0: one draw in 2**53, whose logarithm is not finite."""

    def random(self, size: tuple[int, ...]) -> NDArray[np.float64]:  # type: ignore[override]
        return np.array([0.0, 0.5])


def test_an_action_with_a_draw_of_exactly_zero_is_not_taken() -> None:
    space = DiscreteActions(2)
    noise = space.noise([DrawsZero(np.random.PCG64(0))], ())
    assert space.sample(np.array([[80.0, 0.0]], np.float32), noise) == [1]


def test_a_log_of_another_space_is_not_accepted() -> None:
    space = DiscreteActions(3)
    assert space.accepts(np.array([[0, 2]], dtype=np.uint8))
    assert not space.accepts(np.array([[0, 3]], dtype=np.uint8))


def test_an_action_read_from_the_log_equals_the_logged_one() -> None:
    space, actions = DiscreteActions(256), np.arange(256)
    log = np.empty((256, *space.shape), dtype=space.dtype)
    log[:] = actions
    np.testing.assert_array_equal(space.from_log(log), actions)


def test_drawing_advances_the_stream_by_the_number_of_draws() -> None:
    """A resumed training skips the draws of the steps before."""
    space, drawn, skipped = DiscreteActions(3), streams.generator(0, "actions"), streams.generator(0, "actions")
    space.noise([drawn], (5, 4))
    skipped.bit_generator.advance(5 * 4 * space.draws)
    assert drawn.random() == skipped.random()
