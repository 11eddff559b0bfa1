"""What is checked before a training begins, and in which order."""

import pytest

import tests.envs.faulty  # noqa: F401 - registers environments
from a2c.config import ConfigError, Configuration
from a2c.planning import memory
from a2c.planning.ready import check_ready


def test_memory_is_checked_before_the_environment_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """One observation may be too large to be made."""
    monkeypatch.setattr(memory, "free_memory", lambda: 1000)
    with pytest.raises(ConfigError, match="allowed: what fits into this machine"):
        check_ready(Configuration(env_id="faulty/RaisesAtOnce-v0", hidden_sizes=(8,)), 1, "x.yaml")
