"""Options, messages and exit codes that several commands share."""

import argparse
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any, NoReturn

from a2c.config import ConfigError, parse_seeds
from a2c.terminal import as_json
from a2c.untrusted import CONTROL


def parse_seeds_option(text: str) -> list[int]:
    """The seeds that `--seeds` names. ConfigError if it names none."""
    try:
        return parse_seeds(text)
    except ValueError as error:
        raise ConfigError(f"--seeds: {text!r} is not allowed; allowed: {error}") from None


def check_folder(option: str, path: Path) -> None:
    """ConfigError if the folder that an option names is a file, or lies below one."""
    if any(part.exists() and not part.is_dir() for part in (path, *path.parents)):
        raise ConfigError(f"{option}: '{path}' is not allowed; allowed: a folder; a file is in its place")


def check_cores(cores: int) -> None:
    """ConfigError unless `--cores` is at least 1."""
    if cores < 1:
        raise ConfigError(f"--cores: {cores} is not allowed; allowed: a whole number of at least 1")


def add_modules_option(parser: argparse.ArgumentParser) -> None:
    """Add `--allow-module`, of commands that step the environments of results, which may be another person's."""
    parser.add_argument(
        "--allow-module",
        action="append",
        default=[],
        metavar="MODULE",
        help="let the results import this module, which runs its code: it registers their environment; repeatable",
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add `--json`, of commands whose result a program may read."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


@contextmanager
def json_alone(args: argparse.Namespace) -> Iterator[None]:
    """With --json, nothing but `tell` writes to standard output meanwhile: an environment may print.

    What it prints goes to standard error, also from other processes and from libraries in C.
    """
    args.stdout = None  # as it is
    if not getattr(args, "json", False) or sys.stdout is None:
        yield
        return
    descriptor = None
    with suppress(OSError, io.UnsupportedOperation):  # no standard error, or a stream of Python without a descriptor
        descriptor = sys.stdout.fileno()
        args.stdout = os.fdopen(os.dup(descriptor), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors)
        os.dup2(2, descriptor)
    args.stdout = args.stdout or sys.stdout
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        if args.stdout is not sys.stdout and descriptor is not None:
            args.stdout.flush()
            os.dup2(args.stdout.fileno(), descriptor)
            args.stdout.close()


def shown(text: str) -> str:
    """Text for a terminal: without control characters, which it would obey. A folder's name may have some."""
    return CONTROL.sub("?", text)


def tell(args: argparse.Namespace, content: Any, text: str) -> None:
    """Print what came out: `text`, or with --json the `content`."""
    print(as_json(content) if args.json else shown(text), file=args.stdout, flush=True)


def print_out(text: str) -> None:
    """Print for the user on standard output."""
    print(shown(text), flush=True)


def say(line: str) -> None:
    """Print a line for the user on standard error."""
    print(shown(line), file=sys.stderr, flush=True)


def end(error: object, code: int) -> NoReturn:
    """Print the error and exit with `code`."""
    say(f"a2c: {' '.join(str(error).splitlines())}")  # a name may have several lines
    sys.exit(code)
