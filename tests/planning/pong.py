"""A seed block of Pong, for tests of its cost."""

from typing import Any

from a2c.config import Configuration
from a2c.runs.layout import SeedBlock

PONG = {"env_id": "ALE/Pong-v5", "network": "cnn", "hidden_sizes": [512], "optimizer": "rmsprop", "n_envs": 16}


def pong(**changes: Any) -> SeedBlock:
    return SeedBlock(Configuration(**{**PONG, **changes}), 0, 0)
