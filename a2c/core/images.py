"""Screens of games as small grey images: each cell is the mean of the pixels that it covers.

The weights and the order of the sums are those of OpenCV's `resize` with INTER_AREA in single precision, which ALE's
vector environment calls, so that every grey level is the same.
"""

import math
from ctypes import Structure, byref, c_float, c_int64, c_void_p

import numpy as np
from numpy.typing import NDArray

from a2c.core.choose import load

Bytes = NDArray[np.uint8]
NEGLIGIBLE = 1e-3  # of a pixel: OpenCV leaves out a smaller part of it


class _Side(Structure):
    _fields_ = [*((name, c_int64) for name in ("pixels", "n", "taps")), ("first", c_void_p), ("weight", c_void_p)]


class _Image(Structure):
    _fields_ = [("down", _Side), ("across", _Side), ("scale", c_float), ("bias", c_float)]


class Shrinker:
    """Makes images [rows, columns] of screens [height, width] that are not smaller."""

    def __init__(self, screen: tuple[int, int], image: tuple[int, int]) -> None:
        whole = all(_scale(pixels, n).is_integer() for pixels, n in zip(screen, image, strict=True))
        sides = [_side(pixels, n, whole) for pixels, n in zip(screen, image, strict=True)]
        self._kept = sides  # what the pointers point to
        area = math.prod(screen) // math.prod(image) if whole else 1
        down, across = (
            _Side(pixels, weight.shape[1], len(weight), first.ctypes.data, weight.ctypes.data)
            for pixels, (first, weight) in zip(screen, sides, strict=True)
        )
        # OpenCV rounds halves to even, but up in means of two by two pixels.
        halves_up = [_scale(pixels, n) for pixels, n in zip(screen, image, strict=True)] == [2.0, 2.0]
        self._how = byref(_Image(down, across, np.float32(1) / np.float32(area), 1e-3 if halves_up else 0.0))
        self._shape, self._call = screen, load().c.a2c_image

    def __call__(self, frame: Bytes, before: Bytes, image: Bytes) -> None:
        """Write into `image`, [rows, columns], what the brighter one of two screens [height, width] shows."""
        self._call(self._how, frame.ctypes.data, before.ctypes.data, image.ctypes.data)


def _scale(pixels: int, n: int) -> float:
    """Pixels in a cell, rounded as OpenCV rounds it."""
    return 1.0 / (n / pixels)


def _side(pixels: int, n: int, whole: bool) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """First pixel [cells] and weights [taps, cells] of the cells along a side. `whole`: sums, to be divided later."""
    cells = [_cell(i, pixels, _scale(pixels, n)) for i in range(n)]
    taps = max(len(weights) for _, weights in cells)
    table = np.zeros((taps, n), dtype=np.float32)
    for i, (_, weights) in enumerate(cells):
        table[: len(weights), i] = 1 if whole else weights
    return np.array([first for first, _ in cells], dtype=np.int32), table


def _cell(i: int, pixels: int, scale: float) -> tuple[int, list[float]]:
    """The first pixel of cell `i`, and the share of each of its pixels in it."""
    begin = i * scale
    end, width = begin + scale, min(scale, pixels - begin)
    after = min(math.floor(end), pixels - 1)
    first = min(math.ceil(begin), after)
    weights = [1.0 / width] * (after - first)
    if end - after > NEGLIGIBLE:
        weights.append(min(end - after, 1.0, width) / width)
    if first - begin > NEGLIGIBLE:
        return first - 1, [(first - begin) / width, *weights]
    return first, weights
