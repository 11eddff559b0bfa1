"""`bench`: compare the speed with other implementations."""

import argparse
from typing import Any

from a2c.config import ConfigError


def add(commands: Any) -> None:
    """Add the command `bench` to the parser."""
    bench = commands.add_parser(
        "bench",
        help="compare the speed with other implementations, on one core",
        description="Train with this package (the native core, and the same in PyTorch), with Stable-Baselines3 and, "
        "if JAX is installed, with a program that JAX compiles, in turn on one core. Print the ratios of their speeds "
        "and the speed that the processor's arithmetic allows. Pong: PyTorch and Stable-Baselines3.",
    )
    bench.add_argument("--atari", action="store_true", help="Pong from pixels instead of CartPole")
    bench.add_argument("--steps", type=int, help="agent steps of each timed training (40000; 8000 with --atari)")
    bench.add_argument("--rounds", type=int, default=3, help="number of rounds; the median ratio is printed (3)")
    bench.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    try:
        import benchmarks  # noqa: F401 - part of the repository, not of the installed package
    except ImportError:
        raise ConfigError("bench: there are no benchmarks here; allowed: python -m a2c bench in a checkout") from None
    if args.atari:
        from benchmarks import atari

        atari.main(8_000 if args.steps is None else args.steps, args.rounds)
    else:
        from benchmarks import speed

        speed.main(40_000 if args.steps is None else args.steps, args.rounds)
