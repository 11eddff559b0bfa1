"""Where the core keeps its weights, and the same by name.

A hidden layer's weights lie in panels of 16 outputs, [panel][input][16]; a head's by output, [output][inputs padded to
16]; biases padded to 16. One layer after the other, the columns one after the other. What is padded is 0.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from a2c.core.settings import Settings

PANEL = 16

Floats = NDArray[np.float32]


def _layers(settings: Settings) -> Iterator[tuple[str, int, int, bool]]:
    """Name, inputs, outputs of each layer in the order of the flat parameters; and is it a head?"""
    heads = {"shared": settings.n_outputs + 1}
    if not settings.shared_trunk:
        heads = {"policy": settings.n_outputs, "value": 1}
    for column, outputs in heads.items():
        widths = [settings.n_observation, *settings.hidden_sizes, outputs]
        for layer, (before, after) in enumerate(pairwise(widths)):
            yield f"{column}.{layer}", before, after, layer == len(widths) - 2


def shapes(settings: Settings) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights and biases by name, as `unpack` gives them."""
    found: dict[str, tuple[int, ...]] = {}
    for name, inputs, outputs, _ in _layers(settings):
        found[f"{name}.weight"], found[f"{name}.bias"] = (inputs, outputs), (1, outputs)
    return found


def _padded(n: int) -> int:
    return math.ceil(n / PANEL) * PANEL


def _views(settings: Settings, flat: Floats) -> Iterator[tuple[str, Floats]]:
    """Every weight [inputs, outputs] and bias [1, outputs] as a view, padding included."""
    at = 0
    for name, inputs, outputs, is_head in _layers(settings):
        rows, columns = (_padded(inputs), outputs) if is_head else (inputs, _padded(outputs))
        part = flat[at : at + rows * columns]
        if is_head:
            yield f"{name}.weight", part.reshape(columns, rows).T[:inputs]
        else:
            yield f"{name}.weight", part.reshape(columns // PANEL, rows, PANEL).transpose(1, 0, 2)
        at += rows * columns
        yield f"{name}.bias", flat[at : at + outputs][None]
        at += _padded(outputs)


def unpack(settings: Settings, flat: Floats) -> dict[str, Floats]:
    """The flat parameters (or their gradient) by name: `shared.0.weight` [inputs, outputs], ..."""
    outputs = {name: after for name, _, after, _ in _layers(settings)}
    return {
        name: view.reshape(len(view), -1)[:, : outputs[name.rpartition(".")[0]]].copy()
        for name, view in _views(settings, flat)
    }


def pack(settings: Settings, named: Mapping[str, Floats], flat: Floats) -> None:
    """The inverse of `unpack`, into `flat`."""
    for name, view in _views(settings, flat):
        values = np.zeros((len(view), math.prod(view.shape[1:])), dtype=np.float32)
        values[:, : named[name].shape[1]] = named[name]
        view[...] = values.reshape(view.shape)
