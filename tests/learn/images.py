"""CNNs on random images, and the same networks built from torch.nn's layers."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from a2c.config import Configuration
from a2c.envs import DiscreteActions, Facts
from a2c.learn.networks.cnn import CNN
from a2c.learn.parameters import Parameters

ARTICLE = (4, 84, 84)
CPU = torch.device("cpu")


def made(
    seeds: Sequence[int], shape: tuple[int, int, int] = ARTICLE, n_actions: int = 6, **fields: Any
) -> tuple[CNN, Parameters]:
    """A network for images of `shape` [frames, height, width] with each lane's initial weights."""
    configuration = Configuration(network="cnn", **{"conv_channels": (5, 6, 7), "hidden_sizes": (9,), **fields})
    network = CNN(configuration, Facts(shape, DiscreteActions(n_actions), None, 1))
    parameters = Parameters(network.shapes, len(seeds), CPU)
    network.initialise(parameters, seeds)
    return network, parameters


def some_images(n_lanes: int, n_rows: int, shape: tuple[int, int, int], seed: int = 0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (n_lanes, n_rows, *shape), dtype=torch.uint8, generator=random)


class TorchCNN(nn.Module):
    """One lane's network in double precision. Images have torch's order: [rows, frames, height, width]."""

    def __init__(self, network: CNN, parameters: Parameters, lane: int) -> None:
        super().__init__()
        self.activation = nn.ReLU() if network.dense.relu else nn.Tanh()
        self.layers: dict[str, nn.Conv2d | nn.Linear] = {}
        for i, (kernel, stride) in enumerate([(8, 4), (4, 2), (3, 1)]):
            outputs, _, _, inputs = network.shapes[f"conv.{i}.weight"]
            self.layers[f"conv.{i}"] = nn.Conv2d(inputs, outputs, kernel, stride)
        for i, (inputs, outputs) in enumerate(pairwise(network.dense.columns["shared"])):
            self.layers[f"shared.{i}"] = nn.Linear(inputs, outputs)
        self.all = nn.ModuleList(self.layers.values()).double()
        for name, layer in self.layers.items():
            for kind, tensor in (("weight", layer.weight), ("bias", layer.bias)):
                tensor.data = self._as_torch(parameters.named[f"{name}.{kind}"][lane]).double()

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [rows, actions] and values [rows]."""
        *before, head = self.layers.values()
        x = images.double() / 255
        for layer in before:
            if isinstance(layer, nn.Linear) and x.ndim == 4:
                x = x.permute(0, 2, 3, 1).flatten(1)  # ours has channels last
            x = self.activation(layer(x))
        x = head(x)
        return x[:, :-1], x[:, -1]

    def held(self, what: str) -> dict[str, Tensor]:
        """`weight` or `grad` of every layer, with our names and layout."""
        found = {}
        for name, layer in self.layers.items():
            for kind, tensor in (("weight", layer.weight), ("bias", layer.bias)):
                found[f"{name}.{kind}"] = self._as_ours(name, tensor.grad if what == "grad" else tensor.detach())
        return found

    @staticmethod
    def _as_torch(tensor: Tensor) -> Tensor:
        if tensor.ndim == 4:
            return tensor.permute(0, 3, 1, 2).contiguous()
        return tensor[0] if tensor.shape[0] == 1 else tensor.T.contiguous() if tensor.ndim == 2 else tensor

    @staticmethod
    def _as_ours(name: str, tensor: Tensor) -> Tensor:
        if tensor.ndim == 4:
            return tensor.permute(0, 2, 3, 1)
        if tensor.ndim == 2:
            return tensor.T
        return tensor[None] if name.startswith("shared") else tensor


def assert_close(ours: Tensor, theirs: Tensor, what: str = "") -> None:
    """Compare to the accuracy of float32, which depends on the largest numbers of a sum."""
    atol = 1e-5 * float(theirs.abs().max())
    torch.testing.assert_close(ours.double(), theirs, rtol=1e-4, atol=atol, msg=lambda told: f"{what}: {told}")
