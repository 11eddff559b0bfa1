"""An argument of a wrong shape is refused with its name, and never broadcast."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from a2c.config import Configuration
from a2c.envs import DiscreteActions
from a2c.learn.distributions import Softmax
from a2c.learn.loss import a2c_losses, moments
from a2c.learn.networks.mlp import MLP
from a2c.learn.parameters import Parameters
from a2c.learn.returns import gae, n_step_returns
from tests.learn.images import made, some_images

STEPS = {"rewards": (5, 3), "discounts": (5, 3), "values": (6, 3), "cuts": (5, 3)}
ROWS = dict.fromkeys(("values", "actions", "advantages", "returns", "valid"), (2, 6))


def zeros(shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    return {name: np.zeros(shape, dtype=bool if name == "cuts" else np.float32) for name, shape in shapes.items()}


@pytest.mark.parametrize(("name", "shape"), [("discounts", (5, 1)), ("values", (5, 3)), ("cuts", (5,))])
@pytest.mark.parametrize("returns", [n_step_returns, partial(gae, lambda_=0.9)], ids=["n_step", "gae"])
def test_returns_refuse_wrong_shapes(returns: Callable[..., Any], name: str, shape: tuple[int, ...]) -> None:
    assert returns(**zeros(STEPS)).shape == (5, 3)
    with pytest.raises(ValueError, match=rf"^{name}: shape "):
        returns(**zeros({**STEPS, name: shape}))


@pytest.mark.parametrize("name", ROWS)
def test_losses_refuse_wrong_shapes(name: str) -> None:
    shapes = {**ROWS, name: (2, 1)} | ({} if name == "actions" else {"actions": (2, 6, 1)})
    rows = {key: torch.zeros(shape, dtype=torch.long if key == "actions" else None) for key, shape in shapes.items()}
    with pytest.raises(ValueError, match=rf"^{name}: shape \(2, 1\), not \(2, 6"):
        a2c_losses(Softmax((4,)), torch.zeros(2, 6, 4), **rows, value_loss_coef=0.5, entropy_coef=0.01)


def test_moments_refuse_wrong_shapes() -> None:
    with pytest.raises(ValueError, match=r"^valid: shape \(2, 1\), not \(2, 6\)"):
        moments(np.zeros((2, 6), dtype=np.float32), np.ones((2, 1), dtype=bool))


def test_an_mlp_refuses_observations_without_a_lane() -> None:
    network = MLP(Configuration(), 4, DiscreteActions(2))
    parameters = Parameters(network.shapes, 1, torch.device("cpu"))
    with pytest.raises(ValueError, match=r"^observations: shape \(8, 4\), not \[lanes, rows, inputs\]"):
        network.forward(parameters, torch.zeros(8, 4))


def test_an_mlp_refuses_derivatives_with_other_rows_than_its_forward_pass() -> None:
    network = MLP(Configuration(), 4, DiscreteActions(2))
    parameters, gradients = (Parameters(network.shapes, 1, torch.device("cpu")) for _ in range(2))
    output = network.forward(parameters, torch.zeros(1, 8, 4))
    with pytest.raises(ValueError, match=r"^d_values: shape \(1, 7\), not \(1, 8\)"):
        network.backward(parameters, gradients, output.kept, output.logits, output.values[:, :7])
    with pytest.raises(ValueError, match=r"^d_logits: shape \(1, 8, 1\), not \(1, 8, 2\)"):
        network.backward(parameters, gradients, output.kept, output.logits[..., :1], output.values)


def test_a_cnn_refuses_observations_that_are_not_images() -> None:
    network, parameters = made([0], (2, 36, 36))
    images = some_images(1, 3, (2, 36, 36))
    with pytest.raises(ValueError, match=r"^observations: shape \(3, 2, 36, 36\), not \[lanes, rows, frames, "):
        network.forward(parameters, images[0])
