"""The interface of a network, whatever its layers."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from a2c.learn.parameters import Parameters

FLOAT_BYTES = 4

Kept = list[list[Tensor]]  # the input of every layer of every column, each [lanes, rows, ...]


class Output(NamedTuple):
    """The outputs for each observation, and what the backward pass needs of the forward pass."""

    logits: Tensor  # [lanes, rows, width of the action space]
    values: Tensor  # [lanes, rows]
    kept: Kept


class MultiplyAdds(NamedTuple):
    """Multiply-adds of one forward pass for one observation, a bias counted as one."""

    dense: int
    convolutions: int


class Network(Protocol):
    """A policy and value network for all lanes at once, with its backward pass."""

    shapes: dict[str, tuple[int, ...]]  # of one lane's parameters, by name

    @property
    def trunk(self) -> list[str]:
        """Names of the parameters before the heads that policy and value share; none where each has a column."""

    @property
    def multiply_adds(self) -> MultiplyAdds: ...

    @property
    def kept_bytes(self) -> int:
        """Bytes that the backward pass needs of one observation: the inputs of all layers."""

    def initialise(self, parameters: Parameters, seeds: Sequence[int]) -> None:
        """Draw each lane's initial weights into `parameters`, from the streams of its seed."""

    def forward(self, parameters: Parameters, observations: Tensor) -> Output:
        """Outputs for `observations`, [lanes, rows, ...]."""

    def backward(
        self, parameters: Parameters, gradients: Parameters, kept: Kept, d_logits: Tensor, d_values: Tensor
    ) -> object:
        """Fill `gradients` from the loss's derivatives by the outputs.

        `d_logits`: [lanes, rows, width]; `d_values`: [lanes, rows]; `kept`: of `forward` on the same rows.
        """


def join(kept: Sequence[Kept]) -> Kept:
    """The kept activations of several forward passes as if of one, rows one after the other."""
    return [[torch.cat(layer, dim=1) for layer in zip(*column, strict=True)] for column in zip(*kept, strict=True)]
