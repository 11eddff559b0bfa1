"""Telling one observation from a batch of them, and taking a batch apart."""

from typing import Any

import gymnasium as gym
import numpy as np


def rows_of(space: gym.Space[Any], observations: Any) -> tuple[list[Any], bool]:
    """The observations as a list, and whether there was a batch of them.

    A batch is what Gymnasium's vector environments give: arrays with one more axis in front, in Dict and Tuple spaces
    in each part. ValueError if the shape is neither that of one observation nor that of a batch.
    """
    part, seen = _first_part(space, observations)
    if not _is_batch(part, seen):
        return [observations], False
    return [_row(space, observations, i) for i in range(len(seen))], True


def _first_part(space: gym.Space[Any], seen: Any) -> tuple[gym.Space[Any], Any]:
    """The first space without parts, and what was seen of it."""
    if isinstance(space, gym.spaces.Dict):
        key = next(iter(space))
        return _first_part(space[key], seen[key])
    if isinstance(space, gym.spaces.Tuple):
        return _first_part(space[0], seen[0])
    return space, seen


def _is_batch(space: gym.Space[Any], seen: Any) -> bool:
    if space.shape is None:  # such as Text
        return not space.contains(seen)
    shape = np.shape(seen)
    if shape != space.shape and (not shape or shape[1:] != space.shape):
        raise ValueError(f"observation: shape {shape}, not {space.shape} or, of a batch, {('n', *space.shape)}")
    return shape != space.shape


def _row(space: gym.Space[Any], seen: Any, i: int) -> Any:
    """Observation `i` of a batch."""
    if isinstance(space, gym.spaces.Dict):
        return {key: _row(part, seen[key], i) for key, part in space.items()}
    if isinstance(space, gym.spaces.Tuple):
        return tuple(_row(part, of_part, i) for part, of_part in zip(space, seen, strict=True))
    return seen[i]
