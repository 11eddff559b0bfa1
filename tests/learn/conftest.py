"""What the tests of learning share."""

from collections.abc import Iterator

import pytest
import torch

from a2c.learn.determinism import settle


@pytest.fixture
def settled() -> Iterator[None]:
    """Settings as in a training process; put back, as Hypothesis cannot draw numbers where denormals are flushed."""
    settle()
    yield
    torch.set_flush_denormal(False)
    torch.use_deterministic_algorithms(False)


@pytest.fixture
def double_precision() -> Iterator[None]:
    """New tensors, parameters among them, have 64 bits: formulas can be compared tightly."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)
