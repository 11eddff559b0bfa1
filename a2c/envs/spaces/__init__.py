"""What environments observe and how they act, as networks and action logs need to know it."""

from a2c.envs.spaces.actions import (
    ActionSpace,
    BoxActions,
    DiscreteActions,
    MultiBinaryActions,
    MultiDiscreteActions,
    actions_of,
)
from a2c.envs.spaces.facts import Facts, check, make_environment
from a2c.envs.spaces.observations import Encoding, MisfitError, as_bytes, encoding_of, encoding_of_frames

__all__ = [
    "ActionSpace",
    "BoxActions",
    "DiscreteActions",
    "Encoding",
    "Facts",
    "MisfitError",
    "MultiBinaryActions",
    "MultiDiscreteActions",
    "actions_of",
    "as_bytes",
    "check",
    "encoding_of",
    "encoding_of_frames",
    "make_environment",
]
