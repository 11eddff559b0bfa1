"""What an environment observes as a network takes it: flat numbers for the mlp, images for the cnn."""

from collections.abc import Callable
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

MOST_CHANNELS = 12  # of an image
FLOAT32 = np.dtype(np.float32)
NUMBERS = "biuf"  # kinds of NumPy's types
SMALLEST_SIDE = 36  # of an image, in pixels: what the cnn's kernels need


class MisfitError(ValueError):
    """An observation is not as its space says. The message says in what, after the word observation."""


class Encoding(NamedTuple):
    """How observations become a network's inputs."""

    shape: tuple[int, ...]  # (numbers,), or (channels, height, width) of an image
    dtype: np.dtype[Any]  # float32, or uint8 of an image
    encode: Callable[[Any], NDArray[Any]]  # an observation of the environment as an array of `shape`, or MisfitError


def encoding_of(space: gym.Space[Any], network: str) -> Encoding:
    """The encoding for `network`, mlp or cnn. ValueError, which says what is allowed, if the space does not fit it."""
    return _image(space) if network == "cnn" else _flat(space)


def _flat(space: gym.Space[Any]) -> Encoding:
    """Numbers one after the other, whole numbers of a known range one-hot: Gymnasium's `flatten`."""
    unfit = _without_fixed_size(space)
    if unfit is not None:
        raise ValueError(f"environments whose observations have a fixed number of numbers; this one has {unfit}")
    shape = (gym.spaces.flatdim(space),)
    if shape == (0,):
        raise ValueError(f"environments whose observations have numbers; this one has {described(space)}")
    if isinstance(space, gym.spaces.Box):
        return Encoding(shape, FLOAT32, _encode_of_box(space, shape))

    def encode(seen: Any) -> NDArray[Any]:
        _check_parts(space, seen)
        return np.asarray(gym.spaces.flatten(space, seen), dtype=np.float32)

    return Encoding(shape, FLOAT32, encode)


def _encode_of_box(space: gym.spaces.Box, shape: tuple[int, ...]) -> Callable[[Any], NDArray[Any]]:
    """Without the detour over `flatten`; what most environments observe needs nothing."""
    is_flat = space.shape == shape

    def encode(seen: Any) -> NDArray[Any]:
        if is_flat and isinstance(seen, np.ndarray) and seen.dtype == FLOAT32 and seen.shape == shape:
            return seen
        return _array(space, seen).astype(np.float32, copy=False).reshape(shape)

    return encode


def _check_parts(space: gym.Space[Any], seen: Any) -> None:
    """MisfitError unless an observation has the parts of its space: shapes, types, and whole numbers of a known range.

    Bounds and types of a Box are not compared, as many environments leave them loosely and learning does not need them.
    """
    if (
        isinstance(space, gym.spaces.Discrete)
        and isinstance(seen, int | np.integer)
        and space.start <= seen < space.start + space.n
    ):
        return  # `contains` takes longer than many a step
    if isinstance(space, gym.spaces.Box):
        _array(space, seen)
    elif isinstance(space, gym.spaces.Dict) and isinstance(seen, dict) and seen.keys() == space.keys():
        for key, part in space.items():
            _check_parts(part, seen[key])
    elif isinstance(space, gym.spaces.Tuple) and isinstance(seen, tuple) and len(seen) == len(space):
        for part, of_part in zip(space, seen, strict=True):
            _check_parts(part, of_part)
    elif not space.contains(seen):
        raise MisfitError(f"that is not in its space, {described(space)}")


def _array(space: gym.spaces.Box, seen: Any) -> NDArray[Any]:
    """What was seen of a Box. MisfitError if it has another shape or is not numbers."""
    try:
        values = np.asarray(seen)
    except ValueError:  # lists of several lengths
        values = np.empty(0, dtype=object)
    if values.dtype.kind not in NUMBERS:
        raise MisfitError(f"of type {type(seen).__name__}, its space is {described(space)}")
    if values.shape != space.shape:
        raise MisfitError(f"of shape {values.shape}, its space has {space.shape}")
    return values


def _without_fixed_size(space: gym.Space[Any]) -> str | None:
    """The first part of the space that Gymnasium cannot flatten into a fixed number of numbers, described."""
    if isinstance(space, gym.spaces.Dict | gym.spaces.Tuple) and len(space):
        parts = space.items() if isinstance(space, gym.spaces.Dict) else enumerate(space)
        return next((f"{key!r}: {found}" for key, part in parts if (found := _without_fixed_size(part))), None)
    try:
        gym.spaces.flatdim(space)
    except (NotImplementedError, ValueError):
        return described(space)
    return described(space) if isinstance(space, gym.spaces.Dict | gym.spaces.Tuple) else None  # without any part


def described(space: gym.Space[Any]) -> str:
    """The space in a few words of one line: the bounds of a Box can take many."""
    if isinstance(space, gym.spaces.Box):
        return f"a Box of {space.dtype} with shape {space.shape}"
    return " ".join(str(space).split())


def _image(space: gym.Space[Any]) -> Encoding:
    """A uint8 Box of rank 2, or of rank 3 with the channels first or last."""
    if not isinstance(space, gym.spaces.Box) or space.dtype != np.uint8 or len(space.shape) not in (2, 3):
        raise ValueError(f"mlp; the cnn takes images, a uint8 Box of rank 2 or 3, and this one has {described(space)}")
    channels_last = len(space.shape) == 3 and space.shape[2] <= MOST_CHANNELS < space.shape[0]
    axes = (2, 0, 1) if channels_last else tuple(range(len(space.shape)))
    whole = space.shape if len(space.shape) == 3 else (1, *space.shape)
    channels, height, width = (whole[axis] for axis in axes) if channels_last else whole
    if not 1 <= channels <= MOST_CHANNELS or min(height, width) < SMALLEST_SIDE:
        raise ValueError(
            f"mlp; the cnn takes images of at least {SMALLEST_SIDE} x {SMALLEST_SIDE} pixels and 1 to {MOST_CHANNELS} "
            f"channels, first or last, and this one has {space.shape}"
        )
    shape = (channels, height, width)

    def encode(seen: Any) -> NDArray[Any]:
        return as_bytes(_array(space, seen)).transpose(axes).reshape(shape)

    return Encoding(shape, np.dtype(np.uint8), encode)


def encoding_of_frames(space: gym.spaces.Box) -> Encoding:
    """The encoding of frames that are stacked as the cnn takes them, [channels, height, width], however many."""

    def encode(seen: Any) -> NDArray[Any]:
        return as_bytes(_array(space, seen))

    return Encoding(space.shape, np.dtype(np.uint8), encode)


def as_bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Grey levels as bytes. MisfitError if that changes one: fractions of 1, or numbers above 255."""
    if values.dtype == np.uint8:
        return values
    with np.errstate(invalid="ignore"):
        whole = values.astype(np.uint8)
    if not np.array_equal(whole, values):
        raise MisfitError(f"of {values.dtype} with numbers that are no whole ones from 0 to 255")
    return whole
