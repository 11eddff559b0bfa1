"""The MLP: its forward pass compared with torch.nn, its backward pass with autograd, its initial weights."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import scipy.stats
import torch
from torch import Tensor, nn

from a2c.config import Configuration
from a2c.envs import DiscreteActions
from a2c.learn.networks.mlp import LINE, MLP, aligned
from a2c.learn.networks.network import join
from a2c.learn.parameters import Parameters

N_INPUTS, N_ACTIONS, N_ROWS = 5, 3, 13
SEEDS = [3, 1, 8]


@pytest.fixture
def double_precision() -> Iterator[None]:
    """New tensors and parameters have 64 bits, so that formulas can be compared closely."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


every_architecture = pytest.mark.parametrize(
    ("shared_trunk", "activation", "hidden_sizes"),
    [
        (shared_trunk, activation, hidden_sizes)
        for shared_trunk in (True, False)
        for activation in ("relu", "tanh")
        for hidden_sizes in ((6,), (7, 4), (16, 9, 5))
    ],
)


def made(**fields: Any) -> tuple[MLP, Parameters]:
    """A network with each lane's initial weights."""
    network = MLP(Configuration(**fields), N_INPUTS, DiscreteActions(N_ACTIONS))
    parameters = Parameters(network.shapes, len(SEEDS), torch.device("cpu"))
    network.initialise(parameters, SEEDS)
    return network, parameters


def with_torch(network: MLP, parameters: Parameters, lane: int) -> dict[str, nn.Sequential]:
    """One lane's columns of layers, built from torch.nn's layers."""
    columns = {}
    for column, widths in network.columns.items():
        layers: list[nn.Module] = []
        for i, (inputs, outputs) in enumerate(pairwise(widths)):
            linear = nn.Linear(inputs, outputs)
            linear.weight.data = parameters.named[f"{column}.{i}.weight"][lane].T.clone()
            linear.bias.data = parameters.named[f"{column}.{i}.bias"][lane, 0].clone()
            layers += [linear, nn.ReLU() if network.relu else nn.Tanh()]
        columns[column] = nn.Sequential(*layers[:-1])
    return columns


def torch_outputs(columns: dict[str, nn.Sequential], observations: Tensor) -> tuple[Tensor, Tensor]:
    """Logits [rows, actions] and values [rows]."""
    joined = torch.cat([column(observations) for column in columns.values()], dim=1)
    return joined[:, :-1], joined[:, -1]


def some_observations() -> Tensor:
    return torch.randn(len(SEEDS), N_ROWS, N_INPUTS, generator=torch.Generator().manual_seed(0))


@every_architecture
@pytest.mark.usefixtures("double_precision")
def test_forward_equals_torch(shared_trunk: bool, activation: str, hidden_sizes: tuple[int, ...]) -> None:
    network, parameters = made(shared_trunk=shared_trunk, activation=activation, hidden_sizes=hidden_sizes)
    observations = some_observations()
    output = network.forward(parameters, observations)
    assert output.logits.shape == (len(SEEDS), N_ROWS, N_ACTIONS)
    assert output.values.shape == (len(SEEDS), N_ROWS)
    for lane in range(len(SEEDS)):
        logits, values = torch_outputs(with_torch(network, parameters, lane), observations[lane])
        torch.testing.assert_close(output.logits[lane], logits, rtol=1e-12, atol=1e-14)
        torch.testing.assert_close(output.values[lane], values, rtol=1e-12, atol=1e-14)


@every_architecture
@pytest.mark.usefixtures("double_precision")
def test_backward_equals_autograd(shared_trunk: bool, activation: str, hidden_sizes: tuple[int, ...]) -> None:
    network, parameters = made(shared_trunk=shared_trunk, activation=activation, hidden_sizes=hidden_sizes)
    gradients = Parameters(network.shapes, len(SEEDS), torch.device("cpu"))
    observations = some_observations()
    random = torch.Generator().manual_seed(1)
    d_logits = torch.randn(len(SEEDS), N_ROWS, N_ACTIONS, generator=random)
    d_values = torch.randn(len(SEEDS), N_ROWS, generator=random)
    network.backward(parameters, gradients, network.forward(parameters, observations).kept, d_logits, d_values)
    for lane in range(len(SEEDS)):
        columns = with_torch(network, parameters, lane)
        logits, values = torch_outputs(columns, observations[lane])
        ((logits * d_logits[lane]).sum() + (values * d_values[lane]).sum()).backward()
        for column, layers in columns.items():
            for i, linear in enumerate(layer for layer in layers if isinstance(layer, nn.Linear)):
                ours = gradients.named[f"{column}.{i}.weight"][lane], gradients.named[f"{column}.{i}.bias"][lane, 0]
                torch.testing.assert_close(ours[0].T, linear.weight.grad, rtol=1e-11, atol=1e-13)
                torch.testing.assert_close(ours[1], linear.bias.grad, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("shared_trunk", [True, False])
@pytest.mark.usefixtures("double_precision")
def test_activations_kept_row_by_row_are_those_of_all_rows(shared_trunk: bool) -> None:
    network, parameters = made(shared_trunk=shared_trunk, hidden_sizes=(6, 4))
    observations = some_observations()
    at_once = network.forward(parameters, observations).kept
    parts = [network.forward(parameters, part).kept for part in observations.split(4, dim=1)]
    torch.testing.assert_close(join(parts), at_once)


def test_backward_does_not_change_its_arguments() -> None:
    network, parameters = made(hidden_sizes=(6, 4), activation="tanh")
    gradients = Parameters(network.shapes, len(SEEDS), torch.device("cpu"))
    observations = some_observations()
    kept = network.forward(parameters, observations).kept
    given = [parameters.flat, *(tensor for column in kept for tensor in column)]
    before = [tensor.clone() for tensor in given]
    d_logits, d_values = torch.ones(len(SEEDS), N_ROWS, N_ACTIONS), torch.ones(len(SEEDS), N_ROWS)
    network.backward(parameters, gradients, kept, d_logits, d_values)
    assert all(torch.equal(a, b) for a, b in zip(given, before, strict=True))


@pytest.mark.parametrize("shared_trunk", [True, False])
def test_torch_initialisation_is_uniform_within_the_bound_of_torch(shared_trunk: bool) -> None:
    network, parameters = made(hidden_sizes=(64, 128), shared_trunk=shared_trunk)
    for column, widths in network.columns.items():
        for layer, inputs in enumerate(widths[:-1]):
            bound = 1 / math.sqrt(inputs)
            for kind in ("weight", "bias"):
                drawn = parameters.named[f"{column}.{layer}.{kind}"].flatten().numpy()
                uniform = scipy.stats.uniform(-bound, 2 * bound)
                assert scipy.stats.kstest(drawn, uniform.cdf).pvalue > 0.001, (column, layer, kind)


def test_torch_initialisation_has_the_distribution_of_a_linear_layer() -> None:
    _, parameters = made(hidden_sizes=(64, 128))
    torch.manual_seed(0)
    linear = nn.Linear(64, 128)
    ours = parameters.named["shared.1.weight"].flatten().numpy()
    assert scipy.stats.ks_2samp(ours, linear.weight.detach().flatten().numpy()).pvalue > 0.001


def gains(weight: np.ndarray) -> np.ndarray:
    """Singular values: all equal for an orthogonal matrix times a gain."""
    return np.linalg.svd(weight.astype(np.float64), compute_uv=False)


@pytest.mark.parametrize("hidden_sizes", [(24, 7), (7, 24)])  # tall and wide
def test_orthogonal_initialisation_has_its_gains(hidden_sizes: tuple[int, ...]) -> None:
    _, parameters = made(init="orthogonal", shared_trunk=False, hidden_sizes=hidden_sizes)
    expected = [math.sqrt(2), math.sqrt(2), 0.01], [math.sqrt(2), math.sqrt(2), 1.0]
    for column, of_layers in zip(("policy", "value"), expected, strict=True):
        for layer, gain in enumerate(of_layers):
            for lane in range(len(SEEDS)):
                weight = parameters.named[f"{column}.{layer}.weight"][lane].numpy()
                np.testing.assert_allclose(gains(weight), gain, rtol=1e-5)
                assert not parameters.named[f"{column}.{layer}.bias"].any()


def test_orthogonal_heads_side_by_side_have_a_gain_each() -> None:
    _, parameters = made(init="orthogonal", hidden_sizes=(24, 16))
    heads = parameters.named["shared.2.weight"][0].numpy()
    np.testing.assert_allclose(gains(heads[:, :N_ACTIONS]), 0.01, rtol=1e-5)
    np.testing.assert_allclose(gains(heads[:, N_ACTIONS:]), 1.0, rtol=1e-5)


def test_orthogonal_matrices_have_both_signs_equally_often() -> None:
    """QR alone gives the first entry a negative sign; for a uniform distribution both signs are equally likely."""
    network = MLP(Configuration(init="orthogonal", hidden_sizes=(4,)), 4, DiscreteActions(N_ACTIONS))
    seeds = range(400)
    parameters = Parameters(network.shapes, len(seeds), torch.device("cpu"))
    network.initialise(parameters, seeds)
    corners = parameters.named["shared.0.weight"][:, 0, 0].numpy()
    assert scipy.stats.binomtest(int((corners > 0).sum()), len(seeds)).pvalue > 0.001


def test_initial_weights_depend_on_the_seed_only() -> None:
    network, beside = made()
    alone = Parameters(network.shapes, 1, torch.device("cpu"))
    network.initialise(alone, [SEEDS[1]])
    for name, tensor in alone.named.items():
        assert torch.equal(tensor[0], beside.named[name][1]), name
        assert not torch.equal(tensor[0], beside.named[name][0]), name


def test_every_lane_has_the_memory_alignment_of_a_single_one() -> None:
    x = torch.arange(3 * 5 * 7, dtype=torch.float32).view(3, 5, 7)
    found = aligned(x)
    assert torch.equal(found, x)
    assert [lane.data_ptr() % LINE for lane in found] == [0, 0, 0]


def test_an_aligned_array_is_not_copied() -> None:
    x = torch.zeros(3, 4, 8)
    assert aligned(x) is x
