"""The settings of a training process: one thread, deterministic algorithms, no denormal numbers."""

import pytest
import torch

from a2c.config import ConfigError, Configuration
from a2c.learn.determinism import check_device, settle
from tests.learn.learners import settled


def test_a_settled_process_has_one_thread_and_deterministic_algorithms() -> None:
    with settled():
        assert torch.get_num_threads() == 1
        assert torch.are_deterministic_algorithms_enabled()


def test_a_settled_process_flushes_denormal_numbers() -> None:
    with settled():
        assert (torch.tensor([1e-40]) * 0.5).item() == 0.0


def test_the_recorded_flags_are_those_settings() -> None:
    with settled():
        flags = settle()
    assert flags == {"threads": 1, "deterministic_algorithms": True, "flush_denormal": True, "tf32": False}


def test_a_missing_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    check_device(Configuration(), "x.yaml")
    with pytest.raises(ConfigError, match=r"^x\.yaml: device: 'cuda' is not allowed; allowed: cpu, "):
        check_device(Configuration(device="cuda"), "x.yaml")
