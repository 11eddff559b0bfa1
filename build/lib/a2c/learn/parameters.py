"""The parameters of every lane, in one flat array."""

import math

import torch
from torch import Tensor

ALIGNMENT = 64  # numbers; whole vector registers, so that no element is ever computed by a loop's scalar remainder


class Parameters:
    """Named tensors [lanes, *shape], contiguous one after the other in `flat`.

    An optimiser steps the flat array as one tensor, element by element: lanes cannot touch each other.
    """

    def __init__(self, shapes: dict[str, tuple[int, ...]], n_lanes: int, device: torch.device) -> None:
        sizes = [n_lanes * math.prod(shape) for shape in shapes.values()]
        room = [math.ceil(size / ALIGNMENT) * ALIGNMENT for size in sizes]
        self.flat = torch.zeros(sum(room), device=device)
        self.named: dict[str, Tensor] = {}
        start = 0
        for (name, shape), size, taken in zip(shapes.items(), sizes, room, strict=True):
            self.named[name] = self.flat[start : start + size].view(n_lanes, *shape)
            start += taken

    def norms(self) -> Tensor:
        """The global Euclidean norm of each lane, [lanes]."""
        parts = [torch.linalg.vector_norm(tensor.flatten(1), dim=1) for tensor in self.named.values()]
        return torch.linalg.vector_norm(torch.stack(parts, dim=1), dim=1)

    def scale(self, factors: Tensor) -> None:
        """Multiply each lane by its factor, [lanes]."""
        for tensor in self.named.values():
            tensor.flatten(1).mul_(factors[:, None])
