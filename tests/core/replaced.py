"""Gymnasium's own code with the core's sine and cosine, or with squares that are products."""

import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from gymnasium.envs.classic_control import acrobot, cartpole, mountain_car, pendulum
from numpy.typing import NDArray

from tests.core.builds import best, library, of

SQUARE = r"(dtheta\d|d2|thdot|\bu|angle_normalize\(th\)) ?\*\* ?2"


@contextmanager
def replaced(functions: bool = True, squares: bool = True) -> Iterator[None]:
    """`functions`: the core's sine and cosine. `squares`: x * x in place of NumPy's power of a scalar."""
    with pytest.MonkeyPatch.context() as patch:
        ours = {"sin": sine, "cos": cosine} if functions else {}
        for owner, name in ((acrobot.AcrobotEnv, "_dsdt"), (pendulum.PendulumEnv, "step")):
            patch.setattr(owner, name, _compiled(owner, name, ours, squares))
        for module in (cartpole, mountain_car):
            patch.setattr(module, "np", _With(np, **ours))
        patch.setattr(mountain_car, "math", _With(mountain_car.math, **ours))
        if functions:
            patch.setattr(acrobot, "cos", cosine)
        yield


def sine(x: Any) -> Any:
    return _shaped(of(library(*best()), "sincos", np.atleast_1d(np.float64(x)), outputs=2)[0], x)


def cosine(x: Any) -> Any:
    return _shaped(of(library(*best()), "sincos", np.atleast_1d(np.float64(x)), outputs=2)[1], x)


def _compiled(owner: type, name: str, ours: dict[str, Any], squares: bool) -> Any:
    """A method from its changed source."""
    source = inspect.cleandoc("\n" + inspect.getsource(getattr(owner, name)))
    if squares:
        source, n = re.subn(SQUARE, r"np.square(\1)", source)
        assert n
    space: dict[str, Any] = dict(vars(inspect.getmodule(owner)))  # type: ignore[arg-type]
    space |= {**ours, "np": _With(np, **ours)}
    exec(source, space)
    return space[name]


class _With:
    """A module with some of its functions replaced."""

    def __init__(self, module: Any, **functions: Any) -> None:
        self._module = module
        self.__dict__.update(functions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _shaped(values: NDArray[np.float64], like: Any) -> Any:
    return values.reshape(np.shape(like)) if np.ndim(like) else np.float64(values[0])
