"""How a policy's outputs become actions, and how actions are drawn, logged, replayed and taken.

An action is one number or several, each drawn by itself, from so many random numbers that a stream can be advanced. A
log holds actions as they were drawn; `to_environment` gives what the environment gets.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

MOST_VALUES = 256  # of a discrete number: a byte each in the log
MOST_NUMBERS = 128  # of a MultiDiscrete action, as core/core.h has it

Floats = NDArray[np.float32]


class ActionSpace(Protocol):
    """How the outputs of a policy become actions, and how actions are logged and replayed."""

    @property
    def kind(self) -> str:
        """The distribution of each number: softmax, bernoulli or gaussian."""

    @property
    def choices(self) -> tuple[int, ...]:
        """Values of each number of an action, of softmaxes; else empty."""

    @property
    def width(self) -> int:
        """Numbers that the policy puts out for one action."""

    @property
    def draws(self) -> int:
        """Numbers drawn from the stream "actions" for one action."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers in an action log."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one action in an action log."""

    @property
    def log_bytes(self) -> int:
        """Bytes of one action in an action log before it is compressed."""

    @property
    def bits(self) -> float:
        """Information in one action, in bits: what the size of a compressed action log is estimated from."""

    def noise(self, generators: Sequence[np.random.Generator], shape: tuple[int, ...]) -> Floats:
        """Noise for actions of `shape`, [lanes, *shape, draws]; each lane draws from its own generator."""

    def sample(self, outputs: Floats, noise: Floats) -> NDArray[Any]:
        """Actions [..., *shape] drawn by `noise` [..., draws] from the policy's `outputs` [..., width]."""

    def greedy(self, outputs: Floats) -> NDArray[Any]:
        """The likeliest actions [..., *shape] by the policy's `outputs` [..., width]."""

    def from_log(self, log: NDArray[Any]) -> NDArray[Any]:
        """Logged actions as `sample` gives them."""

    def to_environment(self, actions: NDArray[Any]) -> NDArray[Any]:
        """Actions [..., *shape] as Gymnasium's environment takes them."""

    def accepts(self, log: NDArray[Any]) -> bool:
        """Whether all logged actions are actions of this space."""


class _Whole:
    """What spaces of whole numbers share: a byte a number in the log."""

    dtype = np.dtype(np.uint8)
    shape: tuple[int, ...]

    @property
    def log_bytes(self) -> int:
        return math.prod(self.shape)

    def from_log(self, log: NDArray[np.uint8]) -> NDArray[np.int64]:
        return log.astype(np.int64)


class _Softmaxes(_Whole):
    """What spaces share whose numbers are drawn by logits of their own, side by side."""

    kind = "softmax"
    choices: tuple[int, ...]

    @property
    def width(self) -> int:
        return sum(self.choices)

    @property
    def draws(self) -> int:
        return self.width

    @property
    def bits(self) -> float:
        return sum(map(math.log2, self.choices))

    def noise(self, generators: Sequence[np.random.Generator], shape: tuple[int, ...]) -> Floats:
        return _gumbel(_uniform(generators, (*shape, self.width)))


@dataclass(frozen=True)
class DiscreteActions(_Softmaxes):
    """The actions 0 to n - 1, drawn from the softmax of n logits. The environment counts from `start`."""

    n: int
    start: int = 0

    shape = ()

    @property
    def choices(self) -> tuple[int, ...]:  # type: ignore[override]
        return (self.n,)

    def sample(self, outputs: Floats, noise: Floats) -> NDArray[np.int64]:
        return (outputs + noise).argmax(axis=-1)  # a draw from the softmax (Maddison et al. 2014)

    def greedy(self, outputs: Floats) -> NDArray[np.int64]:
        return outputs.argmax(axis=-1)

    def to_environment(self, actions: NDArray[np.int64]) -> NDArray[np.int64]:
        return actions + self.start

    def accepts(self, log: NDArray[np.uint8]) -> bool:
        return bool(log.max(initial=0) < self.n)


@dataclass(frozen=True)
class MultiDiscreteActions(_Softmaxes):
    """Several numbers, each drawn as one of `DiscreteActions` from logits of its own, which lie side by side.

    `choices` and `start` have one entry for each number, in the order of a flattened action.
    """

    choices: tuple[int, ...]
    shape: tuple[int, ...]
    start: tuple[int, ...]

    def sample(self, outputs: Floats, noise: Floats) -> NDArray[np.int64]:
        return self.greedy(outputs + noise)

    def greedy(self, outputs: Floats) -> NDArray[np.int64]:
        parts = np.split(outputs, np.cumsum(self.choices)[:-1], axis=-1)
        return np.stack([part.argmax(axis=-1) for part in parts], axis=-1).reshape(*outputs.shape[:-1], *self.shape)

    def to_environment(self, actions: NDArray[np.int64]) -> NDArray[np.int64]:
        return actions + np.reshape(self.start, self.shape)

    def accepts(self, log: NDArray[np.uint8]) -> bool:
        return bool((log < np.reshape(self.choices, self.shape)).all())


@dataclass(frozen=True)
class MultiBinaryActions(_Whole):
    """Several numbers 0 or 1, each drawn by a logit of its own: 1 where logit plus logistic noise is positive."""

    shape: tuple[int, ...]

    kind = "bernoulli"
    choices = ()

    @property
    def width(self) -> int:
        return math.prod(self.shape)

    @property
    def draws(self) -> int:
        return self.width

    @property
    def bits(self) -> float:
        return self.width

    def noise(self, generators: Sequence[np.random.Generator], shape: tuple[int, ...]) -> Floats:
        """Standard logistic noise, log(u) - log(1 - u)."""
        uniform = _uniform(generators, (*shape, self.width))
        with np.errstate(divide="ignore"):
            return (np.log(uniform) - np.log(1 - uniform)).astype(np.float32)

    def sample(self, outputs: Floats, noise: Floats) -> NDArray[np.int64]:
        return self.greedy(outputs + noise)

    def greedy(self, outputs: Floats) -> NDArray[np.int64]:
        return (outputs > 0).astype(np.int64).reshape(*outputs.shape[:-1], *self.shape)

    def to_environment(self, actions: NDArray[np.int64]) -> NDArray[np.int8]:
        return actions.astype(np.int8)

    def accepts(self, log: NDArray[np.uint8]) -> bool:
        return bool(log.max(initial=0) <= 1)


@dataclass(frozen=True)
class BoxActions:
    """Real numbers, each drawn from a normal distribution of its own: mean plus deviation times noise.

    The policy's outputs are all means, then the logarithms of all deviations, which no observation changes. A log has
    the numbers as they were drawn. The environment gets them within its bounds, in its own type; a number that is not
    one, as a diverging policy may give, is the lower bound.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]
    shape: tuple[int, ...]
    environment_dtype: str

    kind = "gaussian"
    choices = ()
    dtype = np.dtype(np.float32)

    @property
    def width(self) -> int:
        return 2 * self.draws

    @property
    def draws(self) -> int:
        return math.prod(self.shape)

    @property
    def log_bytes(self) -> int:
        return 4 * self.draws

    @property
    def bits(self) -> float:
        return 24.0 * self.draws  # of 32: signs and exponents repeat

    def noise(self, generators: Sequence[np.random.Generator], shape: tuple[int, ...]) -> Floats:
        """Standard normal noise, one uniform number each: a stream can be advanced."""
        from scipy.special import ndtri  # imported here, as the core draws its own

        uniform = _uniform(generators, (*shape, self.draws))
        noise: Floats = ndtri(np.maximum(uniform, 2.0**-54)).astype(np.float32)
        return noise

    def sample(self, outputs: Floats, noise: Floats) -> Floats:
        means, deviations = outputs[..., : self.draws], np.exp(outputs[..., self.draws :])
        return self._shaped((means + deviations * noise).astype(np.float32, copy=False))

    def greedy(self, outputs: Floats) -> Floats:
        return self._shaped(outputs[..., : self.draws])

    def from_log(self, log: Floats) -> Floats:
        return log

    def to_environment(self, actions: Floats) -> NDArray[Any]:
        low, high = (np.reshape(bound, self.shape) for bound in (self.low, self.high))
        return np.fmin(np.fmax(actions, low), high).astype(self.environment_dtype)  # fmax and fmin pass over NaN

    def accepts(self, log: Floats) -> bool:
        return True

    def _shaped(self, numbers: Floats) -> Floats:
        return numbers.reshape(*numbers.shape[:-1], *self.shape)


def actions_of(space: gym.Space[Any]) -> ActionSpace:
    """Our view of Gymnasium's space. ValueError, which says what is allowed, if it is not supported."""
    if isinstance(space, gym.spaces.Discrete) and 2 <= space.n <= MOST_VALUES:
        return DiscreteActions(int(space.n), int(space.start))
    if isinstance(space, gym.spaces.MultiDiscrete) and space.nvec.size <= MOST_NUMBERS:
        choices, start = (tuple(map(int, array.flat)) for array in (space.nvec, space.start))
        if max(choices) <= MOST_VALUES:
            return MultiDiscreteActions(choices, space.nvec.shape, start)
    if isinstance(space, gym.spaces.MultiBinary):
        return MultiBinaryActions(space.shape)
    if isinstance(space, gym.spaces.Box) and np.issubdtype(space.dtype, np.floating) and space.low.size:
        return BoxActions(_finite(space.low), _finite(space.high), space.shape, np.dtype(space.dtype).name)
    raise ValueError(
        f"environments whose actions are Discrete (2 to {MOST_VALUES} values), MultiDiscrete (at most {MOST_NUMBERS} "
        f"numbers of at most {MOST_VALUES} values), MultiBinary or a Box of real numbers"
    )


def _finite(bounds: NDArray[Any]) -> tuple[float, ...]:
    """Bounds in the order of a flattened action; what is infinite becomes the largest float32."""
    most = float(np.finfo(np.float32).max)
    return tuple(map(float, bounds.astype(np.float64).clip(-most, most).flat))


def _uniform(generators: Sequence[np.random.Generator], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Uniform numbers, [lanes, *shape]; each lane draws from its own generator."""
    return np.stack([generator.random(shape) for generator in generators])


def _gumbel(uniform: NDArray[np.float64]) -> Floats:
    """Standard Gumbel noise, -log(-log(u)) of a uniform number u."""
    with np.errstate(divide="ignore"):  # u = 0 gives minus infinity: that action is not taken
        return (-np.log(-np.log(uniform))).astype(np.float32)
