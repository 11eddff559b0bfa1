"""The three optimisers, compared with their formulas in double precision and with torch.optim where it has them."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.learn import optimizers
from a2c.learn.determinism import settle

Numbers = NDArray[np.float64]
LEARNING_RATE, EPS, ALPHA = 0.01, 1e-3, 0.9


def adam(p: Numbers, gradients: Numbers) -> Numbers:
    """Kingma and Ba 2015, algorithm 1."""
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t, g in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        p = p - LEARNING_RATE * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + EPS)
    return p


def rmsprop(p: Numbers, gradients: Numbers) -> Numbers:
    """As in PyTorch: the mean square starts at 0, and epsilon is added to its root."""
    s = np.zeros_like(p)
    for g in gradients:
        s = ALPHA * s + (1 - ALPHA) * g**2
        p = p - LEARNING_RATE * g / (np.sqrt(s) + EPS)
    return p


def rmsprop_tf(p: Numbers, gradients: Numbers) -> Numbers:
    """As in TensorFlow 1: the mean square starts at 1, and epsilon is added before the root."""
    s = np.ones_like(p)
    for g in gradients:
        s = ALPHA * s + (1 - ALPHA) * g**2
        p = p - LEARNING_RATE * g / np.sqrt(s + EPS)
    return p


def stepped(optimizer: str, start: Numbers, gradients: Numbers) -> NDArray[np.float32]:
    """Our optimiser's parameters after one step for each of `gradients` [steps, parameters]."""
    alpha = {} if optimizer == "adam" else {"rmsprop_alpha": ALPHA}
    configuration = Configuration(optimizer=optimizer, learning_rate=LEARNING_RATE, optimizer_eps=EPS, **alpha)
    flat, gradient = torch.tensor(start, dtype=torch.float32), torch.zeros(len(start))
    made = optimizers.make(configuration, flat, gradient)
    for one in gradients:
        gradient.copy_(torch.from_numpy(one))
        made.step()
    return flat.numpy()


def problem() -> tuple[Numbers, Numbers]:
    """Parameters and their gradients over eight steps: large, small and zero."""
    random = np.random.default_rng(0)
    sizes = np.repeat([10.0, 1.0, 1e-3, 0.0], 25)
    return random.normal(size=100), random.normal(size=(8, 100)) * sizes


@pytest.mark.parametrize(("optimizer", "formula"), [("adam", adam), ("rmsprop", rmsprop), ("rmsprop_tf", rmsprop_tf)])
def test_steps_equal_the_formula(optimizer: str, formula: Callable[[Numbers, Numbers], Numbers]) -> None:
    start, gradients = problem()
    np.testing.assert_allclose(stepped(optimizer, start, gradients), formula(start, gradients), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_steps_equal_those_of_torch(optimizer: str) -> None:
    start, gradients = problem()
    parameter = torch.tensor(start, dtype=torch.float32, requires_grad=True)
    theirs: torch.optim.Optimizer = (
        torch.optim.Adam([parameter], lr=LEARNING_RATE, eps=EPS)
        if optimizer == "adam"
        else torch.optim.RMSprop([parameter], lr=LEARNING_RATE, alpha=ALPHA, eps=EPS)
    )
    for one in gradients:
        parameter.grad = torch.tensor(one, dtype=torch.float32)
        theirs.step()
    np.testing.assert_allclose(stepped(optimizer, start, gradients), parameter.detach().numpy(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("size", [1, 7, 100, optimizers.CHUNK, optimizers.CHUNK + 37])
@pytest.mark.parametrize("flushed", [False, True], ids=["denormals", "flushed"])
@pytest.mark.usefixtures("unsettled")
def test_rmsprop_has_the_bits_of_torch(size: int, flushed: bool) -> None:
    settle()  # one thread, because denormal numbers are flushed per thread
    torch.set_flush_denormal(flushed)
    random = torch.Generator().manual_seed(0)
    configuration = Configuration(optimizer="rmsprop")
    ours = torch.randn(size, generator=random) * (torch.rand(size, generator=random) > 0.5)  # 0 shows the smallest step
    gradient = torch.zeros(size)
    theirs = ours.clone().requires_grad_()
    made = optimizers.make(configuration, ours, gradient)
    torchs = torch.optim.RMSprop(
        [theirs], lr=configuration.learning_rate, alpha=configuration.rmsprop_alpha, eps=configuration.optimizer_eps
    )
    # From large gradients down to those whose squares are denormal or 0; some gradients are always 0.
    scales = 10.0 ** torch.randint(-26, 4, (size,), generator=random) * (torch.rand(size, generator=random) > 0.1)
    for step in range(20):
        gradient.copy_(torch.randn(size, generator=random) * scales * (step % 4 > 0))
        theirs.grad = gradient.clone()
        made.step()
        torchs.step()
        assert ours.numpy().tobytes() == theirs.detach().numpy().tobytes(), step
    assert torch.equal(made.state["square_avg"], torchs.state[theirs]["square_avg"])


def test_the_first_steps_of_the_optimisers_differ_as_documented() -> None:
    """With a gradient of 2: Adam moves by the learning rate, PyTorch's RMSprop by more, TensorFlow's by less."""
    first = {name: float(stepped(name, np.zeros(1), np.full((1, 1), 2.0))[0]) for name in
             ("adam", "rmsprop", "rmsprop_tf")}  # fmt: skip
    assert first["adam"] == pytest.approx(-0.01 * 2 / (2 + 1e-3))
    assert first["rmsprop"] == pytest.approx(-0.01 * 2 / (math.sqrt(0.1 * 4) + 1e-3))
    assert first["rmsprop_tf"] == pytest.approx(-0.01 * 2 / math.sqrt(0.9 + 0.1 * 4 + 1e-3))


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "rmsprop_tf"])
def test_a_parameter_that_is_not_finite_does_not_affect_others(optimizer: str) -> None:
    start, gradients = problem()
    spoilt = gradients.copy()
    spoilt[2, 50] = math.nan
    healthy = np.arange(100) != 50
    np.testing.assert_array_equal(
        stepped(optimizer, start, spoilt)[healthy], stepped(optimizer, start, gradients)[healthy]
    )
