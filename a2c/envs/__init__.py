"""One way to step many environments: classic control and any Gymnasium id with flat observations."""

from a2c.envs.episodes import Ended, Episodes, replay
from a2c.envs.vector import Environments, Facts, Row, check

__all__ = ["Ended", "Environments", "Episodes", "Facts", "Row", "check", "replay"]
