"""`bench`: speed side by side with peers."""

import argparse
from typing import Any

from a2c.config import ConfigError


def add(commands: Any) -> None:
    bench = commands.add_parser(
        "bench",
        help="speed, side by side with peers, in one run on one core",
        description="Train with this package, with Stable-Baselines3 and, where it is installed, with a program "
        "compiled by JAX, one after the other on one core; print ratios of speed and where the time goes.",
    )
    bench.add_argument("--atari", action="store_true", help="Pong from pixels in place of CartPole")
    bench.add_argument("--steps", type=int, help="agent steps of each timed training (40000, with --atari 8000)")
    bench.add_argument("--rounds", type=int, default=3, help="rounds; the median ratio is told (3)")
    bench.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> None:
    try:
        import benchmarks  # noqa: F401 - part of the repository, not of the installed package
    except ImportError:
        raise ConfigError("bench: no benchmarks here; allowed: python -m a2c bench in a checkout") from None
    if asked.atari:
        from benchmarks import atari

        atari.main(8_000 if asked.steps is None else asked.steps, asked.rounds)
    else:
        from benchmarks import speed

        speed.main(40_000 if asked.steps is None else asked.steps, asked.rounds)
