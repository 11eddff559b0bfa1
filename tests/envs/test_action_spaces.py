"""Action spaces: frequencies, a random stream for each lane, what environments are told, and the action log."""

import gymnasium as gym
import numpy as np
import pytest
import scipy.stats
from numpy.typing import NDArray

from a2c import streams
from a2c.core.settings import MOST_CHOICES
from a2c.envs import ActionSpace, BoxActions, DiscreteActions, MultiBinaryActions, MultiDiscreteActions
from a2c.envs.spaces.actions import MOST_NUMBERS, actions_of

SPACES: list[ActionSpace] = [
    DiscreteActions(3),
    MultiDiscreteActions((2, 3, 1, 4), (2, 2), (0, 0, 0, 5)),
    MultiBinaryActions((2, 3)),
    BoxActions((-1.0, -0.5), (1.0, 0.5), (2,), "float32"),
]
each_space = pytest.mark.parametrize("space", SPACES, ids=[type(space).__name__ for space in SPACES])


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


@each_space
def test_actions_of_every_space_have_its_shape_and_log(space: ActionSpace) -> None:
    outputs = np.random.default_rng(0).standard_normal((2, 5, space.width)).astype(np.float32)
    noise = space.noise([streams.generator(seed, "actions") for seed in (0, 1)], (5,))
    assert noise.shape == (2, 5, space.draws)
    for actions in (space.sample(outputs, noise), space.greedy(outputs)):
        log = actions.astype(space.dtype)
        assert log.shape == (2, 5, *space.shape)
        assert log[0, 0].nbytes == space.log_bytes
        assert space.accepts(log)
        np.testing.assert_array_equal(space.from_log(log), actions)


@each_space
def test_noise_of_every_space_drawn_in_parts_equals_noise_drawn_at_once(space: ActionSpace) -> None:
    at_once = space.noise([streams.generator(1, "actions")], (6, 2))
    generator, skipped = streams.generator(1, "actions"), streams.generator(1, "actions")
    parts = [space.noise([generator], (rows, 2)) for rows in (1, 5)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), at_once)
    skipped.bit_generator.advance(12 * space.draws)
    assert generator.random() == skipped.random()


def test_ones_have_the_frequency_of_the_logistic_function() -> None:
    space, n_draws = MultiBinaryActions((3,)), 20_000
    outputs = np.array([-2.0, 0.0, 1.0], np.float32)
    ones = space.sample(outputs, space.noise([streams.generator(0, "actions")], (n_draws,))[0]).sum(axis=0)
    for count, p in zip(ones.tolist(), 1 / (1 + np.exp(-outputs)), strict=True):
        assert scipy.stats.binomtest(count, n_draws, p).pvalue > 0.001


def test_numbers_of_a_multi_discrete_action_have_the_frequencies_of_their_own_softmax() -> None:
    space, n_draws = MultiDiscreteActions((2, 3), (2,), (0, 0)), 20_000
    outputs = np.array([0.5, -0.5, 2.0, 0.0, 1.0], np.float32)
    drawn = space.sample(outputs, space.noise([streams.generator(0, "actions")], (n_draws,))[0])
    pairs = np.bincount(3 * drawn[:, 0] + drawn[:, 1], minlength=6)
    expected = np.outer(scipy.special.softmax(outputs[:2]), scipy.special.softmax(outputs[2:])).ravel()
    assert scipy.stats.chisquare(pairs, n_draws * expected).pvalue > 0.001


def test_real_numbers_are_normal_with_their_mean_and_deviation() -> None:
    space = SPACES[3]
    outputs = np.array([3.0, -1.0, np.log(0.5), np.log(2.0)], np.float32)
    drawn = space.sample(outputs, space.noise([streams.generator(0, "actions")], (20_000,))[0])
    for numbers, mean, deviation in zip(drawn.T, (3.0, -1.0), (0.5, 2.0), strict=True):
        assert scipy.stats.kstest(numbers, scipy.stats.norm(mean, deviation).cdf).pvalue > 0.001
    assert abs(np.corrcoef(drawn.T)[0, 1]) < 0.03


def test_environments_are_told_what_they_take() -> None:
    assert DiscreteActions(3, start=-1).to_environment(np.array([0, 2])).tolist() == [-1, 1]
    assert SPACES[1].to_environment(np.array([[1, 2], [0, 3]])).tolist() == [[1, 2], [0, 8]]
    assert SPACES[2].to_environment(np.ones((2, 3), np.int64)).dtype == np.int8
    told = SPACES[3].to_environment(np.array([[0.25, -0.75], [np.inf, np.nan]], np.float32))
    assert (told.tolist(), told.dtype) == ([[0.25, -0.5], [1.0, -0.5]], np.float32)
    unbounded = actions_of(gym.spaces.Box(-np.inf, np.inf, (1,), np.float64))
    assert unbounded.to_environment(np.array([7.5], np.float32)).tolist() == [7.5]
    assert np.isfinite(unbounded.to_environment(np.array([np.inf], np.float32))).all()


@pytest.mark.parametrize(
    ("space", "log"),
    [
        (SPACES[1], np.array([[[1, 2], [1, 0]]])),
        (SPACES[1], np.array([[[2, 0], [0, 0]]])),
        (SPACES[2], np.full((1, 2, 3), 2)),
    ],
)
def test_numbers_of_another_space_are_not_accepted(space: ActionSpace, log: NDArray[np.int64]) -> None:
    assert not space.accepts(log.astype(np.uint8))


def test_the_core_takes_as_many_numbers_as_a_space_may_have() -> None:
    assert MOST_NUMBERS == MOST_CHOICES
