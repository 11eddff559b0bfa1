"""What an environment observes as a network takes it: flat numbers for the mlp, images for the cnn."""

from collections.abc import Callable
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

MOST_CHANNELS = 12  # of an image
SMALLEST_SIDE = 36  # of an image, in pixels: what the cnn's kernels need


class Encoding(NamedTuple):
    """How observations become a network's inputs."""

    shape: tuple[int, ...]  # (numbers,), or (channels, height, width) of an image
    dtype: np.dtype[Any]  # float32, or uint8 of an image
    encode: Callable[[Any], NDArray[Any]]  # an observation of the environment as an array of `shape`


def encoding_of(space: gym.Space[Any], network: str) -> Encoding:
    """The encoding for `network`, mlp or cnn. ValueError, which says what is allowed, if the space does not fit it."""
    return _image(space) if network == "cnn" else _flat(space)


def _flat(space: gym.Space[Any]) -> Encoding:
    """Numbers one after the other, whole numbers of a known range one-hot: Gymnasium's `flatten`."""
    unfit = _without_fixed_size(space)
    if unfit is not None:
        raise ValueError(f"environments whose observations have a fixed number of numbers; this one has {unfit}")
    shape = (gym.spaces.flatdim(space),)
    if isinstance(space, gym.spaces.Box):  # most environments: without the detour over `flatten`
        return Encoding(shape, np.dtype(np.float32), lambda seen: np.asarray(seen, np.float32).reshape(shape))

    def encode(seen: Any) -> NDArray[Any]:
        return np.asarray(gym.spaces.flatten(space, seen), dtype=np.float32)

    return Encoding(shape, np.dtype(np.float32), encode)


def _without_fixed_size(space: gym.Space[Any]) -> str | None:
    """The first part of the space that Gymnasium cannot flatten into a fixed number of numbers, described."""
    if isinstance(space, gym.spaces.Dict | gym.spaces.Tuple):
        parts = space.items() if isinstance(space, gym.spaces.Dict) else enumerate(space)
        return next((f"{key!r}: {found}" for key, part in parts if (found := _without_fixed_size(part))), None)
    try:
        gym.spaces.flatdim(space)
    except (NotImplementedError, ValueError):
        return described(space)
    return None


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
        return np.asarray(seen, np.uint8).transpose(axes).reshape(shape)

    return Encoding(shape, np.dtype(np.uint8), encode)
