"""The network for images: three convolutions, then the hidden layers and heads of the MLP.

As the article has it, and as Mnih et al. (2015) had it: x / 255, channels 32-64-64, 512 hidden units. Images and
activations are [rows, height, width, channels] in memory ("channels last"), the order that CPUs convolve quickest.
Lanes are convolved one after the other: each is computed as if it were alone, and there is nothing to gain together.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import conv2d

from a2c import streams
from a2c.config import Configuration
from a2c.envs import Facts
from a2c.learn.networks.mlp import MLP, product
from a2c.learn.networks.network import FLOAT_BYTES, Kept, MultiplyAdds, Output
from a2c.learn.parameters import Parameters
from a2c.learn.shapes import expect_rank

KERNELS, STRIDES = (8, 4, 3), (4, 2, 1)


class CNN:
    """Weights of convolutions are [lanes, outputs, height, width, inputs]; those of the other layers as in the MLP."""

    def __init__(self, configuration: Configuration, facts: Facts) -> None:
        planes, height, width = facts.observation_shape  # frames of Atari, colours
        channels = (planes, *configuration.conv_channels)
        self.images = image_sizes(height, width, channels)
        self.convolved = self.images[-1]
        self._by_products = configuration.device != "cpu"
        self.dense = MLP(configuration, math.prod(self.convolved), facts.action_space)
        self.shapes: dict[str, tuple[int, ...]] = {}
        for layer, (kernel, (inputs, outputs)) in enumerate(zip(KERNELS, pairwise(channels), strict=True)):
            self.shapes[f"conv.{layer}.weight"] = (outputs, kernel, kernel, inputs)
            self.shapes[f"conv.{layer}.bias"] = (outputs,)
        self.shapes |= self.dense.shapes

    @property
    def trunk(self) -> list[str]:
        return [*(name for name in self.shapes if name.startswith("conv.")), *self.dense.trunk]

    @property
    def multiply_adds(self) -> MultiplyAdds:
        kernels = [self.shapes[f"conv.{layer}.weight"] for layer in range(len(KERNELS))]
        places = [height * width for height, width, _ in self.images[1:]]
        convolutions = sum(number * math.prod(kernel) for number, kernel in zip(places, kernels, strict=True))
        return MultiplyAdds(self.dense.multiply_adds.dense, convolutions)

    @property
    def kept_bytes(self) -> int:
        return self.dense.kept_bytes + FLOAT_BYTES * sum(map(math.prod, self.images[:-1]))  # the last one is the MLP's

    def initialise(self, parameters: Parameters, seeds: Sequence[int]) -> None:
        """Draw each lane's initial weights: those of the convolutions from a stream of their own."""
        for lane, seed in enumerate(seeds):
            generator = streams.generator(seed, "convolutions")
            for layer in range(len(KERNELS)):
                outputs, *patch = self.shapes[f"conv.{layer}.weight"]
                weight, bias = self.dense.initial(generator, math.prod(patch), outputs, "hidden")
                parameters.named[f"conv.{layer}.weight"][lane] = torch.from_numpy(weight.T.reshape(outputs, *patch))
                parameters.named[f"conv.{layer}.bias"][lane] = torch.from_numpy(bias)
        self.dense.initialise(parameters, seeds)

    def forward(self, parameters: Parameters, observations: Tensor) -> Output:
        """Outputs for `observations`: grey levels 0 to 255, [lanes, rows, frames, height, width]."""
        expect_rank("observations", observations, "lanes rows frames height width")
        lanes = [self._convolve(parameters, lane, images) for lane, images in enumerate(observations)]
        flat = torch.cat([layers.pop().flatten(2) for layers in lanes])
        output = self.dense.forward(parameters, flat)
        return Output(output.logits, output.values, [*lanes, *output.kept])

    def _convolve(self, parameters: Parameters, lane: int, images: Tensor) -> list[Tensor]:
        """One lane's scaled images and the activations after each convolution, [1, rows, height, width, channels]."""
        x = images.permute(0, 2, 3, 1).contiguous().float().div_(255)
        layers = [x[None]]
        for layer, stride in enumerate(STRIDES):
            weight = parameters.named[f"conv.{layer}.weight"][lane]
            x = _channels_last(
                conv2d(_planes(x), _planes(weight), parameters.named[f"conv.{layer}.bias"][lane], stride)
            )
            x = self.dense.activate(x)
            layers.append(x[None])
        return layers

    def backward(
        self, parameters: Parameters, gradients: Parameters, kept: Kept, d_logits: Tensor, d_values: Tensor
    ) -> None:
        """Fill `gradients` as the MLP's backward pass does; `kept` is from `forward` on the same rows."""
        n_lanes = len(d_logits)
        lanes, dense = kept[:n_lanes], kept[n_lanes:]
        (d_hidden,) = self.dense.backward(parameters, gradients, dense, d_logits, d_values)
        d_flat = product(d_hidden, parameters.named["shared.0.weight"].transpose(1, 2))
        d_flat = self.dense.through(d_flat, dense[0][0])
        for lane, inputs in enumerate(lanes):
            self._convolve_back(parameters, gradients, lane, inputs, d_flat[lane].unflatten(1, self.convolved))

    def _convolve_back(
        self, parameters: Parameters, gradients: Parameters, lane: int, inputs: list[Tensor], d: Tensor
    ) -> None:
        """`d`: the loss's derivative by the last convolution's output, [rows, height, width, channels]."""
        for layer in reversed(range(len(STRIDES))):
            weight, x = parameters.named[f"conv.{layer}.weight"][lane], inputs[layer][0]
            inner = layer > 0  # nobody needs the derivative by the images
            if self._by_products:
                d_weight, d_bias = patch_products(d, x, weight.shape[1], STRIDES[layer]), d.sum(dim=(0, 1, 2))
                d_x = _derivatives(d, x, weight, STRIDES[layer], [True, False, False])[0] if inner else d
            else:
                d_x, d_weight, d_bias = _derivatives(d, x, weight, STRIDES[layer], [inner, True, True])
            gradients.named[f"conv.{layer}.weight"][lane] = d_weight
            gradients.named[f"conv.{layer}.bias"][lane] = d_bias
            if inner:
                d = self.dense.through(d_x, x)


def _derivatives(d: Tensor, x: Tensor, weight: Tensor, stride: int, wanted: list[bool]) -> list[Tensor]:
    """Derivatives by a convolution's images, weights and biases, as far as wanted, by PyTorch's kernels."""
    *of_images, of_biases = torch.ops.aten.convolution_backward(
        _planes(d),
        _planes(x),
        _planes(weight),
        bias_sizes=[len(weight)],
        stride=[stride] * 2,
        padding=[0, 0],
        dilation=[1, 1],
        transposed=False,
        output_padding=[0, 0],
        groups=1,
        output_mask=wanted,
    )
    return [*(one if one is None else _channels_last(one) for one in of_images), of_biases]


def patch_products(d: Tensor, x: Tensor, kernel: int, stride: int) -> Tensor:
    """The derivative by a convolution's weights, [outputs, kernel, kernel, inputs], as matrix products, one an image.

    `d`: the loss's derivative by the convolution's output, [rows, height, width, outputs]; `x`: its images, [rows,
    height, width, inputs]. On a GPU: its library's own kernels that sum in a fixed order take several times as long.
    """
    patches = x.unfold(1, kernel, stride).unfold(2, kernel, stride)  # [rows, height, width, inputs, kernel, kernel]
    rows, height, width, inputs = patches.shape[:4]
    columns = patches.permute(0, 1, 2, 4, 5, 3).reshape(rows, height * width, kernel * kernel * inputs)
    products = torch.bmm(d.reshape(rows, height * width, -1).transpose(1, 2), columns)
    return products.sum(dim=0).unflatten(1, (kernel, kernel, inputs))


def image_sizes(height: int, width: int, channels: Sequence[int]) -> list[tuple[int, int, int]]:
    """Height, width and channels of an image before the first convolution and after each; 84 x 84 becomes 7 x 7."""
    images = [(height, width, channels[0])]
    for kernel, stride, outputs in zip(KERNELS, STRIDES, channels[1:], strict=True):
        height, width = ((side - kernel) // stride + 1 for side in (height, width))
        images.append((height, width, outputs))
    return images


def _planes(x: Tensor) -> Tensor:
    """[..., height, width, channels] as [..., channels, height, width], without moving anything in memory."""
    return x.permute(0, 3, 1, 2)


def _channels_last(x: Tensor) -> Tensor:
    """The way back. PyTorch keeps the order in memory, so that nothing moves here either."""
    return x.permute(0, 2, 3, 1).contiguous()
