"""Small learners, and what the tests do with them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from a2c.config import Configuration
from a2c.envs import check
from a2c.learn.determinism import settle
from a2c.learn.learner import Learner, Rollout
from tests.processes import unsettle


def make_learner(seeds: Sequence[int] = (0,), **fields: Any) -> Learner:
    """A learner of a small network; `fields` as in a configuration."""
    configuration = Configuration(**{"hidden_sizes": (16, 16), "total_steps": 4000, "eval_episodes": 2, **fields})
    return Learner(configuration, seeds, check(configuration, "test"))


def done(rollout: Rollout) -> NDArray[np.bool_]:
    """Which rows [lanes, steps, environments] end an episode, for whatever reason."""
    return rollout.terminated | rollout.truncated


@contextmanager
def settled() -> Iterator[None]:
    """Settings as in a training process, put back."""
    settle()
    yield
    unsettle()
