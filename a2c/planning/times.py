"""The times of the units of work: those in cost.json, and measurements on this machine.

"gpu row" and "gpu step" are from the two rates in docs/gpu.md, which `python -m benchmarks.gpu` measured.
`python -m benchmarks.cost --write` measured the times in cost.json, on the machine that the file names. They hold for a
machine with nothing else to do.
"""

import contextlib
import json
import math
import time
from collections.abc import Callable, Collection
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from a2c.config import Configuration
from a2c.envs import Environments, check, closing
from a2c.learn.trainer import Progress, Trainer, determinism_of, make_trainer, uses_gpu
from a2c.planning.own_cores import own_cores
from a2c.planning.work import (
    Shape,
    Times,
    acting_envs,
    environment_name,
    in_seconds,
    n_updates,
    rollout_rows,
    shape_of,
    update_work,
)
from a2c.runs.layout import SeedBlock
from a2c.terminal import Say
from a2c.words import counted

SCHEDULED = Path("/proc/thread-self/schedstat")  # Linux: nanoseconds on a core, and waiting for one
TIMES_FILE = Path(__file__).with_name("cost.json")
STRETCHES, STRETCH_SECONDS = 8, 0.125  # of each measurement

MakeTrainer = Callable[..., Trainer]  # as `make_trainer`


class _MeasuredError(Exception):
    """Ends a training that has been measured."""


def read_times() -> dict[str, Any]:
    """The content of cost.json: `machines` that core and PyTorch were measured on, `seconds` of each unit."""
    content: dict[str, Any] = json.loads(TIMES_FILE.read_text(encoding="utf-8"))
    return content


def known_times(blocks: Collection[SeedBlock], source: str) -> dict[str, float]:
    """The times in cost.json, and of the blocks' environments. One that is not in the file is measured for a second."""
    times: dict[str, float] = read_times()["seconds"]
    for block in blocks:
        environment = environment_name(block.configuration)
        if environment not in times:
            times[environment] = environment_seconds(block.configuration, source)
    return times


def correction_factors(blocks: Collection[SeedBlock], times: Times, source: str, say: Say) -> dict[Shape, float]:
    """For each shape among the blocks, measured seconds of an update over the seconds by `times`.

    1 where a training ends before it is measured, as one that diverges does.
    """
    examples = {shape_of(block, source): block for block in blocks}
    if examples:
        say(f"training {counted(len(examples), 'kind')} of job for about a second each")
    factors = {}
    for shape, block in examples.items():
        if block.configuration.device != "cpu":
            from a2c.learn.determinism import check_device  # imports PyTorch

            check_device(block.configuration, source)
        seconds = update_seconds(block.configuration, len(block.seeds), source)
        modelled = in_seconds(update_work(shape), times)
        factors[shape] = 1.0 if math.isnan(seconds) else seconds / modelled
    return factors


def times_here(blocks: Collection[SeedBlock], times: Times, source: str, say: Say) -> dict[str, float]:
    """The times of this machine, if it takes as many times longer for everything as for the updates of these blocks."""
    factors = correction_factors(blocks, times, source, say)
    measured = modelled = 0.0
    for block in blocks:
        shape = shape_of(block, source)
        seconds = n_updates(block.configuration) * in_seconds(update_work(shape), times)
        measured, modelled = measured + seconds * factors[shape], modelled + seconds
    return {unit: seconds * measured / modelled for unit, seconds in times.items()}


@closing()
def update_seconds(configuration: Configuration, n_lanes: int, source: str, make: MakeTrainer = make_trainer) -> float:
    """Measured seconds of an update in a training of `n_lanes` seeds: the quickest of several stretches.

    NaN if the training ends before the first is over. Seconds are `own_seconds`; beside a GPU, where all cores of this
    process play, those of the clock.
    """
    determinism_of(configuration)  # sets PyTorch's flags
    endless = {"total_steps": 2**40, "stop_return": None, "total_episodes": None}
    if configuration.algorithm != "reinforce":  # a rollout that the budget cuts has its own rows
        endless["n_steps"] = rollout_rows(configuration)
    on_gpu = uses_gpu(configuration)
    seconds, make = (time.perf_counter, partial(make, threads=own_cores())) if on_gpu else (own_seconds, make)
    trainer = make(configuration.model_copy(update=endless), range(n_lanes), check(configuration, source))
    means: list[float] = []
    begun, start, first_row = 0.0, 0.0, -1

    def record(_: Progress) -> None:
        nonlocal begun, start, first_row
        if trainer.rows == first_row or (first_row >= 0 and time.perf_counter() < begun + STRETCH_SECONDS):
            return
        now = seconds()
        if first_row >= 0:
            steps = (trainer.rows - first_row) * configuration.n_envs
            means.append((now - start) * rollout_rows(configuration) * acting_envs(configuration) / steps)
        begun, start, first_row = time.perf_counter(), now, trainer.rows
        if len(means) == STRETCHES:
            raise _MeasuredError

    with contextlib.suppress(_MeasuredError):
        trainer.train(record)
    return min(means, default=math.nan)


@closing()
def environment_seconds(configuration: Configuration, source: str) -> float:
    """Measured seconds of a step of one environment among `n_envs`, with random actions."""
    space = check(configuration, source).action_space
    environments = Environments(configuration, [0], configuration.n_envs, "plan")
    environments.reset()
    noise = space.noise([np.random.default_rng(0)], (1000, *environments.shape))[0]
    actions = cycle(space.sample(np.zeros((*noise.shape[:-1], space.width), dtype=np.float32), noise))
    seconds = quickest(lambda: environments.step(next(actions)))
    return seconds / configuration.n_envs


def quickest(call: Callable[[], object]) -> float:
    """Own seconds of a call, the mean of the quickest of several stretches: other processes only slow it down."""
    call()  # the first call allocates buffers
    means = []
    for _ in range(STRETCHES):
        begun, start, n_calls = time.perf_counter(), own_seconds(), 0
        while time.perf_counter() < begun + STRETCH_SECONDS:
            call()
            n_calls += 1
        means.append((own_seconds() - start) / n_calls)
    return min(means)


def own_seconds() -> float:
    """Seconds of the clock, from any moment, minus those that this thread waited for a core.

    So they count what an environment waits for, such as a simulator, and not that other processes had the core. Where
    the system does not tell how long a thread waited for a core: seconds of the processor.
    """
    try:
        waited = int(SCHEDULED.read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return time.process_time()
    return time.perf_counter() - waited * 1e-9
