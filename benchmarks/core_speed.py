"""The builds of the core, and what this CPU's arithmetic allows each of them; a part of speed.py.

The arithmetic limit of an update is the time of its multiply-adds, and of one square root and one division for each
weight, at the rates at which the build does them in registers: no memory, no environments, no sampling.
"""

import time
from collections.abc import Callable
from itertools import pairwise

from a2c.config import Configuration
from a2c.core import choose
from a2c.core.settings import settings_of
from a2c.envs import check

ARTICLE = settings_of(Configuration(total_steps=1 << 39), check(Configuration(), "bench"))
UPDATE = ARTICLE.n_envs * ARTICLE.n_steps  # agent steps
CHAINS = 12  # machine.c
WIDTHS = {"baseline": 4, "avx2": 8, "avx512": 16, "neon": 4}  # numbers of a vector
TIMINGS = 5  # of an arithmetic rate; the best one counts


def build_trainer(name: str) -> Callable[[int], int]:
    """Trains one lane with a build for a number of agent steps, from where the last call ended; gives the number."""
    lane = choose.load(name).lane(ARTICLE, 0)

    def train(steps: int) -> int:
        updates = max(1, steps // UPDATE)
        lane.train(updates)
        return updates * UPDATE

    return train


def limit(name: str) -> float:
    """Agent steps per second that the arithmetic of a build allows."""
    core, width = choose.load(name).c, WIDTHS[name]
    times = 1000 if width == 4 else 50_000
    add, root = (
        min(_seconds(function, times) for _ in range(TIMINGS)) / (times * CHAINS * width)
        for function in (core.a2c_multiply_adds, core.a2c_roots)
    )
    adds, weights = arithmetic()
    return UPDATE / (adds * add + weights * root)


def arithmetic() -> tuple[int, int]:
    """Multiply-adds of an update, and weights."""
    widths = [ARTICLE.n_observation, *ARTICLE.hidden_sizes, ARTICLE.n_outputs + 1]
    layers = [inputs * outputs for inputs, outputs in pairwise(widths)]
    forward = UPDATE + ARTICLE.n_envs  # rows, with the bootstrap
    # Forward, the weights' gradient, and the gradient by the inputs of all layers but the first.
    adds = (forward + UPDATE) * sum(layers) + UPDATE * sum(layers[1:])
    return adds, sum(layers) + sum(widths[1:])


def _seconds(function: Callable[[int], object], times: int) -> float:
    begun = time.process_time()
    function(times)
    return time.process_time() - begun
