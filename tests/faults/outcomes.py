"""What comes of a trial."""

from enum import Enum


class Outcome(Enum):
    """Survived: the bytes are as without the fault. Wrong: a command ended well and left others. Lost: all else."""

    SURVIVED = "survived"
    LOST = "lost"
    WRONG = "wrong numbers published"
