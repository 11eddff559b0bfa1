"""Where the core keeps its weights, and the same by name.

A hidden layer's weights lie in panels of 16 outputs, [panel][input][16]; a head's by output, [output][inputs padded to
16]; biases padded to 16. One layer after the other, the columns one after the other. What is padded is 0.

Of a Gaussian policy the head has outputs for the log deviations, behind those for the means: biases, whose weights are
0. By name they are `log_std`, and the head has no columns for them.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from a2c.core.settings import Settings

PANEL = 16
LOG_STD = "log_std"
MOMENTS = (
    "observations.mean",
    "observations.variance",
)  # of observations, among a lane's weights

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


def _n_constants(settings: Settings) -> int:
    """Outputs of the policy that are biases alone."""
    return settings.action_size if settings.actions == "gaussian" else 0


def _policy_head(settings: Settings) -> str:
    """The name of the layer that the policy's outputs come from."""
    return f"{'shared' if settings.shared_trunk else 'policy'}.{len(settings.hidden_sizes)}"


def shapes(settings: Settings) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights and biases by name, as `unpack` gives them."""
    found: dict[str, tuple[int, ...]] = {}
    for name, inputs, outputs, _ in _layers(settings):
        named = outputs - (_n_constants(settings) if name == _policy_head(settings) else 0)
        found[f"{name}.weight"], found[f"{name}.bias"] = (inputs, named), (1, named)
    if constants := _n_constants(settings):
        found[LOG_STD] = (1, constants)
    if settings.normalize_observations:
        found |= dict.fromkeys(MOMENTS, (1, settings.n_observation))
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
    named = {
        name: view.reshape(len(view), -1)[:, : outputs[name.rpartition(".")[0]]].copy()
        for name, view in _views(settings, flat)
    }
    if constants := _n_constants(settings):
        columns = slice(settings.n_outputs - constants, settings.n_outputs)
        head = _policy_head(settings)
        named[LOG_STD] = named[f"{head}.bias"][:, columns]
        for name in (f"{head}.weight", f"{head}.bias"):
            named[name] = np.delete(named[name], columns, axis=1)
    return named


def pack(settings: Settings, named: Mapping[str, Floats], flat: Floats) -> None:
    """The inverse of `unpack`, into `flat`."""
    named = dict(named)
    if constants := _n_constants(settings):
        head, before = _policy_head(settings), settings.n_outputs - constants
        weight, bias = named[f"{head}.weight"], named[f"{head}.bias"]
        named[f"{head}.weight"] = np.insert(weight, [before] * constants, 0, axis=1)
        named[f"{head}.bias"] = np.concatenate([bias[:, :before], named[LOG_STD], bias[:, before:]], axis=1)
    for name, view in _views(settings, flat):
        values = np.zeros((len(view), math.prod(view.shape[1:])), dtype=np.float32)
        values[:, : named[name].shape[1]] = named[name]
        view[...] = values.reshape(view.shape)
