"""The algorithms: a file for each. `Algorithm` is the interface that `a2c.learn.learner` uses."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from a2c.config import Configuration
from a2c.envs import Ended
from a2c.learn.actors import Actors
from a2c.learn.algorithms.a2c import A2C
from a2c.learn.algorithms.ppo import PPO
from a2c.learn.policy import Model, Policy

Floats = NDArray[np.float32]


class Rollout(Protocol):
    """What every rollout keeps; an algorithm keeps more for its own estimates and update."""

    @property
    def actions(self) -> NDArray[Any]:
        """For the action log: [lanes, steps, environments, ...]."""

    @property
    def ended(self) -> list[Ended]:
        """The episodes that ended in it."""


class Update(Protocol):
    """The numbers of every update, by lane."""

    @property
    def losses(self) -> dict[str, Tensor]:
        """Losses by name, [lanes]: they name the reason where a lane diverges."""

    @property
    def grad_norm(self) -> Tensor:
        """Norm of the gradient before clipping, [lanes]; a lane where it is not finite has diverged."""


class Algorithm(Protocol):
    """One iteration of training is `collect`, `estimate`, `update`, and on the grid of metrics `measure`."""

    metrics: tuple[str, ...]  # names of what `measure` returns

    def collect(self, actors: Actors, policy: Policy) -> Any:
        """Act in the environments; returns a `Rollout`. Changes `actors`."""

    def estimate(self, rollout: Any) -> Any:
        """What the update needs beside the rollout, such as advantages and returns. Changes nothing."""

    def update(self, model: Model, rollout: Any, estimates: Any, closely: bool = False) -> Any:
        """One or several optimiser steps; returns an `Update`. Changes `model`.

        `closely`: measure what is costly, too.
        """

    def measure(self, model: Model, rollout: Any, estimates: Any, update: Any) -> Floats:
        """The metrics of an update, [lanes, metrics], of the `model` after it. Changes nothing."""


ALGORITHMS: dict[str, type[A2C]] = {"a2c": A2C, "ppo": PPO}


def algorithm_of(configuration: Configuration) -> Algorithm:
    """The configured algorithm."""
    return ALGORITHMS[configuration.algorithm](configuration)
