"""Environments: many stepped together, what they observe and how they act, the episodes that they play."""

from a2c.envs.episodes import Ended, Episodes, replay
from a2c.envs.spaces import ActionSpace, DiscreteActions, Facts, check
from a2c.envs.vector import Environments, Observations, Row

__all__ = [
    "ActionSpace",
    "DiscreteActions",
    "Ended",
    "Environments",
    "Episodes",
    "Facts",
    "Observations",
    "Row",
    "check",
    "replay",
]
