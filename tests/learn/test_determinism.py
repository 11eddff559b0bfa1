"""A training process has one thread and deterministic algorithms."""

import pytest
import torch

from a2c.config import ConfigError, Configuration
from a2c.learn.determinism import check_device, settle


def test_settings_are_those_of_the_flags(settled: None) -> None:
    assert torch.get_num_threads() == 1
    assert torch.are_deterministic_algorithms_enabled()
    tiny = torch.tensor([1e-40])
    assert (tiny * 0.5).item() == 0.0  # denormal numbers are flushed
    assert settle()["threads"] == 1


def test_a_device_that_is_not_here_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    check_device(Configuration(), "x.yaml")
    with pytest.raises(ConfigError, match=r"^x\.yaml: device: 'cuda' is not allowed; allowed: cpu, "):
        check_device(Configuration(device="cuda"), "x.yaml")
