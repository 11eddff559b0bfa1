"""Named random streams: the same numbers for the same name, different ones for other names."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from a2c import streams

seeds = st.integers(0, 2**31 - 1)
purposes = st.sampled_from(["weights", "actions", "environments", "evaluation", "evaluation actions"])


def test_streams_are_those_of_the_published_runs() -> None:
    """If these numbers change, all results change."""
    assert streams.environment_seed(0, "environments", 0) == 1363807519
    assert streams.environment_seed(0, "environments", 1) == 825293360
    assert streams.environment_seed(7, "evaluation", 3) == 1409607721
    drawn = streams.generator(3, "actions").integers(0, 2**32, 3)
    np.testing.assert_array_equal(drawn, [2292908262, 48598889, 3329172511])


@given(seeds, purposes, st.integers(0, 1000))
def test_the_same_name_is_the_same_stream(seed: int, purpose: str, index: int) -> None:
    one, other = (streams.generator(seed, purpose, index).random(5) for _ in range(2))
    np.testing.assert_array_equal(one, other)


@given(st.lists(st.tuples(seeds, purposes, st.integers(0, 50)), min_size=2, max_size=6, unique=True))
def test_other_names_are_other_streams(names: list[tuple[int, str, int]]) -> None:
    first = {tuple(streams.generator(*name).integers(0, 2**62, 4)) for name in names}
    assert len(first) == len(names)


def test_drawing_from_one_stream_does_not_affect_others_or_the_global_generator() -> None:
    before = repr(np.random.get_state())  # noqa: NPY002 - the global generator is what must not move
    expected = streams.generator(0, "actions").random(3)
    streams.generator(0, "weights").random(1000)
    np.testing.assert_array_equal(streams.generator(0, "actions").random(3), expected)
    assert repr(np.random.get_state()) == before  # noqa: NPY002


@given(seeds, purposes, st.integers(0, 1000))
def test_environment_seeds_fit_int32(seed: int, purpose: str, index: int) -> None:
    assert 0 <= streams.environment_seed(seed, purpose, index) < 2**31


def test_environment_seeds_of_many_runs_are_spread_evenly() -> None:
    drawn = [streams.environment_seed(seed, "environments", i) for seed in range(100) for i in range(32)]
    assert len(set(drawn)) == len(drawn)
    assert scipy.stats.kstest(drawn, scipy.stats.uniform(0, 2**31).cdf).pvalue > 0.001


@pytest.mark.parametrize("skipped", [0, 1, 17, 1000])
def test_a_stream_can_be_advanced_by_as_many_numbers_as_were_drawn(skipped: int) -> None:
    """A resumed training relies on this: one draw of a double is one step of the generator."""
    drawn, advanced = streams.generator(5, "actions"), streams.generator(5, "actions")
    drawn.random(skipped)
    advanced.bit_generator.advance(skipped)  # type: ignore[attr-defined]
    np.testing.assert_array_equal(advanced.random(4), drawn.random(4))
