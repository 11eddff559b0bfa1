"""The scale of normalised scores: 0 for a uniformly random policy, 1 where an environment counts as solved.

Atari's games have no such threshold; there 1 is what a professional human tester made of the game. Both ends are the
published ones (human_scores.csv, from dqn_zoo/atari_data.py of google-deepmind/dqn_zoo): games begin with up to 30
no-ops and end after 108,000 frames, without sticky actions.
"""

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # the Snakefile asks for scales, and need not load NumPy for it
    import numpy as np
    from numpy.typing import NDArray

HUMAN_SCORES = Path(__file__).with_name("human_scores.csv")

# Mean return of a uniformly random policy: python -m benchmarks.random_policy
RANDOM_RETURNS = {
    "CartPole-v1": 22.2,  # standard error 0.4
    "Acrobot-v1": -499.1,  # standard error 0.3
    "MountainCar-v0": -200.0,  # standard error 0.0
    "LunarLander-v3": -181.7,  # standard error 3.5
}


class Scale(NamedTuple):
    """The returns that are 0 and 1 as normalised scores, and what 1 is in a word."""

    zero: float
    one: float
    one_is: str  # solved | human

    def normalise(self, returns: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """(return - random) / (reference - random)."""
        return (returns - self.zero) / (self.one - self.zero)


def scale(env_id: str, threshold: float | None) -> Scale | None:
    """The environment's scale, if it has one; `threshold`: its reward threshold, if it has one."""
    if env_id in _human_scores():
        return Scale(*_human_scores()[env_id], "human")
    if env_id in RANDOM_RETURNS and threshold is not None:
        return Scale(RANDOM_RETURNS[env_id], threshold, "solved")
    return None


def unscaled(thresholds: Iterable[tuple[str, float | None]]) -> str:
    """Why returns in these environments (id, reward threshold) have no normalised score, or "" where they do."""
    for env_id, threshold in thresholds:
        if scale(env_id, threshold) is None:
            what = "reward threshold registered" if env_id in RANDOM_RETURNS else "random policy's return known"
            return f"no {what} for {env_id}"
    return ""


@cache
def _human_scores() -> dict[str, tuple[float, float]]:
    """A random policy's score and a human's, by game."""
    with HUMAN_SCORES.open(newline="") as lines:
        return {row["env_id"]: (float(row["random"]), float(row["human"])) for row in csv.DictReader(lines)}
