"""The three optimisers. All act element by element, so one step of the flat parameters steps every lane by itself."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from a2c.config import Configuration

CHUNK = 1 << 16  # numbers stepped at a time: what stays in a core's cache between one operation and the next
SMALLEST = 1e-36  # its root is lost beside any epsilon; the root of exactly 0 takes a CPU's library ten times as long


class RMSprop(torch.optim.Optimizer):
    """RMSprop as PyTorch has it, or as TensorFlow 1 had it, which A2C was first published with.

        PyTorch      s <- alpha s + (1 - alpha) g^2, starting at 0;   p <- p - learning_rate g / (sqrt(s) + eps)
        TensorFlow   the same, starting at 1;                         p <- p - learning_rate g / sqrt(s + eps)

    The first steps of PyTorch's are larger. Its own implementation gives the same bits, and needs three times as long.
    """

    def __init__(self, parameters: list[Tensor], lr: float, alpha: float, eps: float, as_tensorflow: bool) -> None:
        super().__init__(parameters, {"lr": lr, "alpha": alpha, "eps": eps})
        self.as_tensorflow = as_tensorflow
        for parameter in parameters:
            self.state[parameter]["square_avg"] = torch.full_like(parameter, float(as_tensorflow))

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                whole = (parameter, parameter.grad, self.state[parameter]["square_avg"])
                for part, gradient, square in zip(*(tensor.split(CHUNK) for tensor in whole), strict=True):
                    square.mul_(group["alpha"]).addcmul_(gradient, gradient, value=1 - group["alpha"])
                    part.addcdiv_(gradient, self._divisor(square, group["eps"]), value=-group["lr"])

    def _divisor(self, square: Tensor, eps: float) -> Tensor:
        if self.as_tensorflow:
            return square.add(eps).sqrt_()
        return square.clamp(min=SMALLEST).sqrt_().add_(eps)


def make(configuration: Configuration, flat: Tensor, gradient: Tensor) -> torch.optim.Optimizer:
    """The configured optimiser of `flat`, which takes its gradient from the tensor `gradient`."""
    flat.grad = gradient
    shared: dict[str, Any] = {"lr": configuration.learning_rate, "eps": configuration.optimizer_eps}
    if configuration.optimizer == "adam":
        return torch.optim.Adam([flat], fused=True, **shared)
    as_tensorflow = configuration.optimizer == "rmsprop_tf"
    return RMSprop([flat], alpha=configuration.rmsprop_alpha, as_tensorflow=as_tensorflow, **shared)
