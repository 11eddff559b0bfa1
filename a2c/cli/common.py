"""What several commands share: options that are read and checked alike, a line for the user, an end with a message."""

import sys
from typing import NoReturn

from a2c.config import ConfigError, parse_seeds


def seeds_in(written: str) -> list[int]:
    """The seeds of `--seeds`; a ConfigError if there are none."""
    try:
        return parse_seeds(written)
    except ValueError as error:
        raise ConfigError(f"--seeds: {written!r} is not allowed; allowed: {error}") from None


def check_cores(cores: int) -> None:
    """ConfigError unless `--cores` is a number of cores."""
    if cores < 1:
        raise ConfigError(f"--cores: {cores} is not allowed; allowed: a whole number of at least 1")


def say(line: str) -> None:
    """A line for the user, beside what the command prints."""
    print(line, file=sys.stderr, flush=True)


def end(error: object, code: int) -> NoReturn:
    """Say why, and leave with the exit code."""
    say(f"a2c: {error}")
    sys.exit(code)
