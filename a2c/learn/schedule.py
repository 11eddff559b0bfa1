"""The order in which A3C's workers learn: a seeded simulation of workers that run side by side."""

import heapq
from collections.abc import Iterator

from a2c import streams


def turns(seed: int, n_workers: int, n_turns: int, asynchrony: float) -> Iterator[int]:
    """The workers (0 to n_workers - 1) in the order in which they complete their rollouts, `n_turns` of each.

    A rollout takes 1 + asynchrony (2 u - 1) units of time, with u uniform in [0, 1) from the stream "schedule". Workers
    that are ready at the same time are taken by number; with asynchrony 0 they take turns.
    """
    generator = streams.generator(seed, "schedule")

    def duration() -> float:
        return 1.0 + asynchrony * (2.0 * generator.random() - 1.0)

    ready = [(duration(), worker) for worker in range(n_workers)]
    heapq.heapify(ready)
    left = [n_turns] * n_workers
    while ready:
        time, worker = ready[0]
        yield worker
        left[worker] -= 1
        if left[worker]:
            heapq.heapreplace(ready, (time + duration(), worker))
        else:
            heapq.heappop(ready)
