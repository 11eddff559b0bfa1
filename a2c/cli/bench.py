"""`bench`: speed side by side with peers."""

import argparse
import sys
from pathlib import Path
from typing import Any

import a2c
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
    folder = Path(a2c.__file__).parent.parent / "benchmarks"
    if not (folder / "speed.py").exists():
        raise ConfigError(f"bench: {folder} is not there; allowed: in a checkout of the repository")
    sys.path.insert(0, str(folder))
    if asked.atari:
        import atari

        atari.main(8_000 if asked.steps is None else asked.steps, asked.rounds)
    else:
        import speed

        speed.main(40_000 if asked.steps is None else asked.steps, asked.rounds)
