"""Measure agent steps per second of A2C on CartPole with the article's settings: ours and others, on one core.

python -m a2c bench                                             prints the tables (two minutes)
python -m benchmarks.speed --write benchmarks/README.md         puts them between the markers in that file

Everything runs on one pinned core, one contestant after the other, in rounds. The speed of the machine drifts, so
ratios are taken within a round. Seconds are processor seconds of this process, which other processes affect less.
Building, compiling and a first short training are not counted.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch start their threads

import torch

from a2c.config import ConfigError, Configuration
from a2c.envs import Ended, check
from a2c.learn.determinism import settle
from a2c.learn.learner import Learner
from benchmarks import breakdown, ceiling
from benchmarks.markers import writer

ARTICLE = Configuration()
UPDATE = ARTICLE.n_envs * ARTICLE.n_steps  # agent steps of one lane
LANES = {"1 lane": 1, "10 lanes": 10}
PEER = "Stable-Baselines3"
WARM_UP = 2_000  # agent steps
Train = Callable[[int], int]  # trains for a number of agent steps per lane; gives those of all lanes together


class Numbers(NamedTuple):
    """What the benchmark measures; the keys of mappings are "1 lane" and "10 lanes"."""

    machine: str
    steps: int  # of each timed training, per lane
    speeds: list[dict[str, float]]  # per round: agent steps per second of each contestant
    note: str  # on the JAX peer
    parts: dict[str, dict[str, float]]  # microseconds
    square: float  # GFLOP/s of a large square product: the ceiling
    products: dict[str, list[ceiling.Measured]]


def main(steps: int, rounds: int, write: Callable[[str], None] = print, write_json: Path | None = None) -> None:
    """Run the benchmark and `write` its tables. ConfigError if it cannot run with these arguments.

    Progress goes to standard error.

    `steps`: agent steps of each timed training, per lane. `write_json`: a file for the numbers.
    """
    for name, value, least in (("steps", steps, UPDATE), ("rounds", rounds, 1)):
        if value < least:
            raise ConfigError(f"bench: --{name}: {value} is not allowed; allowed: a whole number of at least {least}")
    with one_core() as core:
        numbers = measure(steps - steps % UPDATE, rounds, core)
    if write_json is not None:
        write_json.write_text(json.dumps(numbers._asdict(), indent=2) + "\n")
    write("\n".join(report(numbers)))


def measure(steps: int, rounds: int, core: int) -> Numbers:
    """Time the contestants in rounds; then measure the parts of our training and the matrix products."""
    contestants = {**{f"ours, {name}": ours(lanes) for name, lanes in LANES.items()}, PEER: stable_baselines3()}
    say("warming up")
    for train in contestants.values():
        train(WARM_UP)
    jax, note = compiled_by_jax(steps)
    contestants.update(jax)
    speeds = [timed_round(contestants, steps, f"round {number + 1} of {rounds}") for number in range(rounds)]
    say("parts of a training, matrix products")
    return Numbers(
        machine=f"{processor()}, core {core} alone, one thread; torch {torch.__version__}",
        steps=steps,
        speeds=speeds,
        note=note,
        parts={name: parts_of_training(lanes, steps) for name, lanes in LANES.items()},
        square=ceiling.square(),
        products={name: ceiling.products(learner(lanes)) for name, lanes in LANES.items()},
    )


def report(numbers: Numbers) -> list[str]:
    """Lines of text."""
    asked = f"{numbers.steps:,} agent steps a lane, rounds: {len(numbers.speeds)}"
    speed = {name: statistics.median(speeds[f"ours, {name}"] for speeds in numbers.speeds) for name in LANES}
    microseconds = {name: 1e6 * UPDATE / speed[name] for name in LANES}
    return [
        f"A2C on {ARTICLE.env_id} at the article's settings, {asked}",
        numbers.machine,
        "",
        *speed_table(numbers.speeds),
        numbers.note,
        "",
        *breakdown.table(numbers.parts),
        "",
        *ceiling.table(numbers.square, numbers.products, microseconds),
    ]


@contextmanager
def one_core() -> Iterator[int]:
    """Pin this process to the last of its cores; gives the number of the core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield max(allowed)
    finally:
        os.sched_setaffinity(0, allowed)


def processor() -> str:
    """The processor's name, as the kernel reports it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def say(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)


def learner(n_lanes: int) -> Learner:
    """A learner of the article's configuration with `n_lanes` lanes; sets up the process for training."""
    settle()
    return Learner(ARTICLE, range(n_lanes), check(ARTICLE, "bench"))


def ours(n_lanes: int) -> Train:
    """The product's training loop. It takes episodes and metrics and writes no files."""

    def train(steps: int) -> int:
        made = learner(n_lanes)
        train_for(made, steps)
        return n_lanes * made.actors.rows * ARTICLE.n_envs

    return train


def train_for(learner: Learner, steps: int) -> None:
    """Train for `steps` agent steps. The length of the budget determines how often metrics are computed."""
    ended: list[Ended] = []

    while learner.actors.steps < steps:
        ended.extend(learner.iterate().rollout.ended)
    learner.actors.environments.close()


def stable_baselines3() -> Train:
    """SB3 on one thread: denormal numbers are flushed as in ours; deterministic algorithms are off, SB3's default."""
    try:
        from benchmarks import sb3_peer
    except ModuleNotFoundError as error:
        raise ConfigError(f"bench: {error.name} is not installed; pip install -r requirements-bench.lock") from None

    def train(steps: int) -> int:
        settle()
        torch.set_deterministic_debug_mode("default")
        return int(sb3_peer.build(ARTICLE, seed=0).learn(steps).num_timesteps)

    return train


def compiled_by_jax(steps: int) -> tuple[dict[str, Train], str]:
    """The peer that JAX compiles, and a line about the compilation; no peer if JAX is not installed."""
    try:
        from benchmarks import jax_peer
    except ModuleNotFoundError as error:
        return {}, f"{error.name} is not installed: no JAX peer; pip install -r requirements-bench.lock"
    say("compiling with JAX")
    begun = time.perf_counter()
    compiled = jax_peer.compile_training(1, steps)
    note = f"JAX compiles for {time.perf_counter() - begun:.0f} s, which is not counted"
    compiled([0])
    return {"JAX, compiled whole": lambda steps: int(compiled([0]).size)}, note


def timed_round(contestants: dict[str, Train], steps: int, name: str) -> dict[str, float]:
    """Agent steps per second of each contestant, one after the other."""
    speeds = {}
    for contestant, train in contestants.items():
        begun = time.process_time()
        trained = train(steps)
        speeds[contestant] = trained / (time.process_time() - begun)
        say(f"{name}: {contestant}: {speeds[contestant]:,.0f} agent steps/s")
    return speeds


def speed_table(rounds: list[dict[str, float]]) -> list[str]:
    """Lines of text: median speed of each contestant, median and range of its ratio to the peer."""
    lines = [f"{'':22}{'agent steps/s':>14}   times {PEER}: median (range)"]
    for name in rounds[0]:
        speed = statistics.median(speeds[name] for speeds in rounds)
        ratios = sorted(speeds[name] / speeds[PEER] for speeds in rounds)
        told = f"{statistics.median(ratios):6.2f}   ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        lines.append(f"{name:22}{speed:14,.0f}   {told}")
    return lines


def parts_of_training(n_lanes: int, steps: int) -> dict[str, float]:
    """Microseconds per update of one lane, measured in a separate training."""
    made = learner(n_lanes)
    return breakdown.breakdown(made, lambda: train_for(made, steps))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=40_000, help="agent steps of each timed training (40000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median ratio is printed (3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there, too")
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown file with the markers")
    options = parser.parse_args()
    try:
        write = writer(options.write, "speed", verbatim=True) if options.write else print
        main(options.steps, options.rounds, write, options.json)
    except ConfigError as error:
        parser.error(str(error))
