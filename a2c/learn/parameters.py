"""The parameters of every lane, in one flat array."""

import math

import torch
from torch import Tensor

ALIGNMENT = 64  # numbers; whole vector registers, so that no element is ever computed by a loop's scalar remainder


class Parameters:
    """Named tensors [lanes, *shape]: views of `by_lane`, [lanes, numbers], where a lane's stand one after the other.

    An optimiser steps `flat`, all of it as one tensor, element by element: lanes cannot touch each other.
    """

    def __init__(self, shapes: dict[str, tuple[int, ...]], n_lanes: int, device: torch.device) -> None:
        sizes = [math.prod(shape) for shape in shapes.values()]
        room = [math.ceil(size / ALIGNMENT) * ALIGNMENT for size in sizes]
        self.by_lane = torch.zeros(n_lanes, sum(room), device=device)
        self.flat = self.by_lane.view(-1)
        self.named: dict[str, Tensor] = {}
        start = 0
        for (name, shape), size, taken in zip(shapes.items(), sizes, room, strict=True):
            self.named[name] = self.by_lane[:, start : start + size].unflatten(1, shape)
            start += taken

    def norms(self) -> Tensor:
        """The global Euclidean norm of each lane, [lanes]."""
        return torch.linalg.vector_norm(self.by_lane, dim=1)

    def scale(self, factors: Tensor) -> None:
        """Multiply each lane by its factor, [lanes]."""
        self.by_lane.mul_(factors[:, None])
