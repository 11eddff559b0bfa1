"""The three optimisers. All act element by element, so one step of the flat parameters steps every lane by itself.

A learning rate may be a number or a tensor, which a CUDA graph reads anew whenever it is replayed.
They do without `torch.optim.Optimizer`, which imports PyTorch's compiler: half of the time that a start takes.
"""

import torch
from torch import Tensor
from torch.optim.adam import adam

from a2c.config import Configuration

CHUNK = 1 << 16  # numbers stepped at a time: what stays in a core's cache between one operation and the next
SMALLEST = 1e-36  # its root is lost beside any epsilon; the root of exactly 0 takes a CPU's library ten times as long


class Adam:
    """Adam (Kingma and Ba 2015, algorithm 1), by PyTorch's function: its bits are those of `torch.optim.Adam`."""

    learning_rate: float | Tensor

    def __init__(self, flat: Tensor, gradient: Tensor, learning_rate: float, eps: float) -> None:
        self.flat, self.gradient = flat, gradient
        self.learning_rate, self.eps = learning_rate, eps
        self.state = {
            "step": torch.zeros((), device=flat.device),
            "exp_avg": torch.zeros_like(flat),
            "exp_avg_sq": torch.zeros_like(flat),
        }

    @torch.no_grad()
    def step(self) -> None:
        """Move `flat` by one step along `gradient`."""
        steps, mean, square = ([self.state[name]] for name in ("step", "exp_avg", "exp_avg_sq"))
        adam(
            [self.flat], [self.gradient], mean, square, [], steps, fused=True, amsgrad=False, beta1=0.9, beta2=0.999,
            lr=self.learning_rate, weight_decay=0.0, eps=self.eps, maximize=False,
        )  # fmt: skip


class RMSprop:
    """RMSprop as PyTorch has it, or as TensorFlow 1 had it, which A2C was first published with.

        PyTorch      s <- alpha s + (1 - alpha) g^2, starting at 0;   p <- p - learning_rate g / (sqrt(s) + eps)
        TensorFlow   the same, starting at 1;                         p <- p - learning_rate g / sqrt(s + eps)

    The first steps of PyTorch's are larger. Its own implementation gives the same bits, and needs three times as long.
    """

    learning_rate: float | Tensor

    def __init__(
        self, flat: Tensor, gradient: Tensor, learning_rate: float, eps: float, alpha: float, as_tensorflow: bool
    ) -> None:
        self.flat, self.gradient = flat, gradient
        self.learning_rate, self.eps, self.alpha, self.as_tensorflow = learning_rate, eps, alpha, as_tensorflow
        self.state = {"square_avg": torch.full_like(flat, float(as_tensorflow))}

    @torch.no_grad()
    def step(self) -> None:
        """Move `flat` by one step along `gradient`."""
        whole = (self.flat, self.gradient, self.state["square_avg"])
        chunk = CHUNK if self.flat.device.type == "cpu" else self.flat.numel()
        for part, gradient, square in zip(*(tensor.split(chunk) for tensor in whole), strict=True):
            square.mul_(self.alpha).addcmul_(gradient, gradient, value=1 - self.alpha)
            self._move(part, gradient, self._divisor(square))

    def _move(self, part: Tensor, gradient: Tensor, divisor: Tensor) -> None:
        if isinstance(self.learning_rate, Tensor):
            part.sub_(gradient.div(divisor).mul_(self.learning_rate))
        else:
            part.addcdiv_(gradient, divisor, value=-self.learning_rate)

    def _divisor(self, square: Tensor) -> Tensor:
        if self.as_tensorflow:
            return square.add(self.eps).sqrt_()
        return square.clamp(min=SMALLEST).sqrt_().add_(self.eps)


def make(configuration: Configuration, flat: Tensor, gradient: Tensor) -> Adam | RMSprop:
    """The configured optimiser of `flat`, which takes its gradient from the tensor `gradient`."""
    learning_rate, eps = configuration.learning_rate, configuration.optimizer_eps
    if configuration.optimizer == "adam":
        return Adam(flat, gradient, learning_rate, eps)
    as_tensorflow = configuration.optimizer == "rmsprop_tf"
    return RMSprop(flat, gradient, learning_rate, eps, configuration.rmsprop_alpha, as_tensorflow)
