"""Environments: many stepped together, what they observe and how they act, the episodes that they play."""

from a2c.envs.episodes import Ended, Episodes, replay
from a2c.envs.log import ActionLog, Logged
from a2c.envs.spaces import (
    ActionSpace,
    BoxActions,
    DiscreteActions,
    Facts,
    MultiBinaryActions,
    MultiDiscreteActions,
    check,
    make_environment,
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
    "check",
    "make_environment",
    "replay",
]
