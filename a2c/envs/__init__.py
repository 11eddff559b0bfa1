"""Environments: many stepped together, what they observe and how they act, the episodes that they play."""

from a2c.envs.episodes import Ended, Episodes, replay
from a2c.envs.log import ActionLog, Logged
from a2c.envs.single import Single, closing
from a2c.envs.spaces import (
    ActionSpace,
    BoxActions,
    DiscreteActions,
    Facts,
    MultiBinaryActions,
    MultiDiscreteActions,
    check,
)
from a2c.envs.vector import Environments, Observations, Row

__all__ = [
    "ActionLog",
    "ActionSpace",
    "BoxActions",
    "DiscreteActions",
    "Ended",
    "Environments",
    "Episodes",
    "Facts",
    "Logged",
    "MultiBinaryActions",
    "MultiDiscreteActions",
    "Observations",
    "Row",
    "Single",
    "check",
    "closing",
    "replay",
]
