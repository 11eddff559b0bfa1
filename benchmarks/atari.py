"""Measure agent steps per second of A2C on Pong with the article's settings: ours and Stable-Baselines3, on one core.

python -m a2c bench --atari                                     prints the tables (some minutes)
python -m benchmarks.atari --write benchmarks/README.md         puts them between the markers in that file

Rounds, core and clock are those of speed.py. The ceilings are the speeds of our emulator and our network, each alone.
The last table compares variants that were tried with what is done now.
"""

import argparse
import os
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy or torch start their threads

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from a2c.config import ConfigError, Configuration, load_paper
from a2c.envs import Ended, Environments, check
from a2c.learn.determinism import settle
from a2c.learn.learner import Learner
from a2c.planning.times import quickest
from benchmarks import atari_variants, breakdown, speed
from benchmarks.markers import writer

PAPER = Path(__file__).parent.parent / "config" / "atari.yaml"
OURS = "ours"
SQUARE = 1024  # rows and columns of a matrix product that reaches the core's highest speed


def main(steps: int, rounds: int, write: Callable[[str], None] = print) -> None:
    """Run the benchmark and `write` its tables. ConfigError if it cannot run with these arguments.

    `steps`: agent steps of each timed training.
    """
    article = load_paper(PAPER).studies[0].base
    size = article.n_envs * article.n_steps
    for name, value, least in (("steps", steps, size), ("rounds", rounds, 1)):
        if value < least:
            raise ConfigError(f"bench: --{name}: {value} is not allowed; allowed: a whole number of at least {least}")
    with speed.one_core() as core:
        contestants = {OURS: ours(article), speed.PEER: stable_baselines3(article)}
        speed.say("warming up")
        for train in contestants.values():
            train(2 * size)
        speeds = [speed.timed_round(contestants, steps, f"round {number + 1} of {rounds}") for number in range(rounds)]
        speed.say("parts of a training, ceilings, variants")
        parts = parts_of_training(article, steps)
        ceilings = ceilings_of(article)
        speed.say("variants")
        tried = atari_variants.measure(article)
    lines = [
        f"A2C on {article.env_id}, {article.n_envs} x {article.n_steps}, {steps:,} agent steps, rounds: {rounds}",
        f"{speed.processor()}, core {core} alone, one thread; torch {torch.__version__}",
        "",
        *speed.speed_table(speeds, list(contestants), {speed.PEER: lambda of: of[speed.PEER]}),
        "",
        *breakdown.table({"ours": parts}),
        "",
        *ceiling_table(ceilings, size, statistics.median(round_[OURS] for round_ in speeds)),
        "",
        *atari_variants.table(tried),
    ]
    write("\n".join(lines))


def ours(configuration: Configuration) -> speed.Train:
    """The product's training loop, continued by each call. It takes episodes and metrics and writes no files."""
    made = learner(configuration)

    def train(steps: int) -> int:
        settle()
        before = made.actors.rows
        train_for(made, before * configuration.n_envs + steps)
        return (made.actors.rows - before) * configuration.n_envs

    return train


def stable_baselines3(configuration: Configuration) -> speed.Train:
    """SB3's training, continued by each call, with the process set up as in speed.py."""
    try:
        import cv2  # noqa: F401  # SB3's Atari wrappers need it

        from benchmarks import sb3_peer
    except ModuleNotFoundError as error:
        raise ConfigError(f"bench: {error.name} is not installed; pip install -r requirements-bench.lock") from None
    model = sb3_peer.build(configuration, seed=0)

    def train(steps: int) -> int:
        settle()
        torch.set_deterministic_debug_mode("default")
        before = model.num_timesteps
        return int(model.learn(steps, reset_num_timesteps=False).num_timesteps) - before

    return train


def learner(configuration: Configuration) -> Learner:
    settle()
    return Learner(configuration, [0], check(configuration, "bench"))


def train_for(learner: Learner, steps: int) -> None:
    """Train until `steps` agent steps. The length of the budget determines how often metrics are computed."""
    ended: list[Ended] = []
    while learner.actors.steps < steps:
        ended.extend(learner.iterate().rollout.ended)


def parts_of_training(configuration: Configuration, steps: int) -> dict[str, float]:
    """Microseconds per update, measured in a separate training."""
    made = learner(configuration)
    return breakdown.breakdown(made, lambda: train_for(made, steps))


class Ceilings(NamedTuple):
    """Upper bounds of the training speed on this core."""

    emulator: float  # seconds per update of the emulator alone, with random actions
    network: float  # seconds per update of the network alone
    flop: int  # multiplications and additions of the network in an update
    gflops: float  # billions of them per second that the core can do


def ceilings_of(configuration: Configuration) -> Ceilings:
    """Measure emulator and network, each alone."""
    environments = Environments(configuration, [0], configuration.n_envs, "bench")
    environments.reset()
    actions = np.random.default_rng(0).integers(0, 6, (1000, *environments.shape)).repeat(2, axis=0)
    rows = iter(np.tile(actions, (1000, 1, 1)))
    emulator = configuration.n_steps * quickest(lambda: environments.step(next(rows)))
    network = network_alone(learner(configuration))
    return Ceilings(emulator, quickest(network), flop_of(network), square())


def network_alone(made: Learner) -> Callable[[], None]:
    """Seconds per update of the network, always on the same images."""
    rollout = made.algorithm.collect(made.actors, made.model)
    estimates = made.algorithm.estimate(rollout)
    images = torch.from_numpy(made.actors.observations)

    def network() -> None:
        with torch.inference_mode():
            for _ in range(made.configuration.n_steps + 1):
                made.model.network.forward(made.model.parameters, images)
        made.algorithm.update(made.model, rollout, estimates)

    return network


def square() -> float:
    """Billions of multiplications and additions a second in a large square matrix product."""
    left, right = torch.randn(SQUARE, SQUARE), torch.randn(SQUARE, SQUARE)
    return 2e-9 * SQUARE**3 / quickest(lambda: torch.mm(left, right))


def flop_of(work: Callable[[], None]) -> int:
    """Multiplications and additions in the matrix products and convolutions of `work`."""
    with FlopCounterMode(display=False) as counter:
        work()
    return counter.get_total_flops()


def ceiling_table(ceilings: Ceilings, size: int, achieved: float) -> list[str]:
    """Lines of text. `size`: agent steps per update; `achieved`: agent steps per second in training."""
    both = size / (ceilings.emulator + ceilings.network)
    best = size / (ceilings.emulator + ceilings.flop / ceilings.gflops / 1e9)
    lines = [f"{'ceilings':24}{'agent steps/s':>14}"]
    for name, rate, words in (
        ("emulator alone", size / ceilings.emulator, ""),
        ("network alone", size / ceilings.network, ""),
        ("both, nothing else", both, f"   training reaches {achieved / both:.0%} of it"),
        ("both, the core's best", best, f"   {ceilings.flop / 1e9:.2f} GFLOP an update, {ceilings.gflops:.0f}/s"),
    ):
        lines.append(f"{name:24}{rate:14,.0f}{words}")
    return [*lines, f"{'':41}as in a product of {SQUARE} x {SQUARE}"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=8_000, help="agent steps of each timed training (8000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds; the median ratio is printed (3)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown file with the markers")
    options = parser.parse_args()
    try:
        main(options.steps, options.rounds, writer(options.write, "atari", verbatim=True) if options.write else print)
    except ConfigError as error:
        parser.error(str(error))
