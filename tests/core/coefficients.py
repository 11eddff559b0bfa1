"""Where the polynomials of `a2c/core/functions.h` come from: near-minimax fits by mpmath, printed as C.

`python -m tests.core.coefficients` prints the tables; a test compares them with the header.
"""

import struct
from collections.abc import Callable

import mpmath
from mpmath import mp, mpf

mp.dps = 60

Fit = tuple[str, int, Callable[[mpf], mpf], tuple[mpf, mpf], int]  # name, bits, function, interval, degree

HALF_LN2 = mp.log(2) / 2
QUARTER_PI_SQUARED = (mp.pi / 4) ** 2


def exp_rest(r: mpf) -> mpf:
    """(exp(r) - 1 - r) / r^2."""
    return (mp.expm1(r) - r) / r**2


def log_rest(f: mpf) -> mpf:
    """(log(1 + f) - f + f^2 / 2) / f^3."""
    return (mp.log1p(f) - f + f**2 / 2) / f**3


def log_ratio_rest(z: mpf) -> mpf:
    """(log((1 + s) / (1 - s)) - 2 s) / (s z) with z = s^2: 2/3 + 2/5 z + ..."""
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) - 2 * s) / (s * z)


def sin_rest(z: mpf) -> mpf:
    """((sin(r) / r - 1) / z + 1/6) / z with z = r^2."""
    r = mp.sqrt(z)
    return ((mp.sin(r) / r - 1) / z + mpf(1) / 6) / z


def cos_rest(z: mpf) -> mpf:
    """((cos(r) - 1 + z / 2) / z^2 - 1/24) / z with z = r^2."""
    return ((mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2 - mpf(1) / 24) / z


def tables() -> dict[str, list[str]]:
    """Every table's constants as C writes them, from the lowest power up."""
    low, high = mp.sqrt(0.5) - 1, mp.sqrt(2) - 1
    largest = (high / (2 + high)) ** 2
    fits: list[Fit] = [
        ("EXPF", 32, exp_rest, (-HALF_LN2, HALF_LN2), 5),
        ("LOGF", 32, log_rest, (low, high), 8),
        ("EXP", 64, exp_rest, (-HALF_LN2, HALF_LN2), 10),
        ("LOG", 64, log_ratio_rest, (mpf(0), largest), 7),
        ("SIN", 64, sin_rest, (mpf(0), QUARTER_PI_SQUARED), 5),
        ("COS", 64, cos_rest, (mpf(0), QUARTER_PI_SQUARED), 5),
    ]
    return {name: [as_c(c, bits) for c in fit(f, interval, degree)] for name, bits, f, interval, degree in fits}


def fit(f: Callable[[mpf], mpf], interval: tuple[mpf, mpf], degree: int) -> list[mpf]:
    """The Chebyshev interpolant's coefficients, from the lowest power up."""
    low, high = interval
    mp.dps = 60
    nodes = degree + 1
    points = [mp.cos(mp.pi * (2 * k + 1) / (2 * nodes)) for k in range(nodes)]
    points = [(low + high) / 2 + (high - low) / 2 * (p if abs(p) > mpf(10) ** -30 else mpf(10) ** -8) for p in points]
    matrix = mpmath.matrix(nodes, nodes)
    for i, point in enumerate(points):
        for j in range(nodes):
            matrix[i, j] = point**j
    return list(mpmath.lu_solve(matrix, mpmath.matrix([f(point) for point in points])))


def as_c(value: mpf, bits: int) -> str:
    """The nearest float or double, in hexadecimal."""
    if bits == 64:
        return float(value).hex()
    nearest = struct.unpack("f", struct.pack("f", float(value)))[0]
    return float(nearest).hex() + "f"


if __name__ == "__main__":
    for name, constants in tables().items():
        print(f"{name}:", *constants, sep="\n    ")
