"""The network for flat observations: an MLP for all lanes at once, with its backward pass written out.

The update uses the activations of the rollout again: the weights do not change in between, so a second forward pass
would compute the same numbers. What remains of backpropagation is the chain rule, layer by layer.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from a2c import streams
from a2c.config import Configuration
from a2c.envs import ActionSpace
from a2c.learn.networks.network import FLOAT_BYTES, Kept, MultiplyAdds, Output
from a2c.learn.parameters import Parameters
from a2c.learn.shapes import expect_rank, expect_shape

LINE = 64  # bytes of a cache line, and of the widest vector register


class MLP:
    """Hidden layers and two heads: the policy's logits and the state's value.

    With a shared trunk there is one column of layers, whose last one holds both heads side by side; otherwise policy
    and value have a column each. Weights are [lanes, inputs, outputs], biases [lanes, 1, outputs].

    The last outputs of a Gaussian policy, the log deviations, are parameters of their own, `log_std`: no observation
    changes them.
    """

    def __init__(self, configuration: Configuration, n_inputs: int, space: ActionSpace) -> None:
        self.width = space.width  # of the policy's outputs
        self.n_constants = math.prod(space.shape) if space.kind == "gaussian" else 0
        varying = self.varying = self.width - self.n_constants
        heads = {"shared": varying + 1} if configuration.shared_trunk else {"policy": varying, "value": 1}
        self.columns = {head: [n_inputs, *configuration.hidden_sizes, outputs] for head, outputs in heads.items()}
        self.relu = configuration.activation == "relu"
        self.init, self.log_std_init = configuration.init, configuration.log_std_init
        self.shapes: dict[str, tuple[int, ...]] = {}
        for column, widths in self.columns.items():
            for layer, (inputs, outputs) in enumerate(pairwise(widths)):
                self.shapes[f"{column}.{layer}.weight"] = (inputs, outputs)
                self.shapes[f"{column}.{layer}.bias"] = (1, outputs)
        if self.n_constants:
            self.shapes["log_std"] = (1, self.n_constants)

    @property
    def trunk(self) -> list[str]:
        head = f"shared.{len(self.columns.get('shared', ())) - 2}."
        return [name for name in self.shapes if name.startswith("shared.") and not name.startswith(head)]

    @property
    def multiply_adds(self) -> MultiplyAdds:
        return MultiplyAdds(sum(map(math.prod, self.shapes.values())), 0)

    @property
    def kept_bytes(self) -> int:
        return FLOAT_BYTES * sum(width for widths in self.columns.values() for width in widths[:-1])

    def initialise(self, parameters: Parameters, seeds: Sequence[int]) -> None:
        """Draw each lane's initial weights from its own stream."""
        for lane, seed in enumerate(seeds):
            generator = streams.generator(seed, "weights")
            for column, widths in self.columns.items():
                for layer, (inputs, outputs) in enumerate(pairwise(widths)):
                    is_head = layer == len(widths) - 2
                    weight, bias = self.initial(generator, inputs, outputs, column if is_head else "hidden")
                    parameters.named[f"{column}.{layer}.weight"][lane] = torch.from_numpy(weight)
                    parameters.named[f"{column}.{layer}.bias"][lane, 0] = torch.from_numpy(bias)
        if self.n_constants:
            parameters.named["log_std"].fill_(self.log_std_init)

    def initial(
        self, generator: np.random.Generator, inputs: int, outputs: int, role: str
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weights [inputs, outputs] and biases [outputs] of a layer; `role`: "hidden" or the head's column."""
        if self.init == "torch":  # torch.nn.Linear: uniform within 1 / sqrt(inputs), weights and biases alike
            bound = 1 / math.sqrt(inputs)
            return generator.uniform(-bound, bound, (inputs, outputs)), generator.uniform(-bound, bound, outputs)
        parts = {
            "hidden": [(outputs, math.sqrt(2))],
            "policy": [(outputs, 0.01)],
            "value": [(outputs, 1.0)],
            "shared": [(self.varying, 0.01), (1, 1.0)],
        }[role]
        weights = [gain * _orthogonal(generator, inputs, width) for width, gain in parts]
        return np.concatenate(weights, axis=1), np.zeros(outputs)

    def forward(self, parameters: Parameters, observations: Tensor) -> Output:
        """Outputs for `observations`, [lanes, rows, inputs]."""
        expect_rank("observations", observations, "lanes rows inputs")
        outputs, kept = [], []
        for column, widths in self.columns.items():
            x, inputs = observations, []
            for layer in range(len(widths) - 1):
                if layer > 0:
                    x = self.activate(x)
                inputs.append(x)
                x = _affine(x, parameters.named[f"{column}.{layer}.weight"], parameters.named[f"{column}.{layer}.bias"])
            outputs.append(x)
            kept.append(inputs)
        joined = outputs[0] if len(outputs) == 1 else torch.cat(outputs, dim=2)
        logits, values = joined[..., : self.varying], joined[..., self.varying]
        if self.n_constants:
            logits = torch.cat([logits, parameters.named["log_std"].expand(-1, logits.shape[1], -1)], dim=2)
        return Output(logits, values, kept)

    def backward(
        self, parameters: Parameters, gradients: Parameters, kept: Kept, d_logits: Tensor, d_values: Tensor
    ) -> list[Tensor]:
        """Fill `gradients` from the loss's derivatives by the outputs.

        `d_logits`: [lanes, rows, width]; `d_values`: [lanes, rows]; `kept`: of `forward` on the same rows.
        Returns the derivatives by the first layer's outputs in each column, for layers before this network.
        """
        expect_shape("d_values", d_values, *kept[0][0].shape[:2])
        expect_shape("d_logits", d_logits, *d_values.shape, self.width)
        if self.n_constants:
            torch.sum(d_logits[..., self.varying :], dim=1, keepdim=True, out=gradients.named["log_std"])
        d_first = []
        d_outputs = [d_logits[..., : self.varying], d_values[..., None]]
        if len(self.columns) == 1:
            d_outputs = [torch.cat(d_outputs, dim=2)]
        for (column, widths), inputs, d in zip(self.columns.items(), kept, d_outputs, strict=True):
            for layer in reversed(range(len(widths) - 1)):
                x = inputs[layer]
                weight = parameters.named[f"{column}.{layer}.weight"]
                _weight_gradient(x, d, out=gradients.named[f"{column}.{layer}.weight"])
                torch.sum(d, dim=1, keepdim=True, out=gradients.named[f"{column}.{layer}.bias"])
                if layer > 0:
                    d = self.through(product(d, weight.transpose(1, 2)), x)
            d_first.append(d)
        return d_first

    def activate(self, x: Tensor) -> Tensor:
        """The activation function, in place."""
        return x.relu_() if self.relu else x.tanh_()

    def through(self, d: Tensor, x: Tensor) -> Tensor:
        """The loss's derivative by an activation function's input, from that by its output `x`; changes `d`."""
        d *= x.sign() if self.relu else 1 - x * x  # the sign is 0 or 1 after a ReLU
        return d


def product(a: Tensor, b: Tensor) -> Tensor:
    """Matrix products lane by lane, [lanes, rows, inner] by [lanes, inner, columns]."""
    return torch.bmm(aligned(a), b, out=_room(a, a.shape[1], b.shape[2]))


def aligned(x: Tensor) -> Tensor:
    """`x`, [lanes, ...], copied if need be so that every lane begins where one that is alone does.

    What BLAS does with a matrix, and so its last bits, may depend on where it begins in memory; here that would be a
    matter of the lanes before it. New tensors begin at a multiple of 64 bytes.
    """
    lanes_fit = len(x) == 1 or x.stride(0) * x.element_size() % LINE == 0
    return x if lanes_fit and x.data_ptr() % LINE == 0 else _room(x, *x.shape[1:]).copy_(x)


def _room(like: Tensor, *shape: int) -> Tensor:
    """An empty tensor [lanes, *shape], aligned."""
    size, step = math.prod(shape), LINE // like.element_size()
    return like.new_empty(len(like), math.ceil(size / step) * step)[:, :size].unflatten(1, shape)


def _affine(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if weight.shape[2] == 1:  # BLAS takes another path for one column of one lane: its bits would depend on the lanes
        return (x * weight.transpose(1, 2)).sum(dim=2, keepdim=True) + bias
    return torch.baddbmm(bias, aligned(x), weight, out=_room(x, x.shape[1], weight.shape[2]))


def _weight_gradient(x: Tensor, d: Tensor, out: Tensor) -> None:
    if d.shape[2] == 1:
        torch.sum(x * d, dim=1, out=out[..., 0])
    else:
        torch.bmm(aligned(x).transpose(1, 2), aligned(d), out=out)


def _orthogonal(generator: np.random.Generator, inputs: int, outputs: int) -> NDArray[np.float64]:
    """Orthonormal rows or columns, uniform over such matrices: QR of normal draws, signs fixed (Saxe et al. 2014)."""
    tall = generator.standard_normal((max(inputs, outputs), min(inputs, outputs)))
    q, r = np.linalg.qr(tall)
    q *= np.sign(np.diag(r))
    return q if inputs >= outputs else q.T
