"""Small learners for the tests, and helpers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.envs import check
from a2c.learn.algorithms.a2c import A2C, Estimates, Rollout
from a2c.learn.determinism import settle
from a2c.learn.learner import Learner
from tests.processes import unsettle


def make_learner(seeds: Sequence[int] = (0,), **fields: Any) -> Learner:
    """A learner with a small network; `fields` are configuration fields."""
    configuration = Configuration(**{"hidden_sizes": (16, 16), "total_steps": 4000, "eval_episodes": 2, **fields})
    return Learner(configuration, seeds, check(configuration, "test"))


def collect(learner: Learner) -> Rollout:
    """The learner's next rollout."""
    rollout: Rollout = learner.algorithm.collect(learner.actors, learner.model)
    return rollout


def estimate(rollout: Rollout, configuration: Configuration) -> Estimates:
    """Advantages and returns of a rollout."""
    return A2C(configuration).estimate(rollout)


def update(
    learner: Learner, rollout: Rollout, advantages: NDArray[np.float32], returns: NDArray[np.float32]
) -> NDArray[np.float32]:
    """One update by a rollout, looked at closely; its metrics, [lanes, metrics]."""
    estimates = Estimates(advantages, returns)
    numbers = learner.algorithm.update(learner.model, rollout, estimates, closely=True)
    return learner.algorithm.measure(learner.model, rollout, estimates, numbers)


def done(rollout: Rollout) -> NDArray[np.bool_]:
    """Which rows [lanes, steps, environments] end an episode, for any reason."""
    return rollout.terminated | rollout.truncated


@contextmanager
def settled() -> Iterator[None]:
    """Torch's settings of a training process, restored afterwards."""
    settle()
    yield
    unsettle()
