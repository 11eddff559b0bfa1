"""A check of shapes at the doors of returns, losses and networks: a wrong shape must not broadcast."""

from typing import Protocol


class _Shaped(Protocol):
    @property
    def shape(self) -> tuple[int, ...]: ...


def expect_shape(name: str, array: _Shaped, *shape: int) -> None:
    """ValueError, naming the argument, unless `array` has exactly this shape."""
    if array.shape != shape:
        raise ValueError(f"{name}: shape {tuple(array.shape)}, not {shape}")


def expect_rank(name: str, array: _Shaped, axes: str) -> None:
    """ValueError, naming the argument, unless `array` has the axes that `axes` lists, such as "lanes rows actions"."""
    if len(array.shape) != len(axes.split()):
        raise ValueError(f"{name}: shape {tuple(array.shape)}, not [{', '.join(axes.split())}]")
