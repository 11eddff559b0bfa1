"""What the core says of actions, against PyTorch's distributions in float64, by every build; actions without noise."""

import ctypes
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from a2c.core.settings import Settings, config_of
from a2c.learn.distributions import Bernoulli, Distribution, Gaussian, Softmax
from tests.core.builds import builds, library
from tests.learn.test_distributions import parts_of

KINDS: dict[str, tuple[Distribution, dict[str, Any]]] = {
    "softmax": (Softmax((5,)), {"choices": (5,)}),
    "softmaxes": (Softmax((2, 5, 1, 3)), {"choices": (2, 5, 1, 3)}),
    "bernoulli": (Bernoulli(3), {"actions": "bernoulli"}),
    "gaussian": (Gaussian(2), {"actions": "gaussian"}),
}
each_kind = pytest.mark.parametrize("kind", KINDS)
N = 200
Array = NDArray[np.float32]


class Judged(ctypes.Structure):
    _fields_ = [("log_prob", ctypes.c_float), ("entropy", ctypes.c_float)]


def config(kind: str) -> ctypes.Structure:
    distribution, fields = KINDS[kind]
    return config_of(Settings(None, 1, 1, distribution.width, action_size=distribution.size, **fields))


def rows(kind: str) -> tuple[Array, Array]:
    """Outputs, some of them large, and actions."""
    rng, (distribution, _) = np.random.default_rng(1), KINDS[kind]
    outputs = rng.standard_normal((N, distribution.width)) * rng.choice([0.1, 1, 4], (N, 1))
    actions = rng.standard_normal((N, distribution.size))
    if isinstance(distribution, Softmax):
        actions = rng.integers(0, distribution.choices, (N, distribution.size))
    elif isinstance(distribution, Bernoulli):
        actions = actions > 0
    return outputs.astype(np.float32), actions.astype(np.float32)


def pointer(array: Array) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def said(core: ctypes.CDLL, kind: str, outputs: Array, actions: Array) -> tuple[Array, Array]:
    """Log-probability and entropy of each row, [rows, 2], and the derivatives of -0.7 log pi - 0.3 H."""
    core.judge.restype, core.derive.restype = Judged, None
    core.derive.argtypes = [ctypes.c_void_p] * 2 + [Judged, ctypes.c_float, ctypes.c_float, ctypes.c_void_p]
    c, judged, derivatives = config(kind), [], np.empty_like(outputs)
    for output, action, derivative in zip(outputs, actions, derivatives, strict=True):
        one = core.judge(ctypes.byref(c), pointer(output), pointer(action), pointer(derivative))
        core.derive(ctypes.addressof(c), pointer(action), one, 0.7, 0.3, pointer(derivative))
        judged.append((one.log_prob, one.entropy))
    return np.array(judged, np.float32), derivatives


def torchs(kind: str, outputs: Array, actions: Array) -> tuple[Tensor, Tensor]:
    leaf = torch.tensor(outputs[None], dtype=torch.float64, requires_grad=True)
    parts = parts_of(KINDS[kind][0], leaf)
    taken = torch.tensor(actions, dtype=torch.float64)[None].unbind(dim=2)
    log_prob = torch.stack([part.log_prob(action) for part, action in zip(parts, taken, strict=True)]).sum(dim=0)
    entropy = torch.stack([part.entropy() for part in parts]).sum(dim=0)
    (derivatives,) = torch.autograd.grad((-0.7 * log_prob - 0.3 * entropy).sum(), [leaf])
    return torch.stack([log_prob, entropy], dim=2)[0].detach(), derivatives[0]


@each_kind
def test_log_probabilities_entropies_and_derivatives_equal_pytorchs(kind: str) -> None:
    outputs, actions = rows(kind)
    ours, expected = said(library(*builds()[-1]), kind, outputs, actions), torchs(kind, outputs, actions)
    np.testing.assert_allclose(ours[0], expected[0], rtol=2e-6, atol=3e-6)
    np.testing.assert_allclose(ours[1], expected[1], rtol=1e-5, atol=3e-6)


@each_kind
def test_every_build_says_the_same_bits(kind: str) -> None:
    outputs, actions = rows(kind)
    found = {b"".join(part.tobytes() for part in said(library(*one), kind, outputs, actions)) for one in builds()}
    assert len(found) == 1


@each_kind
def test_divergences_equal_pytorchs(kind: str) -> None:
    core, c, (old, _) = library(*builds()[-1]), config(kind), rows(kind)
    core.divergence.restype = ctypes.c_float
    new = old + np.float32(0.1) * np.flip(old, 0)
    ours = [core.divergence(ctypes.byref(c), pointer(a), pointer(b)) for a, b in zip(old, new, strict=True)]
    pairs = [parts_of(KINDS[kind][0], torch.tensor(one[None], dtype=torch.float64)) for one in (old, new)]
    expected = torch.stack([torch.distributions.kl_divergence(*pair) for pair in zip(*pairs, strict=True)]).sum(dim=0)
    np.testing.assert_allclose(ours, expected[0], rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize(
    ("kind", "outputs", "noise", "action"),
    [
        ("softmax", [0, 2, 2, -1, 1], [0] * 5, [1]),  # the first of two equal ones
        ("softmax", [0, 2, 2, -1, 1], [0, 0, 0, 4, 0], [3]),
        ("softmaxes", [0, 1, 0, 0, 0, 0, 5, 9, 3, 2, 1], [0] * 11, [1, 4, 0, 0]),
        ("bernoulli", [0.5, -0.5, 0.0], [0] * 3, [1, 0, 0]),
        ("bernoulli", [0.5, -0.5, 0.0], [-1, 1, 0.1], [0, 1, 1]),
        ("gaussian", [0.25, -3, 0, 0], [0] * 2, [0.25, -3]),
        ("gaussian", [0.25, -3, 0, 0], [1.5, -1], [1.75, -4]),
    ],
)
def test_hand_computed_actions(kind: str, outputs: list[float], noise: list[float], action: list[float]) -> None:
    core, c = library(*builds()[-1]), config(kind)
    chosen = np.empty(len(action), np.float32)
    arrays = (np.array(outputs, np.float32), np.array(noise, np.float32), chosen)
    core.choose(ctypes.byref(c), *map(pointer, arrays))
    assert chosen.tolist() == action
