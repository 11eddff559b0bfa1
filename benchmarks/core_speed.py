"""How fast the core trains, beside what this CPU's arithmetic allows.

    python benchmarks/core_speed.py [--rounds 5]

CartPole-v1 at the article's settings, one lane on one pinned core. The arithmetic limit of an update is the time of its
multiply-adds, and of one square root and one division for each weight, at the rates at which this build does them in
registers: no memory, no environments, no sampling.
"""

import argparse
import os
import time
from collections.abc import Callable
from itertools import pairwise

from a2c.core import choose
from a2c.core.face import Core
from a2c.core.settings import Settings

ARTICLE = Settings("CartPole-v1", 500, 4, 2, total_steps=1 << 40)
CHAINS = 12  # machine.c
WIDTHS = {"baseline": 4, "avx2": 8, "avx512": 16, "neon": 4}


def seconds(run: Callable[[int], object], times: int, rounds: int) -> float:
    """Of the process's time for `run(times)`, the least of some rounds."""
    found = []
    for _ in range(rounds):
        begun = time.process_time()
        run(times)
        found.append(time.process_time() - begun)
    return min(found)


def multiply_adds(settings: Settings) -> tuple[int, int]:
    """Of one update: multiply-adds, and weights."""
    widths = [settings.n_observation, *settings.hidden_sizes, settings.n_actions + 1]
    layers = [inputs * outputs for inputs, outputs in pairwise(widths)]
    learned = settings.n_envs * settings.n_steps
    forward, weights, below = learned + settings.n_envs, learned, learned  # rows of each product
    return forward * sum(layers) + weights * sum(layers) + below * sum(layers[1:]), sum(layers) + sum(widths[1:])


def limit(core: Core, width: int) -> float:
    """Seconds that an update's arithmetic takes in registers, at best."""
    times = 1000 if width == 4 else 100_000
    adds, roots = (
        seconds(function, times, 5) / (times * CHAINS * width)
        for function in (core.c.a2c_multiply_adds, core.c.a2c_roots)
    )
    products, weights = multiply_adds(ARTICLE)
    return products * adds + weights * roots


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    steps = ARTICLE.n_envs * ARTICLE.n_steps
    fastest = 0.0
    for name in reversed(choose.available()):
        core = choose.load(name)
        lane = core.lane(ARTICLE, 0)
        updates = 50 if WIDTHS[name] == 4 else 2000
        lane.train(updates // 2)
        best = seconds(lane.train, updates, rounds) / updates
        fastest = fastest or steps / best
        share = limit(core, WIDTHS[name]) / best
        print(f"{name:9} {steps / best:10,.0f} agent steps/s   {steps / best / fastest:5.2f} of the best build   "
              f"{share:4.0%} of the arithmetic limit ({steps / best / share:,.0f})")  # fmt: skip


if __name__ == "__main__":
    main()
