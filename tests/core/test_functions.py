"""The core's functions: within a unit of the last place, the software fma equal to the hardware's, one NaN."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.core import coefficients
from tests.core.accuracy import FLOATS, double_errors, float_errors
from tests.core.builds import CORE, best, builds, library, of

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, np.inf, -np.inf, np.nan]
FUNCTIONS: list[tuple[str, Any, int]] = [
    *((name, np.float32, 1) for name in FLOATS),
    *((name, np.float64, outputs) for name, outputs in (("exp", 1), ("log", 1), ("sincos", 2))),
]


def bits(x: NDArray[Any]) -> NDArray[Any]:
    return x.view(f"u{x.dtype.itemsize}")


def any_numbers(dtype: Any, n: int, seed: int) -> NDArray[Any]:
    """Numbers of any bits: every size, subnormal ones, infinities and NaNs."""
    return np.frombuffer(np.random.default_rng(seed).bytes(n * np.dtype(dtype).itemsize), dtype)


@pytest.mark.parametrize("name", FLOATS)
def test_float32_functions_err_by_less_than_a_unit(name: str) -> None:
    random = np.random.default_rng(0)
    some = [any_numbers(np.float32, 2**20, 1)]
    some += [random.uniform(-size, size, 2**19).astype(np.float32) for size in (1e-3, 1.0, 10.0, 120.0)]
    errors = float_errors(name, np.concatenate(some))
    assert np.nanmax(errors) < 0.86  # over all 2^32: `python -m tests.core.accuracy functions`


def test_float64_functions_err_by_less_than_a_unit() -> None:
    most = {"exp": 0.83, "log": 0.83, "sincos": 0.504}
    for name, _, which, errors in double_errors(1500, 1):
        assert errors.max() < most[name], (name, which)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_functions_at_special_arguments(dtype: Any) -> None:
    core, x = library(*best()), np.array(SPECIAL, dtype)
    end = "f" if dtype == np.float32 else ""
    with np.errstate(all="ignore"):
        assert_same(of(core, f"exp{end}", x), np.exp(x), 1)
        assert_same(of(core, f"log{end}", x), np.log(x), 1)
        if dtype == np.float32:
            assert_same(of(core, "tanhf", x), np.tanh(x), 1)
        else:
            sines, cosines = of(core, "sincos", x, outputs=2)
            assert_same(sines, np.sin(x), 1)
            assert_same(cosines, np.cos(x), 1)


def assert_same(ours: NDArray[Any], theirs: NDArray[Any], units: int) -> None:
    """Equal signs, zeros, infinities and NaNs; finite numbers within so many units."""
    finite = np.isfinite(theirs)
    np.testing.assert_array_max_ulp(ours[finite], theirs[finite], units, dtype=ours.dtype)
    np.testing.assert_array_equal(ours[~finite], theirs[~finite])
    there = ~np.isnan(theirs)
    np.testing.assert_array_equal(np.signbit(ours[there]), np.signbit(theirs[there]))


def test_exp_at_its_ends() -> None:
    core = library(*best())
    x = np.array([88.72283, 88.72284, -103.97, -103.98, -87.4, 1e30, -1e30], np.float32)
    assert of(core, "expf", x).tolist() == [
        pytest.approx(3.4027985e38),
        np.inf,
        2.0**-149,
        0.0,
        pytest.approx(1.1038495e-38),
        np.inf,
        0.0,
    ]
    x = np.array([709.782712893384, 709.7827128933841, -745.13, -745.14])
    assert of(core, "exp", x).tolist() == [pytest.approx(np.exp(x[0])), np.inf, 2.0**-1074, 0.0]


def test_an_angle_beyond_the_reduction_gives_nan() -> None:
    x = np.array([2.0**30, np.nextafter(2.0**30, np.inf), -1e300])
    assert np.isnan(of(library(*best()), "sincos", x, outputs=2)).tolist() == [[False, True, True]] * 2


@pytest.mark.parametrize(("name", "dtype", "outputs"), FUNCTIONS)
def test_every_nan_is_the_same(name: str, dtype: Any, outputs: int) -> None:
    x = any_numbers(dtype, 2**16, 2)
    with np.errstate(invalid="ignore"):
        x = np.concatenate([x[np.isnan(x)], -x[np.isnan(x)], np.array([-np.inf, -1.0], dtype)])
    for pair in builds():
        given = np.atleast_2d(of(library(*pair), name, x, outputs=outputs))
        assert np.isnan(given[:, :-2]).all()
        quiet = bits(np.array([np.nan], dtype))[0]
        assert (bits(given[np.isnan(given)]) == quiet).all(), pair


def hard(dtype: Any, n: int) -> Iterator[tuple[str, NDArray[Any], NDArray[Any], NDArray[Any]]]:
    """Factors and addends of which a fused multiply-add may get the rounding wrong."""
    random, facts = np.random.default_rng(3), np.finfo(dtype)
    digits = facts.nmant

    def about_one() -> NDArray[Any]:
        return (1 + random.integers(-8, 9, n) * float(facts.eps)).astype(dtype)

    def small_integers(lowest: int, highest: int) -> NDArray[Any]:
        return (random.integers(-64, 65, n) * 2.0 ** random.integers(lowest, highest, n)).astype(dtype)

    x, y = (random.standard_normal(n).astype(dtype) for _ in range(2))
    against = (-x.astype(np.longdouble) * y).astype(dtype)
    scales = dtype(2) ** random.integers(facts.minexp - digits, facts.maxexp, n).astype(dtype)
    root = dtype(2.0 ** (facts.minexp // 2))
    shrunk = y * root * dtype(2) ** random.integers(-digits - 3, 4, n).astype(dtype)
    large = dtype(2.0 ** (facts.maxexp // 2))
    largest = np.where(random.random(n) < 0.5, facts.max, -facts.max).astype(dtype)
    yield "any bits", *(any_numbers(dtype, n, seed) for seed in (4, 5, 6))
    yield "common", x, y, random.standard_normal(n).astype(dtype)
    yield "the rest after cancellation", x, y, against
    yield "nearly cancelling", x, y, np.nextafter(against, dtype(0))
    yield "all scales", x * scales, y * random.permutation(scales), random.permutation(x * scales)
    yield "halfway", about_one(), about_one(), small_integers(-3 * digits, digits)
    yield "short", small_integers(0, 1), small_integers(-digits - 8, 8), small_integers(-2 * digits, 2 * digits)
    yield "subnormal", x * root, shrunk, (random.integers(-99, 99, n) * float(facts.smallest_subnormal)).astype(dtype)
    yield "overflow", x * large, y * large / 2, largest * about_one()
    ends = [facts.max, -facts.max, facts.tiny, facts.smallest_subnormal, 1 + facts.eps]
    yield "special", *(part.ravel() for part in np.meshgrid(*[np.array(SPECIAL + ends, dtype)] * 3))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_software_fma_is_the_hardware_s(dtype: Any) -> None:
    fused = [pair for pair in builds() if pair[1] != "baseline"]
    if not fused:
        pytest.skip("this CPU has no fma")
    end = "f" if dtype == np.float32 else ""
    with np.errstate(all="ignore"):
        for which, *numbers in hard(dtype, 300_000):
            hardware = of(library(*fused[-1]), f"fma{end}", *numbers)
            for pair in (builds()[0], fused[-1]):
                software = of(library(*pair), f"soft_fma{end}", *numbers)
                same = (bits(software) == bits(hardware)) | (np.isnan(software) & np.isnan(hardware))
                assert same.all(), (which, pair, [float(part[~same][0]).hex() for part in numbers])


@pytest.mark.parametrize(("name", "dtype", "outputs"), FUNCTIONS)
def test_builds_and_compilers_agree(name: str, dtype: Any, outputs: int) -> None:
    random = np.random.default_rng(7)
    x = np.concatenate([any_numbers(dtype, 40_000, 8), random.uniform(-30, 30, 40_000).astype(dtype)])
    first, *others = (bits(of(library(*pair), name, x, outputs=outputs)) for pair in builds())
    for other in others:
        np.testing.assert_array_equal(first, other)


def test_a_function_of_an_array_is_that_of_its_elements() -> None:
    x = np.random.default_rng(9).uniform(-5, 5, 37)
    core = library(*best())
    whole = of(core, "sincos", x, outputs=2)
    alone = np.concatenate([of(core, "sincos", x[i : i + 1], outputs=2) for i in range(37)], axis=1)
    np.testing.assert_array_equal(bits(whole), bits(alone))


def test_the_polynomials_are_those_that_their_script_makes() -> None:
    written = {float.fromhex(number) for number in re.findall(r"-?0x1\.[0-9a-f]+p[-+]\d+", header())}
    written |= {0.5, -0.5}
    for name, constants in coefficients.tables().items():
        for constant in constants:
            assert float.fromhex(constant.rstrip("f")) in written, (name, constant)


def header() -> str:
    return (CORE / "functions.h").read_text()
