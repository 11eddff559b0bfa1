"""The scale of normalised scores: 0 is a uniformly random policy, 1 the return at which an environment is solved.

Atari games have no such return; there 1 is the score of a professional human tester. Both ends are published ones
(human_scores.csv, from dqn_zoo/atari_data.py of google-deepmind/dqn_zoo): games begin with up to 30 no-ops and end
after 108,000 frames, without sticky actions.
"""

import csv
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # the Snakefile uses this module and does without NumPy
    import numpy as np
    from numpy.typing import NDArray

MIN_ENVIRONMENTS = 3  # of a study with aggregates over environments: an interquartile mean needs three
HUMAN_SCORES = Path(__file__).with_name("human_scores.csv")

# Mean return of a uniformly random policy: python -m benchmarks.random_policy
RANDOM_RETURNS = {
    "CartPole-v1": 22.2,  # standard error 0.4
    "Acrobot-v1": -499.1,  # standard error 0.3
    "MountainCar-v0": -200.0,  # standard error 0.0
    "LunarLander-v3": -181.7,  # standard error 3.5
}

# The smallest and the largest return of an episode with the registered arguments.
RETURN_RANGES = {
    "CartPole-v1": (0.0, 500.0),
    "Acrobot-v1": (-500.0, 0.0),
    "MountainCar-v0": (-200.0, 0.0),
    "FrozenLake-v1": (0.0, 1.0),
    "Blackjack-v1": (-1.0, 1.0),
    "ALE/Pong-v5": (-21.0, 21.0),
    "ALE/Breakout-v5": (0.0, 864.0),
}


class Scale(NamedTuple):
    """The returns that are 0 and 1 as normalised scores, and in a word what 1 is."""

    zero: float
    one: float
    one_is: str  # solved | human

    def normalise(self, returns: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """(return - random) / (reference - random)."""
        return (returns - self.zero) / (self.one - self.zero)


def scale(env_id: str, threshold: float | None) -> Scale | None:
    """The environment's scale, or None. `threshold`: its registered reward threshold, or None."""
    if env_id in _human_scores():
        return Scale(*_human_scores()[env_id], "human")
    if env_id in RANDOM_RETURNS and threshold is not None:
        return Scale(RANDOM_RETURNS[env_id], threshold, "solved")
    return None


def return_range(env_id: str) -> tuple[float, float] | None:
    """The smallest and the largest return that an environment pays; None if it is not known."""
    return RETURN_RANGES.get(env_id)


def unscaled(thresholds: Mapping[str, float | None], changed: Collection[str] = ()) -> str:
    """The reason why these environments (id: reward threshold) have no normalised scores, or "" if they have.

    `changed`: those with arguments or a time limit of their own, where a random policy's return is not the known one.
    The published scores of Atari games hold for any.
    """
    for env_id, threshold in thresholds.items():
        if env_id in changed and env_id in RANDOM_RETURNS:
            return f"no random policy's return known for {env_id} with these arguments and this time limit"
        if scale(env_id, threshold) is None:
            what = "reward threshold registered" if env_id in RANDOM_RETURNS else "random policy's return known"
            return f"no {what} for {env_id}"
    return ""


def top_of_scale(thresholds: Mapping[str, float | None]) -> str:
    """What a normalised score of 1 is: "solved", "human" or both; "reference" where no environment has a scale."""
    ends = (scale(env_id, threshold) for env_id, threshold in thresholds.items())
    return " or ".join(dict.fromkeys(end.one_is for end in ends if end)) or "reference"


@cache
def _human_scores() -> dict[str, tuple[float, float]]:
    """A random policy's score and a human's, by game."""
    with HUMAN_SCORES.open(newline="", encoding="utf-8") as lines:
        return {row["env_id"]: (float(row["random"]), float(row["human"])) for row in csv.DictReader(lines)}
