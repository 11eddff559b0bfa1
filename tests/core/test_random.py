"""The core's random numbers: NumPy's, bit for bit; noise as its formula says."""

import ctypes

import numpy as np
import pytest
from mpmath import mp, mpf
from numpy.typing import NDArray

from a2c import streams
from tests.core.accuracy import double_error
from tests.core.builds import Stream, best, builds, library

MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645


def doubles(core: ctypes.CDLL, stream: Stream, n: int) -> NDArray[np.float64]:
    out = np.empty(n)
    core.a2c_uniforms(ctypes.byref(stream), out.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(n))
    return out


def noise(core: ctypes.CDLL, name: str, stream: Stream, n: int) -> NDArray[np.float32]:
    out = np.empty(n, np.float32)
    getattr(core, f"a2c_{name}")(ctypes.byref(stream), out.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(n))
    return out


def before_zero() -> Stream:
    """A stream whose next draw is 0: its next state has two equal halves, whose xor is 0."""
    increment, state = 11, (5 << 64) | 5
    previous = (state - increment) * pow(MULTIPLIER, -1, 2**128) % 2**128
    return Stream(previous % 2**64, previous >> 64, increment, 0)


@pytest.mark.parametrize("seed", [0, 1, 1000, 2**31 - 1])
@pytest.mark.parametrize("purpose", ["actions", "environments"])
def test_uniform_doubles_are_those_of_numpy(seed: int, purpose: str) -> None:
    generator = streams.generator(seed, purpose, 3)
    theirs = generator.random(500)
    for pair in builds():
        stream = Stream.like(np.random.PCG64(streams.sequence(seed, purpose, 3)))
        np.testing.assert_array_equal(doubles(library(*pair), stream, 500), theirs)


@pytest.mark.parametrize("draws", [0, 1, 2, 63, 12_345, 2**40 + 7, 2**64 - 1])
def test_advancing_is_drawing(draws: int) -> None:
    core, bits = library(*best()), np.random.PCG64(5)
    stream = Stream.like(bits)
    core.a2c_advance(ctypes.byref(stream), ctypes.c_uint64(draws))
    assert bytes(stream) == bytes(Stream.like(bits.advance(draws)))


def test_a_place_in_a_stream_is_numpy_s() -> None:
    core, generator = library(*best()), np.random.Generator(np.random.PCG64(6))
    stream = Stream.like(np.random.PCG64(6))
    doubles(core, stream, 77)
    generator.random(77)
    bits = generator.bit_generator
    assert isinstance(bits, np.random.PCG64)
    assert bytes(stream) == bytes(Stream.like(bits))


def test_gumbel_noise_is_its_formula_s_from_one_draw_each() -> None:
    core, stream, n = library(*best()), Stream.like(np.random.PCG64(7)), 200_003
    ours = noise(core, "gumbel", stream, n)
    uniform = np.random.Generator(np.random.PCG64(7)).random(n)
    exact = -np.log(-np.log(uniform))
    assert np.max(np.abs(ours - exact) / np.spacing(np.abs(exact.astype(np.float32)))) <= 0.501
    assert bytes(stream) == bytes(Stream.like(np.random.PCG64(7).advance(n)))
    assert abs(ours.mean() - np.euler_gamma) < 4 * np.pi / np.sqrt(6 * n)  # standard errors


def test_logistic_noise_is_its_formula_s_from_one_draw_each() -> None:
    core, stream, n = library(*best()), Stream.like(np.random.PCG64(7)), 200_003
    ours = noise(core, "logistic", stream, n)
    uniform = np.random.Generator(np.random.PCG64(7)).random(n)
    exact = np.log(uniform) - np.log(1 - uniform)
    assert np.max(np.abs(ours - exact) / np.spacing(np.abs(exact.astype(np.float32)))) <= 0.501
    assert bytes(stream) == bytes(Stream.like(np.random.PCG64(7).advance(n)))


def test_noise_does_not_depend_on_how_much_is_drawn_at_once() -> None:
    core = library(*best())
    for name in ("gumbel", "logistic", "normal"):
        whole = noise(core, name, Stream.like(np.random.PCG64(8)), 200)
        stream = Stream.like(np.random.PCG64(8))
        parts = [noise(core, name, stream, n) for n in (1, 63, 64, 65, 7)]
        np.testing.assert_array_equal(whole, np.concatenate(parts))


def test_a_draw_of_zero() -> None:
    core = library(*best())
    assert doubles(core, before_zero(), 1)[0] == 0.0
    assert noise(core, "gumbel", before_zero(), 1)[0] == -np.inf
    assert noise(core, "logistic", before_zero(), 1)[0] == -np.inf
    assert noise(core, "normal", before_zero(), 1)[0] == np.float32(-8.292361)


def test_normal_noise_is_the_inverse_of_one_draw_each() -> None:
    core, stream, n = library(*best()), Stream.like(np.random.PCG64(9)), 100_000
    ours = noise(core, "normal", stream, n)
    uniform = np.random.Generator(np.random.PCG64(9)).random(n)
    assert np.array_equal(np.argsort(ours, kind="stable")[[0, -1]], np.argsort(uniform)[[0, -1]])
    assert bytes(stream) == bytes(Stream.like(np.random.PCG64(9).advance(n)))
    assert abs(ours.mean()) < 4 / np.sqrt(n)
    assert abs(ours.var() - 1) < 4 * np.sqrt(2 / n)
    for u, x in zip(uniform[:1000].tolist(), ours[:1000].tolist(), strict=True):
        exact = inverse_normal(u)
        assert abs(x - float(exact)) <= 0.501 * float(np.spacing(np.float32(abs(exact))))


def test_the_inverse_normal_is_good_to_a_few_units() -> None:
    core = library(*best())
    random = np.random.default_rng(10)
    tails = 2.0 ** -random.uniform(1, 54, 500)
    for p in [*random.random(1000).tolist(), *tails.tolist(), *(1 - tails).tolist(), 0.075, 0.925, 0.5, 2.0**-54]:
        if 0 < p < 1:
            ours, exact = core.a2c_inverse_normal(p), inverse_normal(p)
            assert (ours == 0) if exact == 0 else double_error(ours, exact) < 8, p


def inverse_normal(p: float) -> mpf:
    """By Newton's method on the normal distribution, from SciPy's value."""
    from scipy.special import ndtri

    x = mpf(float(ndtri(p)))
    for _ in range(3):
        x -= (mp.ncdf(x) - mpf(p)) / mp.npdf(x)
    return x
