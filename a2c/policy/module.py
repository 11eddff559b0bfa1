"""A trained policy as an ordinary PyTorch module."""

from collections.abc import Mapping
from itertools import count

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from a2c.config import Configuration
from a2c.core.layout import MOMENTS
from a2c.envs import Facts
from a2c.learn.networks.cnn import STRIDES
from a2c.learn.normalization import EPSILON, LIMIT

Floats = NDArray[np.float32]


class PolicyModule(nn.Module):
    """Observations in, outputs of the policy and values of the states out.

    `state_dict` has the names of `weights.npz`; a weight is transposed, as `torch.nn` has outputs first. The moments of
    normalised observations are buffers: training this module does not change them.
    """

    def __init__(self, configuration: Configuration, facts: Facts, weights: Mapping[str, Floats]) -> None:
        super().__init__()
        self.activation = torch.relu if configuration.activation == "relu" else torch.tanh
        self.conv = nn.ModuleList(_convolutions(weights))
        columns = ("shared",) if configuration.shared_trunk else ("policy", "value")
        self.columns = columns
        for column in columns:
            self.add_module(column, nn.ModuleList(_layers(weights, column)))
        self.log_std = nn.Parameter(_tensor(weights["log_std"])) if "log_std" in weights else None
        self.normalizes = configuration.normalize_observations
        if self.normalizes:
            mean, variance = (_tensor(weights[name]) for name in MOMENTS)
            self.observation_mean = nn.Buffer(mean)
            self.observation_deviation = nn.Buffer((variance.double() + EPSILON).sqrt().float())

    def forward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs [n, width] and values [n] for `observations`, [n, numbers] or [n, channels, height, width]."""
        seen = self._convolved(observations) if self.conv else self._normalised(observations.float())
        parts = [self._through(column, seen) for column in self.columns]
        joined = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
        outputs, values = joined[:, :-1], joined[:, -1]
        if self.log_std is not None:
            outputs = torch.cat([outputs, self.log_std.expand(len(outputs), -1)], dim=1)
        return outputs, values

    def _normalised(self, observations: Tensor) -> Tensor:
        if not self.normalizes:
            return observations
        return ((observations - self.observation_mean) / self.observation_deviation).clamp(-LIMIT, LIMIT)

    def _convolved(self, images: Tensor) -> Tensor:
        """Activations after the convolutions, [n, numbers], channels last as the dense layers' weights expect."""
        x = images.float() / 255
        for layer in self.conv:
            x = self.activation(layer(x))
        return x.permute(0, 2, 3, 1).flatten(1)

    def _through(self, column: str, x: Tensor) -> Tensor:
        """The outputs of a column's last layer."""
        layers = self.get_submodule(column)
        assert isinstance(layers, nn.ModuleList)
        for number, layer in enumerate(layers):
            x = layer(self.activation(x) if number > 0 else x)
        return x


def _layers(weights: Mapping[str, Floats], column: str) -> list[nn.Linear]:
    layers: list[nn.Linear] = []
    for number in count():
        if f"{column}.{number}.weight" not in weights:
            return layers
        weight, bias = (_tensor(weights[f"{column}.{number}.{part}"]) for part in ("weight", "bias"))
        layer = nn.Linear(*weight.shape)
        layer.weight = nn.Parameter(weight.T.contiguous())
        layer.bias = nn.Parameter(bias[0].clone())
        layers.append(layer)
    return layers


def _convolutions(weights: Mapping[str, Floats]) -> list[nn.Conv2d]:
    layers = []
    for number, stride in enumerate(STRIDES if "conv.0.weight" in weights else ()):
        weight, bias = (_tensor(weights[f"conv.{number}.{part}"]) for part in ("weight", "bias"))
        weight = weight.permute(0, 3, 1, 2).contiguous()  # [outputs, inputs, height, width]
        layer = nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2], stride)
        layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(bias)
        layers.append(layer)
    return layers


def _tensor(array: Floats) -> Tensor:
    return torch.from_numpy(array.copy())
