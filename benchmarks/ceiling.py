"""Measure the core's highest speed in matrix products, and which share of it a training reaches."""

import time
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import torch

from a2c.learn.learner import Learner
from a2c.learn.networks.mlp import MLP

SQUARE = 1024  # rows and columns of a product that reaches the core's highest speed
ROUNDS = 5  # number of timings; the best one counts


class Product(NamedTuple):
    """One of the matrix products of an update, per lane: [rows, inner] by [inner, columns]."""

    of: str
    times: int  # per update
    rows: int
    inner: int
    columns: int
    transposed: str = ""  # the operand that is read transposed: left, right or neither

    @property
    def flop(self) -> int:
        """Multiplications and additions of one product."""
        return 2 * self.rows * self.inner * self.columns


class Measured(NamedTuple):
    """A product and its speed, with the products of all lanes in one call."""

    product: Product
    gflops: float  # billions of multiplications and additions a second


def square() -> float:
    """GFLOP/s of a large square product: the ceiling."""
    return _measure(Product("square", 1, SQUARE, SQUARE, SQUARE), 1).gflops


def products(learner: Learner) -> list[Measured]:
    """The products of one update: acting, bootstrap values and backward pass."""
    configuration = learner.configuration
    acting, update = configuration.n_envs, configuration.n_envs * configuration.n_steps
    found = []
    network = learner.model.network
    assert isinstance(network, MLP)
    for widths in network.columns.values():
        for layer, (inputs, outputs) in enumerate(pairwise(widths)):
            found.append(Product("acting", configuration.n_steps + 1, acting, inputs, outputs))
            found.append(Product("weights' gradient", 1, inputs, update, outputs, "left"))
            if layer > 0:
                found.append(Product("inputs' gradient", 1, update, outputs, inputs, "right"))
    return [_measure(product, len(learner.seeds)) for product in found]


def _measure(product: Product, n_lanes: int) -> Measured:
    left = _operand(n_lanes, product.rows, product.inner, product.transposed == "left")
    right = _operand(n_lanes, product.inner, product.columns, product.transposed == "right")
    repeats = 1 + int(2e9 / (n_lanes * product.flop + 1e6))  # some 20 ms
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(repeats):
            torch.bmm(left, right)
        best = min(best, time.process_time() - begun)
    return Measured(product, n_lanes * product.flop * repeats / best / 1e9)


def _operand(n_lanes: int, rows: int, columns: int, transposed: bool) -> torch.Tensor:
    return torch.randn(n_lanes, columns, rows).transpose(1, 2) if transposed else torch.randn(n_lanes, rows, columns)


def table(ceiling: float, by_column: Mapping[str, list[Measured]], microseconds: Mapping[str, float]) -> list[str]:
    """Lines of text. `microseconds`: time of an update of one lane in training, without clocks."""
    head = f"matrix products of an update, GFLOP/s (a product of {SQUARE} x {SQUARE}: {ceiling:.0f})"
    lines = [head, f"{'':44}" + "".join(f"{name:>14}" for name in by_column)]
    for same in zip(*by_column.values(), strict=True):
        of, times, rows, inner, columns, _ = same[0].product
        name = f"  {times} x {of:18}{rows} x {inner} by {inner} x {columns}"
        lines.append(f"{name:44}" + "".join(f"{measured.gflops:14.0f}" for measured in same))
    for name, measured in by_column.items():
        flop = sum(one.product.times * one.product.flop for one in measured)
        alone = sum(one.product.times * one.product.flop / one.gflops for one in measured) / 1e3
        achieved = flop / microseconds[name] / 1e3
        lines.append(
            f"{name}: {flop / 1e6:.1f} MFLOP in {microseconds[name]:.0f} microseconds is {achieved:.0f} GFLOP/s, "
            f"{achieved / ceiling:.0%} of the core's ceiling;"
        )
        lines.append(f"  its products alone would take {alone:.0f} microseconds, {alone / microseconds[name]:.0%}")
    return lines
