"""The network for images: its passes compared with torch.nn and autograd, its lanes, its initial weights."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch
from torch import nn

from a2c.config import Configuration
from a2c.envs import DiscreteActions, Facts
from a2c.learn import optimizers
from a2c.learn.networks import build
from a2c.learn.networks.cnn import CNN, image_sizes, patch_products
from a2c.learn.networks.mlp import MLP
from a2c.learn.networks.network import join
from a2c.learn.parameters import Parameters
from tests.learn.images import ARTICLE, CPU, TorchCNN, assert_close, made, some_images
from tests.learn.learners import settled

SEEDS = [3, 1]
SHAPES = [ARTICLE, (1, 36, 36), (2, 50, 64), (4, 210, 160), (3, 43, 37)]  # the last loses pixels at every layer

every_network = pytest.mark.parametrize(
    ("shape", "activation", "hidden_sizes"),
    [*((shape, "relu", (9,)) for shape in SHAPES), (ARTICLE, "tanh", (9,)), ((2, 50, 64), "tanh", (9, 4))],
)


@every_network
def test_forward_equals_torch(shape: tuple[int, int, int], activation: str, hidden_sizes: tuple[int, ...]) -> None:
    network, parameters = made(SEEDS, shape, activation=activation, hidden_sizes=hidden_sizes)
    images = some_images(len(SEEDS), 3, shape)
    output = network.forward(parameters, images)
    assert (output.logits.shape, output.values.shape) == ((len(SEEDS), 3, 6), (len(SEEDS), 3))
    for lane in range(len(SEEDS)):
        logits, values = TorchCNN(network, parameters, lane)(images[lane])
        assert_close(output.logits[lane], logits.detach())
        assert_close(output.values[lane], values.detach())


@pytest.mark.parametrize("device", ["cpu", "cuda"])  # as the configuration has it: the numbers are on the CPU
@every_network
def test_backward_equals_autograd_through_joined_passes(
    shape: tuple[int, int, int], activation: str, hidden_sizes: tuple[int, ...], device: str
) -> None:
    network, parameters = made(SEEDS, shape, activation=activation, hidden_sizes=hidden_sizes, device=device)
    gradients, images = Parameters(network.shapes, len(SEEDS), CPU), some_images(len(SEEDS), 5, shape)
    random = torch.Generator().manual_seed(1)
    d_logits = torch.randn(len(SEEDS), 5, 6, generator=random)
    d_values = torch.randn(len(SEEDS), 5, generator=random)
    kept = join([network.forward(parameters, part).kept for part in images.split([2, 1, 2], dim=1)])
    network.backward(parameters, gradients, kept, d_logits, d_values)
    for lane in range(len(SEEDS)):
        theirs = TorchCNN(network, parameters, lane)
        logits, values = theirs(images[lane])
        ((logits * d_logits[lane]).sum() + (values * d_values[lane]).sum()).backward()
        expected = theirs.held("grad")
        assert expected.keys() == gradients.named.keys()
        for name, tensor in gradients.named.items():
            assert_close(tensor[lane], expected[name], name)


@pytest.mark.parametrize(
    ("side", "channels", "kernel", "stride"),
    [((84, 84), (4, 32), 8, 4), ((20, 19), (3, 5), 4, 2), ((9, 7), (2, 1), 3, 1)],
)
def test_a_weights_gradient_by_products_equals_torchs(
    side: tuple[int, int], channels: tuple[int, int], kernel: int, stride: int
) -> None:
    """The way of GPUs, here in float64."""
    random = torch.Generator().manual_seed(1)
    x = torch.randn(3, channels[0], *side, dtype=torch.float64, generator=random)
    weight = torch.zeros(channels[1], channels[0], kernel, kernel, dtype=torch.float64, requires_grad=True)
    d = torch.randn_like(output := nn.functional.conv2d(x, weight, stride=stride))
    (expected,) = torch.autograd.grad(output, weight, d)
    found = patch_products(d.permute(0, 2, 3, 1), x.permute(0, 2, 3, 1).contiguous(), kernel, stride)
    torch.testing.assert_close(found.permute(0, 3, 1, 2), expected)


def test_activations_kept_row_by_row_are_those_of_all_rows() -> None:
    network, parameters = made(SEEDS)
    images = some_images(len(SEEDS), 6, ARTICLE)
    at_once = network.forward(parameters, images).kept
    parts = [network.forward(parameters, part).kept for part in images.split(2, dim=1)]
    torch.testing.assert_close(join(parts), at_once)


def test_backward_does_not_change_its_arguments() -> None:
    network, parameters = made(SEEDS, activation="tanh")
    kept = network.forward(parameters, some_images(len(SEEDS), 2, ARTICLE)).kept
    given = [parameters.flat, *(tensor for layers in kept for tensor in layers)]
    before = [tensor.clone() for tensor in given]
    ones = torch.ones(len(SEEDS), 2, 6)
    network.backward(parameters, Parameters(network.shapes, len(SEEDS), CPU), kept, ones, ones[..., 0])
    assert all(torch.equal(a, b) for a, b in zip(given, before, strict=True))


def test_forward_does_not_change_the_images() -> None:
    network, parameters = made(SEEDS)
    images = some_images(len(SEEDS), 2, ARTICLE)
    before = images.clone()
    network.forward(parameters, images)
    assert torch.equal(images, before)


# --------------------------------------------------------------------------------------------------------------- lanes


@pytest.fixture
def _as_in_a_training_process() -> Iterator[None]:
    with settled():
        yield


def updated(lanes: list[int], n_rows: int, **fields: Any) -> torch.Tensor:
    """Weights by lane, after an update with images and derivatives that depend on the lane's seed only."""
    network, parameters = made(lanes, **fields)
    gradients = Parameters(network.shapes, len(lanes), CPU)
    optimizer = optimizers.make(Configuration(optimizer="rmsprop"), parameters.flat, gradients.flat)
    images = torch.cat([some_images(1, n_rows, ARTICLE, seed) for seed in lanes])
    d_logits = torch.stack([torch.randn(n_rows, 6, generator=torch.Generator().manual_seed(seed)) for seed in lanes])
    kept = [network.forward(parameters, part).kept for part in images.split(16, dim=1)]
    network.backward(parameters, gradients, join(kept), d_logits, d_logits[..., 0].contiguous())
    optimizer.step()
    return parameters.by_lane


@pytest.mark.usefixtures("_as_in_a_training_process")
@pytest.mark.parametrize(
    ("n_rows", "fields"),
    [
        (80, {"conv_channels": (32, 64, 64), "hidden_sizes": (512,)}),  # the article's
        (1, {}),
        (13, {"activation": "tanh", "hidden_sizes": (11, 3)}),
    ],
    ids=["article", "one-row", "tanh"],
)
def test_a_lane_has_the_same_bits_beside_any_number_of_others(n_rows: int, fields: dict[str, Any]) -> None:
    seeds = [7, 2, 11, 5, 0]
    beside = updated(seeds, n_rows, **fields)
    for lanes in ([2], [7, 2], [11, 5, 2]):
        ours = updated(lanes, n_rows, **fields)[lanes.index(2)]
        assert torch.equal(ours, beside[1])


# --------------------------------------------------------------------------------------------------- shapes and weights


def test_the_articles_convolutions_leave_7_of_84_pixels() -> None:
    assert image_sizes(84, 84, (4, 32, 64, 64))[-1] == (7, 7, 64)


def test_the_output_size_of_convolutions_equals_torchs() -> None:
    layers = nn.Sequential(nn.Conv2d(1, 1, 8, 4), nn.Conv2d(1, 1, 4, 2), nn.Conv2d(1, 1, 3, 1)).to("meta")
    sides = range(36, 211)
    left = [layers(torch.empty(1, 1, side, 36, device="meta")).shape[2] for side in sides]
    assert [image_sizes(side, side, (1, 1, 1, 1))[-1][0] for side in sides] == left


def test_the_articles_network_has_the_hand_computed_number_of_parameters() -> None:
    network, _ = made([0], conv_channels=(32, 64, 64), hidden_sizes=(512,))
    # 8*8*4*32 + 32 + 4*4*32*64 + 64 + 3*3*64*64 + 64 + 7*7*64*512 + 512 + 512*(6 + 1) + 6 + 1
    assert sum(math.prod(shape) for shape in network.shapes.values()) == 1_687_719


@pytest.mark.parametrize(("network", "shape", "kind"), [("mlp", (4,), MLP), ("cnn", ARTICLE, CNN)])
def test_the_configured_network_is_built(network: str, shape: tuple[int, ...], kind: type) -> None:
    assert type(build(Configuration(network=network), Facts(shape, DiscreteActions(6), None, 1))) is kind


def convolutions(parameters: Parameters) -> dict[str, np.ndarray]:
    return {name: tensor.numpy() for name, tensor in parameters.named.items() if name.startswith("conv")}


def test_torch_initialisation_is_uniform_within_the_bound_of_torch() -> None:
    _, parameters = made(SEEDS, conv_channels=(32, 64, 64))
    patches = {"0": 8 * 8 * 4, "1": 4 * 4 * 32, "2": 3 * 3 * 64}
    for name, drawn in convolutions(parameters).items():
        bound = 1 / math.sqrt(patches[name.split(".")[1]])
        assert scipy.stats.kstest(drawn.flatten(), scipy.stats.uniform(-bound, 2 * bound).cdf).pvalue > 0.001, name


def test_torch_initialisation_has_the_distribution_of_torchs_convolution() -> None:
    _, parameters = made(SEEDS, conv_channels=(32, 64, 64))
    torch.manual_seed(0)
    theirs = nn.Conv2d(32, 64, 4, 2).weight.detach().flatten().numpy()
    assert scipy.stats.ks_2samp(convolutions(parameters)["conv.1.weight"].flatten(), theirs).pvalue > 0.001


@pytest.mark.parametrize("channels", [(32, 64, 64), (5, 200, 6)])  # wide, and more channels than a patch has numbers
def test_orthogonal_initialisation_has_its_gain(channels: tuple[int, int, int]) -> None:
    _, parameters = made(SEEDS, init="orthogonal", conv_channels=channels)
    for name, drawn in convolutions(parameters).items():
        for lane in range(len(SEEDS)):
            if name.endswith("bias"):
                assert not drawn[lane].any()
            else:
                patches = drawn[lane].reshape(len(drawn[lane]), -1).astype(np.float64)  # [outputs, patch]
                gains = np.linalg.svd(patches, compute_uv=False)
                np.testing.assert_allclose(gains, math.sqrt(2), rtol=1e-5, err_msg=name)


def test_initial_weights_depend_on_the_seed_only() -> None:
    _, beside = made([3, 1, 8])
    _, alone = made([1])
    for name, tensor in alone.named.items():
        assert torch.equal(tensor[0], beside.named[name][1]), name
        assert not torch.equal(tensor[0], beside.named[name][0]), name


def test_the_convolutions_have_a_separate_random_stream() -> None:
    """The later layers draw from another stream. Otherwise the first numbers of both would be equal."""
    _, parameters = made([0], conv_channels=(32, 64, 64), hidden_sizes=(512,))
    first = parameters.named["conv.0.weight"][0].flatten(1).T.flatten()  # in the order of the draws
    behind = parameters.named["shared.0.weight"][0].flatten()[: len(first)]
    assert abs(torch.corrcoef(torch.stack([first, behind]))[0, 1]) < 0.1
