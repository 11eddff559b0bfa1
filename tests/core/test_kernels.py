"""Each kernel of each build against a plain loop over the same sum, bit for bit."""

import ctypes
from ctypes import Structure, c_float, c_int64, c_void_p
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.core.compiled import compiled
from tests.core.cores import COMPILERS, EACH_BUILD, core

Floats = NDArray[np.float32]
PANEL = 16


class Product(Structure):
    """`struct product` of kernels.h."""

    _fields_ = [
        *((name, c_int64) for name in ("rows", "inner", "panels")),
        ("a", c_void_p), ("a_row", c_int64), ("a_step", c_int64),
        ("b", c_void_p), ("b_step", c_int64), ("b_panel", c_int64),
        ("start", c_void_p), ("start_row", c_int64), ("start_panel", c_int64),
        ("y", c_void_p), ("y_row", c_int64), ("y_panel", c_int64),
    ]  # fmt: skip


@cache
def scalar() -> ctypes.CDLL:
    source = Path(__file__).with_name("scalar.c")
    out = compiled(COMPILERS[0], ["-O1", "-ffp-contract=off", "-shared", "-fPIC", source, "-lm"])
    library = ctypes.CDLL(str(out))
    library.squares.restype = c_float
    return library


def at(array: NDArray[Any] | None) -> c_void_p:
    return c_void_p(0 if array is None else array.ctypes.data)


def aligned(array: Floats) -> Floats:
    """A copy that begins at a cache line."""
    room = np.zeros(array.size + 16, np.float32)
    first = -room.ctypes.data % 64 // 4
    out = room[first : first + array.size].reshape(array.shape)
    out[...] = array
    return out


def numbers(rng: np.random.Generator, *shape: int) -> Floats:
    """Numbers of all sizes, zeros among them."""
    size = np.float32(2.0) ** rng.integers(-20, 20, shape)
    return aligned((rng.standard_normal(shape) * size * (rng.random(shape) > 0.1)).astype(np.float32))


def panels(array: Floats) -> Floats:
    """[rows, columns] as [panel, row, 16]."""
    return aligned(array.reshape(len(array), -1, PANEL).transpose(1, 0, 2))


def number(n: int) -> c_int64:
    return c_int64(n)


SHAPES = [(1, 1, 1), (1, 7, 2), (2, 16, 3), (3, 33, 1), (5, 40, 4), (7, 256, 2), (8, 257, 2), (13, 600, 5), (40, 4, 16)]


@pytest.mark.parametrize("which", EACH_BUILD)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("started", [False, True])
def test_a_product_has_the_bits_of_the_scalar_sum(
    which: tuple[str, str], shape: tuple[int, int, int], turned: bool, started: bool
) -> None:
    rows, inner, n_panels = shape
    columns = n_panels * PANEL
    rng = np.random.default_rng(rows * inner)
    a, b, start = numbers(rng, rows, inner), numbers(rng, inner, columns), numbers(rng, rows, columns)
    start *= started
    wanted, found = np.empty((rows, columns), np.float32), aligned(np.zeros((rows, columns), np.float32))
    scalar().product(*map(number, (rows, inner, columns)), at(a), at(b), at(start), at(wanted))
    held_a, held_b = (aligned(a.T) if turned else a), panels(b)
    job = Product(
        rows, inner, n_panels, at(held_a), *((1, rows) if turned else (inner, 1)), at(held_b), PANEL, inner * PANEL,
        at(start if started else None), columns, PANEL, at(found), columns, PANEL,
    )  # fmt: skip
    core(*which).c.a2c_product(ctypes.byref(job))
    assert found.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("which", EACH_BUILD)
@pytest.mark.parametrize("shape", SHAPES)
def test_dot_products_have_the_bits_of_the_scalar_sum(which: tuple[str, str], shape: tuple[int, int, int]) -> None:
    rows, outputs, n_panels = shape
    columns = n_panels * PANEL
    rng = np.random.default_rng(rows)
    x, w, bias = numbers(rng, rows, columns), numbers(rng, outputs, columns), numbers(rng, outputs)
    wanted, found = (np.empty((rows, outputs), np.float32) for _ in range(2))
    scalar().dots(*map(number, (rows, outputs, columns)), at(x), at(w), at(bias), at(wanted))
    core(*which).c.a2c_dots(
        *map(number, (rows, outputs, n_panels)), at(x), number(columns), at(w), at(bias), at(found), number(outputs)
    )
    assert found.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("which", EACH_BUILD)
@pytest.mark.parametrize(("inputs", "outputs"), [(16, 16), (1, 1), (7, 33), (33, 7), (64, 48), (100, 100)])
def test_a_transpose_moves_every_number(which: tuple[str, str], inputs: int, outputs: int) -> None:
    """All panels, and the last one alone, into memory that is not 0."""
    across, down = -(-outputs // PANEL) * PANEL, -(-inputs // PANEL) * PANEL
    weights = np.zeros((inputs, across), np.float32)
    weights[:, :outputs] = np.random.default_rng(0).random((inputs, outputs))
    wanted = np.zeros((across, down), np.float32)
    wanted[:, :inputs] = weights.T
    held, n_panels = panels(weights), down // PANEL
    for first in (0, n_panels - 1):
        found = aligned(np.ones((n_panels - first, across, PANEL), np.float32))
        arguments = map(number, (inputs, outputs, first, n_panels - first))
        core(*which).c.a2c_transpose(*arguments, at(held), at(found))
        assert np.array_equal(found, panels(wanted)[first:])


@pytest.mark.parametrize("which", EACH_BUILD)
@pytest.mark.parametrize("rows", [1, 2, 40, 333])
def test_sums_have_the_bits_of_the_scalar_sum(which: tuple[str, str], rows: int) -> None:
    rng = np.random.default_rng(rows)
    x, columns = numbers(rng, rows, 48), 48
    wanted, found = np.empty(columns, np.float32), aligned(np.zeros(columns, np.float32))
    scalar().sum_rows(number(rows), number(columns), at(x), at(wanted))
    core(*which).c.a2c_sum_rows(number(rows), number(3), at(x), number(columns), at(found))
    assert found.tobytes() == wanted.tobytes()
    flat = numbers(rng, rows * 64)
    squares = core(*which).c.a2c_squares
    squares.restype = c_float
    assert squares(number(flat.size), at(flat)) == scalar().squares(number(flat.size), at(flat))


def hard_sums(rng: np.random.Generator, n: int) -> list[Floats]:
    """a, b, c of any bit patterns, and of what software gets wrong: sums beside midpoints, of normal numbers or not."""
    a, b, c = (rng.integers(0, 1 << 32, n, dtype=np.uint64).astype(np.uint32).view(np.float32) for _ in range(3))
    few = 2.0 ** np.arange(24)  # few bits: sums fall on midpoints, and just beside them
    half, quarter = slice(n // 2), slice(n // 4)
    for x in (a, b, c):
        x[half] = (rng.choice(few, n // 2) + rng.choice(few, n // 2)) * 2.0 ** rng.integers(-80, 20, n // 2)
    off = rng.choice([-1, 1], n // 4) * 2.0**-23
    with np.errstate(all="ignore"):
        c[quarter] = -(a.astype(np.float64) * b)[quarter] * (1 + rng.choice([0, 2.0**-23, 2.0**-24], n // 4))
    last = slice(n - n // 4, n)  # half of the smallest number and a little more or less, on a subnormal one
    a[last], b[last] = 2.0**-75 * (1 + off), 2.0**-75 * (1 - off * rng.choice([0, 1], n // 4))
    c[last] = rng.integers(1, 1 << 23, n // 4) * 2.0**-149
    return [a, b, c]


@pytest.mark.parametrize("which", EACH_BUILD)
def test_a_fused_multiply_add_is_rounded_once(which: tuple[str, str]) -> None:
    n = 1 << 14
    a, b, c = hard_sums(np.random.default_rng(0), n)
    wanted, found = np.empty(n, np.float32), aligned(np.zeros(n, np.float32))
    scalar().multiply_add(number(n), at(a), at(b), at(c), at(wanted))
    for i in range(0, n, PANEL):
        some = slice(i, i + PANEL)
        fused(core(*which).c.a2c_product, a[some], b[some], c[some], found[some])
    number_of = ~np.isnan(wanted)
    assert np.array_equal(np.isnan(found), ~number_of)
    assert found[number_of].tobytes() == wanted[number_of].tobytes()


def fused(product: Any, a: Floats, b: Floats, c: Floats, y: Floats) -> None:
    """a * b + c of 16 numbers: the diagonal of 16 rows."""
    b, c = aligned(b), aligned(np.tile(c, (PANEL, 1)))
    out = aligned(np.zeros((PANEL, PANEL), np.float32))
    a = np.ascontiguousarray(a)
    job = Product(PANEL, 1, 1, at(a), 1, 1, at(b), PANEL, PANEL, at(c), PANEL, PANEL, at(out), PANEL, PANEL)
    product(ctypes.byref(job))
    y[:] = out.diagonal()
