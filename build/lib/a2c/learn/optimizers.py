"""The three optimisers. All act element by element, so one step of the flat parameters steps every lane by itself."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from a2c.config import Configuration


class RMSpropTF(torch.optim.Optimizer):
    """RMSprop as TensorFlow 1 had it, which A2C was first published with.

        s <- alpha s + (1 - alpha) g^2, starting at 1;   p <- p - learning_rate g / sqrt(s + eps)

    PyTorch's starts s at 0 and divides by sqrt(s) + eps: its first steps are larger.
    """

    def __init__(self, parameters: list[Tensor], lr: float, alpha: float, eps: float) -> None:
        super().__init__(parameters, {"lr": lr, "alpha": alpha, "eps": eps})
        for parameter in parameters:
            self.state[parameter]["square_avg"] = torch.ones_like(parameter)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                gradient, square = parameter.grad, self.state[parameter]["square_avg"]
                square.mul_(group["alpha"]).addcmul_(gradient, gradient, value=1 - group["alpha"])
                parameter.addcdiv_(gradient, square.add(group["eps"]).sqrt_(), value=-group["lr"])


def make(configuration: Configuration, flat: Tensor, gradient: Tensor) -> torch.optim.Optimizer:
    """The configured optimiser of `flat`, which takes its gradient from the tensor `gradient`."""
    flat.grad = gradient
    shared: dict[str, Any] = {"lr": configuration.learning_rate, "eps": configuration.optimizer_eps}
    if configuration.optimizer == "adam":
        return torch.optim.Adam([flat], fused=True, **shared)
    if configuration.optimizer == "rmsprop":
        return torch.optim.RMSprop([flat], alpha=configuration.rmsprop_alpha, **shared)
    return RMSpropTF([flat], alpha=configuration.rmsprop_alpha, **shared)
