"""The parameters of all lanes in one flat array: positions, norms and scaling by lane."""

import numpy as np
import torch

from a2c.learn.parameters import Parameters

SHAPES = {"weight": (5, 7), "bias": (1, 7), "head": (7, 1)}


def filled(n_lanes: int) -> Parameters:
    parameters = Parameters(SHAPES, n_lanes, torch.device("cpu"))
    random = torch.Generator().manual_seed(0)
    for tensor in parameters.named.values():
        tensor.copy_(torch.randn(tensor.shape, generator=random))
    return parameters


def test_each_parameter_has_its_own_position_in_the_flat_array() -> None:
    parameters = Parameters(SHAPES, 3, torch.device("cpu"))
    parameters.flat.copy_(torch.arange(parameters.flat.numel()))
    places = np.concatenate([tensor.flatten().numpy() for tensor in parameters.named.values()])
    assert len(np.unique(places)) == len(places) == 3 * (5 * 7 + 7 + 7)
    assert [tuple(tensor.shape) for tensor in parameters.named.values()] == [(3, 5, 7), (3, 1, 7), (3, 7, 1)]


def test_norms_are_over_all_parameters_of_a_lane() -> None:
    parameters = filled(3)
    for lane, norm in enumerate(parameters.norms()):
        numbers = torch.cat([tensor[lane].flatten() for tensor in parameters.named.values()])
        np.testing.assert_allclose(norm, np.linalg.norm(numbers.double().numpy()), rtol=1e-6)


def test_scaling_multiplies_each_lane_by_its_factor() -> None:
    parameters, before = filled(2), filled(2)
    parameters.scale(torch.tensor([0.5, 3.0]))
    for name, tensor in parameters.named.items():
        assert torch.equal(tensor[0], before.named[name][0] * 0.5)
        assert torch.equal(tensor[1], before.named[name][1] * 3.0)
