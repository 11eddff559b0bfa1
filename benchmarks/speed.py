"""Measure agent steps per second of A2C at the article's settings: ours and other libraries, on one core.

python -m a2c bench                                             prints the tables (three minutes)
python -m benchmarks.speed --write benchmarks/README.md         puts them between the markers in that file

Everything runs on one pinned core of the CPU, one contestant after the other, in rounds. The speed of the machine
drifts, so ratios are taken within a round. Seconds are processor seconds of this process, which other processes affect
less. Compiling and a first short training are not counted.
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
from typing import Literal, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch start their threads

import torch

from a2c.config import ConfigError, Configuration
from a2c.core import choose
from a2c.envs import check
from a2c.learn.determinism import settle
from a2c.learn.learner import Learner
from a2c.learn.trainer import Progress, Trainer, make_trainer
from benchmarks import core_speed
from benchmarks.markers import writer

ARTICLE = Configuration()
UPDATE = ARTICLE.n_envs * ARTICLE.n_steps  # agent steps of one lane
LANDER = Configuration(env_id="LunarLander-v3")  # its environments are stepped in Python
PEER = "Stable-Baselines3"
JAX: dict[Literal["map", "vmap"], str] = {"map": "JAX, 10 seeds by lax.map", "vmap": "JAX, 10 seeds by vmap"}
JAX_SEEDS = 10
LANDERS = ("core, LunarLander-v3", "PyTorch, LunarLander-v3")
WARM_UP = 2_000  # agent steps
# Trains for about a number of agent steps, times a factor by which fast contestants train longer. Gives the steps of
# all lanes together.
Train = Callable[[int], int]


class Round(NamedTuple):
    """What one round measures, in agent steps per second."""

    speeds: dict[str, float]  # of each contestant
    limits: dict[str, float]  # that the arithmetic allows, of each build


class Numbers(NamedTuple):
    """What the benchmark measures."""

    machine: str
    steps: int
    rounds: list[Round]
    note: str  # on the JAX peer


def main(steps: int, rounds: int, write: Callable[[str], None] = print, write_json: Path | None = None) -> None:
    """Run the benchmark and `write` its tables. ConfigError if it cannot run with these arguments.

    Progress goes to standard error.

    `steps`: agent steps of each timed training; fast contestants train several times as many. `write_json`: a file for
    the numbers.
    """
    for name, value, least in (("steps", steps, UPDATE), ("rounds", rounds, 1)):
        if value < least:
            raise ConfigError(f"bench: --{name}: {value} is not allowed; allowed: a whole number of at least {least}")
    with one_core() as core:
        numbers = measure(steps - steps % UPDATE, rounds, core)
    if write_json is not None:
        content = {**numbers._asdict(), "rounds": [one._asdict() for one in numbers.rounds]}
        write_json.write_text(json.dumps(content, indent=2) + "\n")
    write("\n".join(report(numbers)))


def measure(steps: int, rounds: int, core: int) -> Numbers:
    """Time the contestants in rounds."""
    builds = choose.available()
    contestants = {
        "core, 1 lane": trained(make_trainer, ARTICLE, 1, 20),
        "core, 10 lanes": trained(make_trainer, ARTICLE, 10, 20),
        "core, 30 lanes": trained(make_trainer, ARTICLE, 30, 30),
        "PyTorch, 1 lane": trained(Learner, ARTICLE, 1, 1),
        "PyTorch, 10 lanes": trained(Learner, ARTICLE, 10, 4),
        PEER: stable_baselines3(),
        **dict(zip(LANDERS, (trained(make, LANDER, 10, 1) for make in (make_trainer, Learner)), strict=True)),
        **{
            build_row(name): scaled(core_speed.build_trainer(name), 0.25 if name == builds[0] else 10)
            for name in builds
        },
    }
    say("warming up")
    for train in contestants.values():
        train(WARM_UP)
    jax, note = compiled_by_jax(steps)
    contestants.update(jax)
    return Numbers(
        machine=f"{processor()}, core {core} alone, one thread; torch {torch.__version__}",
        steps=steps,
        rounds=[
            Round(
                timed_round(contestants, steps, f"round {number + 1} of {rounds}"),
                {name: core_speed.limit(name) for name in builds},
            )
            for number in range(rounds)
        ],
        note=note,
    )


def report(numbers: Numbers) -> list[str]:
    """Lines of text."""
    speeds = [one.speeds for one in numbers.rounds]
    builds = list(numbers.rounds[0].limits)
    best = builds[-1]
    on_lander, by_build = list(LANDERS), [build_row(name) for name in builds]
    on_cartpole = [name for name in speeds[0] if name not in (*on_lander, *by_build)]
    peers: dict[str, Callable[[dict[str, float]], float]] = {PEER: lambda of: of[PEER]}
    if all(name in speeds[0] for name in JAX.values()):
        peers["the better JAX"] = lambda of: max(of[name] for name in JAX.values())
    return [
        f"A2C on {ARTICLE.env_id} at the article's settings; {numbers.steps:,} agent steps or more, "
        f"rounds: {len(numbers.rounds)}",
        numbers.machine,
        "",
        *speed_table(speeds, on_cartpole, peers),
        numbers.note,
        "",
        "environments stepped in Python, 10 lanes",
        *speed_table(speeds, on_lander, {"PyTorch": lambda of: of[LANDERS[1]]}),
        "",
        "builds of the core, one lane",
        *speed_table(speeds, by_build[::-1], {f"the build {best}": lambda of: of[build_row(best)]}),
        *limit_lines(numbers.rounds),
    ]


def build_row(name: str) -> str:
    """The contestant that is a build of the core."""
    return f"core, {name}"


def limit_lines(rounds: list[Round]) -> list[str]:
    """Lines of text: the arithmetic limit of each build and the share of it that its training reaches."""
    lines = []
    for name in reversed(rounds[0].limits):
        limit = statistics.median(one.limits[name] for one in rounds)
        share = statistics.median(one.speeds[build_row(name)] / one.limits[name] for one in rounds)
        lines.append(f"{name}: the arithmetic allows {limit:,.0f}, training reaches {share:.0%}")
    return lines


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
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def say(line: str) -> None:
    print(f"bench: {line}", file=sys.stderr, flush=True)


def trained(make: Callable[..., Trainer], configuration: Configuration, n_lanes: int, factor: float) -> Train:
    """A whole training of `n_lanes` seeds by what `make` gives. It takes all records and writes no files."""
    facts = check(configuration, "bench")

    def train(steps: int) -> int:
        settle()
        size = configuration.n_envs * configuration.n_steps
        budget = max(1, int(factor * steps / n_lanes / size)) * size
        trainer = make(configuration.model_copy(update={"total_steps": budget}), range(n_lanes), facts)
        records: list[Progress] = []
        trainer.train(records.append)
        return n_lanes * budget

    return train


def scaled(train: Train, factor: float) -> Train:
    """The same for `factor` times as many agent steps."""
    return lambda steps: train(int(factor * steps))


def stable_baselines3() -> Train:
    """SB3 on one thread: denormal numbers are flushed as in ours; deterministic algorithms are off, SB3's default."""
    try:
        from benchmarks import sb3_peer
    except ModuleNotFoundError as error:
        raise ConfigError(f"bench: {error.name} is not installed; pip install -r requirements-bench.lock") from None

    def train(steps: int) -> int:
        settle()
        torch.set_deterministic_debug_mode("default")
        return int(sb3_peer.build(ARTICLE, seed=0).learn(steps // 2).num_timesteps)

    return train


def compiled_by_jax(steps: int) -> tuple[dict[str, Train], str]:
    """The peers that JAX compiles, and a line about the compilation; no peer if JAX is not installed."""
    try:
        from benchmarks import jax_peer
    except ModuleNotFoundError as error:
        return {}, f"{error.name} is not installed: no JAX peer; pip install -r requirements-bench.lock"
    say("compiling with JAX")
    begun = time.perf_counter()
    programs = {name: jax_peer.compile_training(JAX_SEEDS, steps, how) for how, name in JAX.items()}
    note = f"JAX compiles for {(time.perf_counter() - begun) / len(programs):.0f} s, which is not counted"

    def train(compiled: jax_peer.Training) -> Train:
        return lambda _: int(compiled(range(JAX_SEEDS)).size)

    return {name: train(compiled) for name, compiled in programs.items()}, note


def timed_round(contestants: dict[str, Train], steps: int, name: str) -> dict[str, float]:
    """Agent steps per second of each contestant, one after the other."""
    speeds = {}
    for contestant, train in contestants.items():
        begun = time.process_time()
        trained = train(steps)
        speeds[contestant] = trained / (time.process_time() - begun)
        say(f"{name}: {contestant}: {speeds[contestant]:,.0f} agent steps/s")
    return speeds


def speed_table(
    rounds: list[dict[str, float]], names: list[str], peers: dict[str, Callable[[dict[str, float]], float]]
) -> list[str]:
    """Lines of text: median speed of the contestants `names`, median and range of their ratios to the peers.

    `peers`: by its name, the speed of a peer in a round.
    """
    lines = [f"{'':26}{'agent steps/s':>14}" + "".join(f"   {f'times {peer}':30}" for peer in peers)]
    for name in names:
        line = f"{name:26}{statistics.median(speeds[name] for speeds in rounds):14,.0f}"
        for peer in peers.values():
            ratios = sorted(speeds[name] / peer(speeds) for speeds in rounds)
            cell = f"{statistics.median(ratios):6.2f}   ({ratios[0]:.2f} to {ratios[-1]:.2f})"
            line += f"   {cell:30}"
        lines.append(line.rstrip())
    return [lines[0].rstrip(), *lines[1:]]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
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
